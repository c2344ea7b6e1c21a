// A cron expression as a sentence. What it means is found here, how it is said in english.ts and
// russian.ts.

import type { Locale } from '@godwit/kit';

import { english } from './english';
import { parseCron, type CronFields, type Field } from './parse';
import { russian } from './russian';

/** The shape of a field's values. */
export type Shape =
  | { kind: 'every' }
  | { kind: 'one'; value: number }
  | { kind: 'range'; first: number; last: number } // three or more without a gap
  | { kind: 'step'; step: number; first: number; last: number; even: boolean } // even: also across the field's end
  | { kind: 'list'; values: readonly number[] };

export function shapeOf({ values, any, min, max }: Field): Shape {
  const first = values[0] ?? min;
  const last = values[values.length - 1] ?? max;
  const size = max - min + 1;
  if (any || values.length === size) return { kind: 'every' };
  if (values.length === 1) return { kind: 'one', value: first };
  const step = (values[1] ?? first) - first;
  const steady = values.every((value, index) => index === 0 || value - (values[index - 1] ?? value) === step);
  if (steady && step === 1 && values.length > 2) return { kind: 'range', first, last };
  const even = size % step === 0 && last + step > max && first - step < min;
  // "Every 30 minutes" is said sooner than "every 6 months".
  const few = even && first === 0 ? 2 : even ? 3 : 4;
  if (steady && values.length >= few) return { kind: 'step', step, first, last, even };
  return { kind: 'list', values };
}

/** When in the day. */
export type TimeOfDay =
  | { kind: 'clock'; times: readonly string[] }
  | { kind: 'pattern'; second: Shape; minute: Shape; hour: Shape };

/** On which days: `either` when both kinds are restricted, for then each alone is enough. */
export interface Days {
  ofMonth: Shape;
  ofWeek: Shape;
  either: boolean;
  months: Shape;
}

export interface Grammar {
  time(time: TimeOfDay): string;
  /** '' when every day of every month; `daily`: then it says so all the same. */
  days(days: Days, daily: boolean): string;
  every(seconds: number): string;
  zone(zone: string): string;
}

/** So many times of the clock are still read as a list. */
const clockTimesMax = 6;

const two = (value: number): string => String(value).padStart(2, '0');

export function timeOfDay({ second, minute, hour, withSeconds }: CronFields): TimeOfDay {
  const hours = shapeOf(hour);
  const count = second.values.length * minute.values.length * hour.values.length;
  // "Hourly from 9 to 17" says more than nine times of the clock, but two or three times are just that.
  if (hours.kind !== 'every' && count <= clockTimesMax && (hours.kind !== 'range' || count < 3)) {
    const times = hour.values.flatMap((h) =>
      minute.values.flatMap((m) => second.values.map((s) => (withSeconds && s !== 0 ? `${two(h)}:${two(m)}:${two(s)}` : `${two(h)}:${two(m)}`))),
    );
    return { kind: 'clock', times };
  }
  return { kind: 'pattern', second: shapeOf(second), minute: shapeOf(minute), hour: hours };
}

const grammars: Readonly<Record<Locale, Grammar>> = { en: english, ru: russian };

/** "Every day at 04:00, Europe/Berlin"; null when the expression is wrong. */
export function cronInWords(text: string, language: Locale): string | null {
  const cron = parseCron(text);
  if (!cron) return null;
  const grammar = grammars[language];
  const parts: string[] = [];
  if (cron.kind === 'every') {
    parts.push(grammar.every(cron.seconds));
  } else {
    const time = timeOfDay(cron);
    const days: Days = {
      ofMonth: shapeOf(cron.dayOfMonth),
      ofWeek: shapeOf(cron.dayOfWeek),
      either: !cron.dayOfMonth.any && !cron.dayOfWeek.any,
      months: shapeOf(cron.month),
    };
    const when = grammar.time(time);
    const which = grammar.days(days, time.kind === 'clock');
    // "Every day at 04:00", but "every 5 minutes, on Mondays".
    parts.push(time.kind === 'clock' ? `${which} ${when}` : [when, which].filter(Boolean).join(', '));
  }
  if (cron.zone !== null && cron.zone !== 'UTC') parts.push(grammar.zone(cron.zone));
  const sentence = parts.join(', ');
  return sentence.slice(0, 1).toLocaleUpperCase(language) + sentence.slice(1);
}
