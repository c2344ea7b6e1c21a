// The calendar of runs, hour by hour, laid out by the reader's days.

import type { Calendar } from '../../api/contract';

export interface HeatCell {
  at: number; // milliseconds since 1970
  runs: number;
  busiestMinuteRuns: number;
  /** 0: nothing; 1 to 4: from a few to as many as anywhere. */
  level: number;
}
export interface HeatDay {
  /** Begin of the first hour of it that is shown. */
  at: number;
  runs: number;
  /** By the hour of the day, 0 to 23; null where the calendar does not reach. */
  hours: readonly (HeatCell | null)[];
}

const hourMs = 3_600_000;

/** Levels grow with the logarithm: one busy hour does not make all others look empty. */
export function levelOf(runs: number, most: number): number {
  if (runs <= 0) return 0;
  if (most <= 4) return Math.min(4, runs);
  return Math.max(1, Math.min(4, Math.ceil((Math.log(runs + 1) / Math.log(most + 1)) * 4)));
}

export function heatDays(calendar: Calendar, timeZone?: string): HeatDay[] {
  const parts = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23', timeZone });
  const most = Math.max(0, ...calendar.hours.map(({ runs }) => runs));
  const from = Date.parse(calendar.from);
  const days = new Map<string, { at: number; runs: number; hours: (HeatCell | null)[] }>();
  for (const [index, { runs, busiestMinuteRuns }] of calendar.hours.entries()) {
    const at = from + index * hourMs;
    const said = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]));
    const key = `${said['year']}-${said['month']}-${said['day']}`;
    const hour = Number(said['hour']);
    let day = days.get(key);
    if (!day) days.set(key, (day = { at, runs: 0, hours: Array.from({ length: 24 }, () => null) }));
    day.runs += runs;
    // An hour that clocks show twice is one cell.
    const before = day.hours[hour] ?? null;
    const total = runs + (before?.runs ?? 0);
    day.hours[hour] = {
      at: before?.at ?? at,
      runs: total,
      busiestMinuteRuns: Math.max(busiestMinuteRuns, before?.busiestMinuteRuns ?? 0),
      level: levelOf(total, most),
    };
  }
  return [...days.values()];
}
