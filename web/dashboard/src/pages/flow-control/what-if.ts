// "500 messages at 60 per hour finish at ...": what a key's limits mean for a pile of messages.

export interface Limits {
  rate: number | null; // starts in a window
  periodSeconds: number;
  parallelism: number | null; // attempts at once
  /** How long one attempt takes; only parallelism needs it. */
  attemptSeconds: number;
}

/** The window that runs now. */
export interface Window {
  started: number; // in it
  endsAt: number; // milliseconds since 1970
}

export interface Forecast {
  /** When the last one starts at the earliest, and when it ends. */
  lastStartAt: number;
  finishedAt: number;
  /** What holds them back the longest. */
  bound: 'nothing' | 'rate' | 'parallelism';
  perHour: number | null; // null: as fast as they can
}

/** The window of a key as /v2 tells it; a past one has ended, and the next begins with its first start. */
export function windowOf(key: { rateCount: number; ratePeriod: number; ratePeriodStart: number }, now: number): Window {
  const endsAt = (key.ratePeriodStart + key.ratePeriod) * 1000;
  return endsAt > now ? { started: key.rateCount, endsAt } : { started: 0, endsAt: now + key.ratePeriod * 1000 };
}

/** Each message is taken as one attempt: retries take from the same limits. */
export function forecast(messages: number, limits: Limits, now: number, window: Window): Forecast {
  const attemptMs = limits.attemptSeconds * 1000;
  const periodMs = limits.periodSeconds * 1000;
  const lanes = limits.parallelism;
  // Each lane makes one after another.
  const rounds = lanes === null ? 1 : Math.ceil(messages / lanes);
  const byLanes = now + Math.max(0, rounds - 1) * attemptMs;
  let byRate = now;
  if (limits.rate !== null && messages > 0) {
    const left = Math.max(0, limits.rate - window.started);
    if (messages > left) byRate = Math.max(now, window.endsAt) + (Math.ceil((messages - left) / limits.rate) - 1) * periodMs;
  }
  const lastStartAt = Math.max(byRate, byLanes);
  const perHour = [
    limits.rate === null || periodMs <= 0 ? Infinity : (limits.rate * 3_600_000) / periodMs,
    lanes === null || attemptMs <= 0 ? Infinity : (lanes * 3_600_000) / attemptMs,
  ];
  const slowest = Math.min(...perHour);
  return {
    lastStartAt,
    finishedAt: messages === 0 ? now : lastStartAt + attemptMs,
    bound: lastStartAt === now ? 'nothing' : byRate >= byLanes ? 'rate' : 'parallelism',
    perHour: Number.isFinite(slowest) ? slowest : null,
  };
}
