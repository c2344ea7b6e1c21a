// Cron expressions as the broker reads them: five fields, or six with seconds first; names of months
// and weekdays; descriptors; a zone before it. What is wrong in an expression the server says: here
// null only means that there is nothing to put into words.

export interface Field {
  /** Sorted, without doubles. */
  values: readonly number[];
  /** It says `*` or `?`, so it restricts nothing. */
  any: boolean;
  min: number;
  max: number;
}

export interface CronFields {
  kind: 'fields';
  zone: string | null; // null: UTC, for nothing else was said
  second: Field; // 0 where the expression has five fields
  minute: Field;
  hour: Field;
  dayOfMonth: Field;
  month: Field;
  dayOfWeek: Field; // 0: Sunday
  withSeconds: boolean;
}
export interface CronEvery {
  kind: 'every';
  zone: string | null;
  seconds: number;
}
export type Cron = CronFields | CronEvery;

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Splits `CRON_TZ=Europe/Berlin 0 4 * * *` into its zone and the rest. */
export function splitZone(text: string): { zone: string | null; rest: string } {
  const trimmed = text.trim();
  const match = /^(?:CRON_)?TZ=(\S*)\s*(.*)$/s.exec(trimmed);
  return match ? { zone: match[1] ?? '', rest: (match[2] ?? '').trim() } : { zone: null, rest: trimmed };
}

/** Whether it needs the header that permits a field for seconds. */
export function hasSeconds(text: string): boolean {
  const { rest } = splitZone(text);
  return !rest.startsWith('@') && rest.split(/[ \t]+/).length === 6;
}

/** Seconds of a duration such as `1h30m`; null when it is none, or not whole seconds. */
export function secondsOf(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d*)?)(ms|d|h|m|s)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trim()) return null;
  const unit: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };
  const seconds = parts.reduce((sum, [, amount, name]) => sum + Number(amount) * (unit[name ?? ''] ?? NaN), 0);
  return Number.isInteger(seconds) ? seconds : null;
}

function parseNumber(text: string, min: number, max: number, names: readonly string[]): number | null {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return min + named;
  if (!/^\d+$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

export function parseField(text: string, min: number, max: number, names: readonly string[] = []): Field | null {
  const values = new Set<number>();
  let any = false;
  for (const item of text.split(',')) {
    const [range = '', stepText, ...tooMany] = item.split('/');
    if (tooMany.length > 0) return null;
    const everything = range === '*' || range === '?';
    let [first, last]: [number | null, number | null] = [min, max];
    if (!everything) {
      const [low = '', high, ...more] = range.split('-');
      if (more.length > 0) return null;
      first = parseNumber(low, min, max, names);
      // `5/15` goes on to the field's end, `5` does not.
      last = high !== undefined ? parseNumber(high, min, max, names) : stepText !== undefined ? max : first;
    }
    if (first === null || last === null || first > last) return null;
    if (stepText !== undefined && !/^\d+$/.test(stepText)) return null;
    const step = stepText === undefined ? 1 : Number(stepText);
    if (step === 0) return null;
    for (let value = first; value <= last; value += step) values.add(value);
    any ||= everything && step === 1;
  }
  return { values: [...values].sort((a, b) => a - b), any, min, max };
}

export function parseCron(text: string): Cron | null {
  const { zone, rest } = splitZone(text);
  if (zone === '' || rest === '') return null;
  if (/^@every(\s|$)/.test(rest)) {
    const seconds = secondsOf(rest.slice('@every'.length));
    return seconds === null || seconds < 1 ? null : { kind: 'every', zone, seconds };
  }
  const plain = rest.startsWith('@') ? descriptors[rest] : rest;
  if (plain === undefined) return null;
  const parts = plain.split(/[ \t]+/);
  if (parts.length !== 5 && parts.length !== 6) return null;
  const withSeconds = parts.length === 6;
  const [seconds, minutes, hours, days, months, weekdays] = (withSeconds ? parts : ['0', ...parts]) as [string, string, string, string, string, string];
  const second = parseField(seconds, 0, 59);
  const minute = parseField(minutes, 0, 59);
  const hour = parseField(hours, 0, 23);
  const dayOfMonth = parseField(days, 1, 31);
  const month = parseField(months, 1, 12, monthNames);
  const dayOfWeek = parseField(weekdays, 0, 6, weekdayNames);
  if (!second || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) return null;
  return { kind: 'fields', zone, second, minute, hour, dayOfMonth, month, dayOfWeek, withSeconds };
}
