// What a rate limit means in time. The server plans; these are its rules, for figures that follow
// every key press.

/** Seconds between two images at `rateLimit` images an hour. */
export function intervalSeconds(rateLimit: number): number {
  return 3600 / rateLimit;
}

/** Seconds after the first image when the one at `position` (from 0) may start: rounded up as a whole,
 *  so that no hour holds more than `rateLimit` starts. */
export function delaySeconds(position: number, rateLimit: number): number {
  return Math.ceil((position * 3600) / rateLimit);
}

/** When the last of `tasks` images may start, in milliseconds since 1970; null when there are none. */
export function lastDueAt(tasks: number, rateLimit: number, startAt: number): number | null {
  return tasks < 1 ? null : startAt + delaySeconds(tasks - 1, rateLimit) * 1000;
}

/** A limit that a person may have meant: whole, 1..3600. */
export function isRateLimit(value: number | null): value is number {
  return value !== null && Number.isInteger(value) && value >= 1 && value <= 3600;
}
