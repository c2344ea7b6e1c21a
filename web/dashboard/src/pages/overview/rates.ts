// Rates of this moment: what the exact totals have grown by in the last seconds.

import type { Totals } from '../../api/contract';

export interface Moment {
  at: number; // milliseconds since 1970, by the server's clock
  totals: Totals;
}

export const windowMs = 10_000;
const shortestMs = 2_500;

/** `moments` and one more, cut to the window. Totals that went back are those of another store: all begins anew. */
export function withMoment(moments: readonly Moment[], next: Moment): readonly Moment[] {
  const last = moments[moments.length - 1];
  if (last && next.at === last.at) return moments;
  if (last && (next.at < last.at || next.at - last.at > windowMs || next.totals.published < last.totals.published || next.totals.attempts < last.totals.attempts)) return [next];
  return [...moments.filter(({ at }) => next.at - at <= windowMs), next];
}

export interface Rates {
  published: number; // a second
  delivered: number;
  seconds: number; // that they were measured over
}

/** null until enough time lies between the first and the last moment. */
export function ratesOf(moments: readonly Moment[]): Rates | null {
  const first = moments[0];
  const last = moments[moments.length - 1];
  if (!first || !last || last.at - first.at < shortestMs) return null;
  const seconds = (last.at - first.at) / 1000;
  return {
    published: (last.totals.published - first.totals.published) / seconds,
    delivered: (last.totals.delivered - first.totals.delivered) / seconds,
    seconds: Math.round(seconds),
  };
}
