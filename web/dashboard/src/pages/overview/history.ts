// A series of the server as the charts want it.

import type { Series } from '../../api/contract';

export type Values = (number | null)[];

export const ranges = ['15m', '1h', '6h', '24h', '7d', '30d'] as const;
export type Range = (typeof ranges)[number];
export const usualRange: Range = '1h';

/** The period of the address; the usual one for anything else. */
export function rangeOf(text: string | null | undefined): Range {
  return ranges.find((range) => range === text) ?? usualRange;
}

/** How often a period is asked for: its newest step has to follow, the rest does not change. */
export function paceOf(range: Range): number {
  return { '15m': 5_000, '1h': 5_000, '6h': 15_000, '24h': 30_000, '7d': 120_000, '30d': 120_000 }[range];
}

/** A step is told once a twelfth of it is over: before, a single message makes a peak. */
const tellingShare = 1 / 12;

/** Counts of steps as rates a second. The newest step is not over: its rate is of the time that has passed. */
export function perSecond(counts: readonly number[], times: readonly number[], stepSeconds: number, now: number): Values {
  return counts.map((value, index) => {
    const passed = now - (times[index] ?? now);
    if (passed >= stepSeconds) return value / stepSeconds;
    return passed >= stepSeconds * tellingShare ? value / passed : null;
  });
}

export interface History {
  times: number[];
  stepSeconds: number;
  published: Values; // a second, as the next two
  delivered: Values;
  failed: Values;
  p50: Values; // milliseconds
  p90: Values;
  p99: Values;
  lateness: Values;
  success: Values; // 0..1
  backlog: Values;
  deadLettered: Values; // of each step
  canceled: Values;
}

/** `now` in seconds since 1970, by the server's clock. */
export function historyOf(series: Series, now: number): History {
  const { times, stepSeconds } = series;
  const rate = (counts: readonly number[]): Values => perSecond(counts, times, stepSeconds, now);
  return {
    times,
    stepSeconds,
    published: rate(series.published),
    delivered: rate(series.delivered),
    failed: rate(series.failedAttempts),
    p50: series.attemptP50Ms,
    p90: series.attemptP90Ms,
    p99: series.attemptP99Ms,
    lateness: series.latenessP99Ms,
    success: series.attempts.map((all, index) => (all > 0 ? 1 - Math.min(series.failedAttempts[index] ?? 0, all) / all : null)),
    backlog: series.backlog,
    deadLettered: series.deadLettered,
    canceled: series.canceled,
  };
}

/** The line of a small picture, `width` by `height`, from `bottom` (0 or the least value) to the greatest; '' without two values beside each other. */
export function sparkPath(values: Values, width: number, height: number, bottom: 'zero' | 'least' = 'zero'): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return '';
  const low = bottom === 'zero' ? 0 : Math.min(...known);
  const high = Math.max(...known, low);
  const x = (index: number): string => ((index / (values.length - 1)) * width).toFixed(1);
  // Where all is equal the line lies at the bottom.
  const y = (value: number): string => (height - (high > low ? (value - low) / (high - low) : 0) * height).toFixed(1);
  let path = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const joined = index > 0 && values[index - 1] !== null;
    path += `${joined ? 'L' : 'M'}${x(index)} ${y(value)}`;
  });
  return path.includes('L') ? path : '';
}
