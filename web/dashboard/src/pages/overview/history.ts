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

/** More columns than this are a thicket of lines rather than a picture. */
const columnsMax = 360;

/** How many steps become one column of a chart. */
export function mergeFactor(columns: number): number {
  return [1, 3, 5, 6, 10, 12, 24].find((factor) => columns / factor <= columnsMax) ?? Math.ceil(columns / columnsMax);
}

function greatest(values: Values): number | null {
  return values.reduce((most, value) => (value !== null && (most === null || value > most) ? value : most), null);
}

/**
 * The series with `factor` steps in each column, on whole multiples of the longer step. Counts are added; of percentiles,
 * which cannot be, the greatest stands for all; the backlog is that at the end. A first column that is not whole is left out.
 */
export function coarser(series: Series, factor: number): Series {
  if (factor <= 1) return series;
  const stepSeconds = series.stepSeconds * factor;
  const groups: { time: number; from: number; to: number }[] = [];
  series.times.forEach((time, index) => {
    const begin = Math.floor(time / stepSeconds) * stepSeconds;
    const last = groups[groups.length - 1];
    if (last?.time === begin) last.to = index + 1;
    else if (last !== undefined || begin === time) groups.push({ time: begin, from: index, to: index + 1 });
  });
  const added = (counts: readonly number[]): number[] => groups.map(({ from, to }) => counts.slice(from, to).reduce((sum, count) => sum + count, 0));
  const worst = (values: Values): Values => groups.map(({ from, to }) => greatest(values.slice(from, to)));
  return {
    range: series.range,
    stepSeconds,
    times: groups.map(({ time }) => time),
    published: added(series.published),
    delivered: added(series.delivered),
    attempts: added(series.attempts),
    failedAttempts: added(series.failedAttempts),
    deadLettered: added(series.deadLettered),
    canceled: added(series.canceled),
    attemptP50Ms: worst(series.attemptP50Ms),
    attemptP90Ms: worst(series.attemptP90Ms),
    attemptP99Ms: worst(series.attemptP99Ms),
    latenessP99Ms: worst(series.latenessP99Ms),
    backlog: groups.map(({ from, to }) => series.backlog.slice(from, to).findLast((value) => value !== null) ?? null),
  };
}

export interface History {
  times: number[];
  stepSeconds: number;
  merged: boolean; // several of the server's steps are one column
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
export function historyOf(given: Series, now: number): History {
  const series = coarser(given, mergeFactor(given.times.length));
  const { times, stepSeconds } = series;
  const rate = (counts: readonly number[]): Values => perSecond(counts, times, stepSeconds, now);
  return {
    times,
    stepSeconds,
    merged: series !== given,
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
