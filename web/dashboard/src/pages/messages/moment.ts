// Times in filters, read as the server reads them: ISO 8601 in UTC, or how long ago.

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, 'µs': 0.001, ns: 0.000_001 };
const durationForm = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ms|us|µs|ns|d|h|m|s))+$/;
const isoForm = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(\.\d+)?)?Z?)?$/;

/** `1h30m` in milliseconds; null for what is no duration. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  if (!durationForm.test(text)) return null;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)(ms|us|µs|ns|d|h|m|s)/g)) ms += Number(number) * (unitMs[unit ?? ''] ?? NaN);
  return Number.isFinite(ms) ? Math.floor(ms) : null;
}

/** Milliseconds since 1970; null for what is no moment. */
export function parseMoment(text: string, now: number): number | null {
  const iso = isoForm.exec(text);
  if (iso) {
    const [, day = '', minutes = '00:00', seconds = '00', fraction = ''] = iso;
    const time = Date.parse(`${day}T${minutes}:${seconds}${fraction.slice(0, 4)}Z`);
    // A day that no month has is not passed on to the next one.
    return Number.isFinite(time) && new Date(time).toISOString().startsWith(day) ? time : null;
  }
  const ago = parseDuration(text);
  return ago === null ? null : Math.max(0, now - ago);
}
