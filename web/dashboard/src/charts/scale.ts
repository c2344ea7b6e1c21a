// What axes say and where they end: pure, so that every rule is a row in a test.

import type { Locale } from '@godwit/kit';

/** The end of an axis that begins at 0: the next round number, so that it changes rarely; 1 when nothing is there. */
export function niceTop(max: number | null): number {
  if (max === null || !(max > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(max));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => each * unit >= max * 1.02) ?? 15;
  return step * unit;
}

/** What a logarithmic axis can still show. */
export const logFloor = 0.1;

/** The whole powers of ten around the values of a logarithmic axis; always one of them at least. */
export function decades(min: number | null, max: number | null): [low: number, high: number] {
  if (min === null || max === null || !(max > 0)) return [1, 1000];
  const low = Math.floor(Math.log10(Math.max(min, logFloor)) + 1e-9);
  const high = Math.max(Math.ceil(Math.log10(Math.max(max, logFloor)) - 1e-9), low + 1);
  return [10 ** low, 10 ** high];
}

/** Powers of ten from `low` to `high`. */
export function decadeSplits(low: number, high: number): number[] {
  const first = Math.round(Math.log10(low));
  const last = Math.round(Math.log10(high));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

/** Places whose neighbours are both empty: no line goes through them, so they are drawn as points. */
export function isolated(values: readonly (number | null)[]): number[] {
  return values.flatMap((value, index) => {
    const alone = value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
    return alone ? [index] : [];
  });
}

export interface TickOptions {
  language: Locale;
  timeZone?: string; // the reader's, unless given
}

const day = 86_400;

/** The texts of a time axis: hours and minutes, and the date where a day begins. */
export function tickTexts(seconds: readonly number[], step: number, { language, timeZone }: TickOptions): string[] {
  const date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone });
  const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  return seconds.map((second) => {
    const text = clock.format(second * 1000);
    return step >= day || text === '00:00' ? date.format(second * 1000) : text;
  });
}
