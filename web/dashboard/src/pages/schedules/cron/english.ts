// How schedules are said in English.

import type { Days, Grammar, Shape, TimeOfDay } from './words';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

const two = (value: number): string => String(value).padStart(2, '0');

export function joined(items: readonly string[], and: string): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${and} ${items[items.length - 1] ?? ''}`;
}
const list = (items: readonly string[]): string => joined(items, 'and');

function ordinal(value: number): string {
  const tens = value % 100;
  const ending = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}

/** "every 5 minutes", "at minute 15": seconds and minutes alike. */
function within(shape: Shape, unit: 'second' | 'minute', of: 'minute' | 'hour'): string {
  switch (shape.kind) {
    case 'every':
      return `every ${unit}`;
    case 'one':
      return `at ${unit} ${shape.value}`;
    case 'range':
      return `every ${unit} from ${unit} ${shape.first} to ${shape.last}`;
    case 'step': {
      const every = `every ${shape.step} ${unit}s`;
      if (shape.even && shape.first === 0) return every;
      if (shape.first === 0 && shape.last + shape.step > 59) return `${every} from the start of each ${of}`;
      return `${every} from ${unit} ${shape.first} to ${shape.last}`;
    }
    case 'list':
      return `at ${unit}s ${list(shape.values.map(String))}`;
  }
}

function hourly(hour: Shape): string {
  switch (hour.kind) {
    case 'every':
      return 'every hour';
    case 'one':
      return `at ${two(hour.value)}`;
    case 'range':
      return `every hour from ${two(hour.first)}:00 to ${two(hour.last)}:00`;
    case 'step':
      return hour.even && hour.first === 0 ? `every ${hour.step} hours` : `every ${hour.step} hours from ${two(hour.first)}:00 to ${two(hour.last)}:00`;
    case 'list':
      return `in the hours ${list(hour.values.map((value) => `${two(value)}:00`))}`;
  }
}

/** The hours in which something happens all the time. */
function during(hour: Shape): string {
  switch (hour.kind) {
    case 'every':
      return '';
    case 'one':
      return `from ${two(hour.value)}:00 to ${two(hour.value)}:59`;
    case 'range':
      return `from ${two(hour.first)}:00 to ${two(hour.last)}:59`;
    case 'step':
      return `in every ${ordinal(hour.step)} hour from ${two(hour.first)}:00 to ${two(hour.last)}:59`;
    case 'list':
      return hourly(hour);
  }
}

function time(of: TimeOfDay): string {
  if (of.kind === 'clock') return `at ${list(of.times)}`;
  const { second, minute, hour } = of;
  const seconds = second.kind === 'one' && second.value === 0 ? '' : within(second, 'second', 'minute');
  // Something that goes on all the time: "every 5 minutes from 09:00 to 17:59".
  if (minute.kind === 'every' || minute.kind === 'step' || minute.kind === 'range') {
    const often = seconds !== '' && minute.kind === 'every' && second.kind !== 'one' && second.kind !== 'list' ? seconds : [within(minute, 'minute', 'hour'), seconds].filter(Boolean).join(', ');
    return [often, during(hour)].filter(Boolean).join(' ');
  }
  const onTheHour = minute.kind === 'one' && minute.value === 0;
  const at = onTheHour ? '' : within(minute, 'minute', 'hour');
  return [[hourly(hour), at].filter(Boolean).join(' '), seconds].filter(Boolean).join(', ');
}

function monthPhrase(shape: Shape): string {
  const name = (month: number): string => months[month - 1] ?? '';
  switch (shape.kind) {
    case 'every':
      return '';
    case 'one':
      return `in ${name(shape.value)}`;
    case 'range':
      return `from ${name(shape.first)} to ${name(shape.last)}`;
    case 'step':
      return shape.even && shape.first === 1 ? `every ${shape.step} months from January` : `every ${shape.step} months from ${name(shape.first)} to ${name(shape.last)}`;
    case 'list':
      return `in ${list(shape.values.map(name))}`;
  }
}

function ofMonthPhrase(shape: Shape): string {
  switch (shape.kind) {
    case 'every':
      return '';
    case 'one':
      return `on the ${ordinal(shape.value)}`;
    case 'range':
      return `from the ${ordinal(shape.first)} to the ${ordinal(shape.last)}`;
    case 'step':
      return `every ${shape.step} days from the ${ordinal(shape.first)} to the ${ordinal(shape.last)}`;
    case 'list':
      return `on the ${list(shape.values.map(ordinal))}`;
  }
}

function ofWeekPhrase(shape: Shape): string {
  const name = (day: number): string => weekdays[day] ?? '';
  switch (shape.kind) {
    case 'every':
      return '';
    case 'one':
      return `every ${name(shape.value)}`;
    case 'range':
      return `${name(shape.first)} to ${name(shape.last)}`;
    case 'step':
      return `on ${list([0, 1, 2, 3, 4, 5, 6].filter((day) => day >= shape.first && day <= shape.last && (day - shape.first) % shape.step === 0).map((day) => `${name(day)}s`))}`;
    case 'list':
      return `on ${list(shape.values.map((day) => `${name(day)}s`))}`;
  }
}

function days({ ofMonth, ofWeek, either, months: inMonths }: Days, daily: boolean): string {
  if (ofMonth.kind === 'one' && inMonths.kind === 'one' && !either) return `every year on ${months[inMonths.value - 1] ?? ''} ${ofMonth.value}`;
  const dates = ofMonthPhrase(ofMonth);
  const week = ofWeekPhrase(ofWeek);
  const inMonth = monthPhrase(inMonths);
  const dated = dates === '' ? '' : inMonth === '' ? `${dates} of every month` : dates;
  const which = either && dated !== '' && week !== '' ? `${dated} and also ${week}` : [dated, week].filter(Boolean).join(', ');
  const text = [which, inMonth].filter(Boolean).join(' ');
  if (which === '' && daily) return inMonth === '' ? 'every day' : `every day ${inMonth}`;
  return text;
}

function every(seconds: number): string {
  const units: readonly [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  let rest = seconds;
  const parts: string[] = [];
  for (const [size, name] of units) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(amount === 1 && seconds === size ? name : `${amount} ${name}${amount === 1 ? '' : 's'}`);
  }
  return `every ${parts.join(' ')}`;
}

export const english: Grammar = { time, days, every, zone: (zone) => `by the clocks of ${zone}` };
