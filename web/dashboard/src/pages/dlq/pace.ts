// How long a replay at so many per minute takes.

/** Milliseconds from the first to the last; 0 without a pace. */
export function replayDuration(count: number, perMinute: number | null): number {
  if (perMinute === null || perMinute <= 0 || count <= 1) return 0;
  return Math.round(((count - 1) * 60_000) / perMinute);
}
