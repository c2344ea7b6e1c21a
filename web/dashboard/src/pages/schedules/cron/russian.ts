// How schedules are said in Russian.

import { pluralForm, type Plural } from '@godwit/kit';

import { joined } from './english';
import type { Days, Grammar, Shape, TimeOfDay } from './words';

const onWeekdays = ['воскресеньям', 'понедельникам', 'вторникам', 'средам', 'четвергам', 'пятницам', 'субботам'];
const fromWeekday = ['воскресенья', 'понедельника', 'вторника', 'среды', 'четверга', 'пятницы', 'субботы'];
const toWeekday = ['воскресенье', 'понедельник', 'вторник', 'среду', 'четверг', 'пятницу', 'субботу'];
const inMonths = ['январе', 'феврале', 'марте', 'апреле', 'мае', 'июне', 'июле', 'августе', 'сентябре', 'октябре', 'ноябре', 'декабре'];
const ofMonths = ['января', 'февраля', 'марта', 'апреля', 'мая', 'июня', 'июля', 'августа', 'сентября', 'октября', 'ноября', 'декабря'];
const toMonths = ['январь', 'февраль', 'март', 'апрель', 'май', 'июнь', 'июль', 'август', 'сентябрь', 'октябрь', 'ноябрь', 'декабрь'];

interface Unit {
  everyOne: string; // «каждую минуту»
  every: Plural; // «каждые 5 минут»
  at: string; // «на 5-й минуте»
  atMany: string;
  each: string; // «каждой минуты»
}
const units: Readonly<Record<'second' | 'minute', Unit>> = {
  second: {
    everyOne: 'каждую секунду',
    every: { one: 'секунду', few: 'секунды', many: 'секунд', other: 'секунды' },
    at: 'секунде',
    atMany: 'секундах',
    each: 'каждой минуты',
  },
  minute: {
    everyOne: 'каждую минуту',
    every: { one: 'минуту', few: 'минуты', many: 'минут', other: 'минуты' },
    at: 'минуте',
    atMany: 'минутах',
    each: 'каждого часа',
  },
};
const hours: Plural = { one: 'час', few: 'часа', many: 'часов', other: 'часа' };
const daysForm: Plural = { one: 'день', few: 'дня', many: 'дней', other: 'дня' };
const monthsForm: Plural = { one: 'месяц', few: 'месяца', many: 'месяцев', other: 'месяца' };

const two = (value: number): string => String(value).padStart(2, '0');
const list = (items: readonly string[]): string => joined(items, 'и');
const counted = (count: number, form: Plural): string => `${count} ${pluralForm(form, count, 'ru')}`;
/** «каждые 5 минут», «каждый 21 час» */
const each = (count: number, form: Plural, one: string): string => `${pluralForm({ one, other: 'каждые' }, count, 'ru')} ${counted(count, form)}`;

function within(shape: Shape, name: 'second' | 'minute'): string {
  const unit = units[name];
  switch (shape.kind) {
    case 'every':
      return unit.everyOne;
    case 'one':
      return `на ${shape.value}-й ${unit.at}`;
    case 'range':
      return `${unit.everyOne} с ${shape.first}-й по ${shape.last}-ю`;
    case 'step': {
      const every = each(shape.step, unit.every, 'каждую');
      if (shape.even && shape.first === 0) return every;
      if (shape.first === 0 && shape.last + shape.step > 59) return `${every} от начала ${unit.each}`;
      return `${every} с ${shape.first}-й по ${shape.last}-ю`;
    }
    case 'list':
      return `на ${list(shape.values.map((value) => `${value}-й`))} ${unit.atMany}`;
  }
}

function hourly(hour: Shape): string {
  switch (hour.kind) {
    case 'every':
      return 'каждый час';
    case 'one':
      return `в ${two(hour.value)} ч`;
    case 'range':
      return `каждый час с ${two(hour.first)}:00 до ${two(hour.last)}:00`;
    case 'step': {
      const every = each(hour.step, hours, 'каждый');
      return hour.even && hour.first === 0 ? every : `${every} с ${two(hour.first)}:00 до ${two(hour.last)}:00`;
    }
    case 'list':
      return `в часы ${list(hour.values.map((value) => `${two(value)}:00`))}`;
  }
}

function during(hour: Shape): string {
  switch (hour.kind) {
    case 'every':
      return '';
    case 'one':
      return `с ${two(hour.value)}:00 до ${two(hour.value)}:59`;
    case 'range':
      return `с ${two(hour.first)}:00 до ${two(hour.last)}:59`;
    case 'step':
      return `в каждый ${hour.step}-й час с ${two(hour.first)}:00 до ${two(hour.last)}:59`;
    case 'list':
      return hourly(hour);
  }
}

function time(of: TimeOfDay): string {
  if (of.kind === 'clock') return `в ${list(of.times)}`;
  const { second, minute, hour } = of;
  const seconds = second.kind === 'one' && second.value === 0 ? '' : within(second, 'second');
  if (minute.kind === 'every' || minute.kind === 'step' || minute.kind === 'range') {
    const often = seconds !== '' && minute.kind === 'every' && second.kind !== 'one' && second.kind !== 'list' ? seconds : [within(minute, 'minute'), seconds].filter(Boolean).join(', ');
    return [often, during(hour)].filter(Boolean).join(' ');
  }
  const onTheHour = minute.kind === 'one' && minute.value === 0;
  return [hourly(hour), onTheHour ? '' : within(minute, 'minute'), seconds].filter(Boolean).join(', ');
}

function monthPhrase(shape: Shape): string {
  switch (shape.kind) {
    case 'every':
      return '';
    case 'one':
      return `в ${inMonths[shape.value - 1] ?? ''}`;
    case 'range':
      return `с ${ofMonths[shape.first - 1] ?? ''} по ${toMonths[shape.last - 1] ?? ''}`;
    case 'step': {
      const every = each(shape.step, monthsForm, 'каждый');
      return shape.even && shape.first === 1 ? `${every} с января` : `${every} с ${ofMonths[shape.first - 1] ?? ''} по ${toMonths[shape.last - 1] ?? ''}`;
    }
    case 'list':
      return `в ${list(shape.values.map((month) => inMonths[month - 1] ?? ''))}`;
  }
}

function ofMonthPhrase(shape: Shape): string {
  switch (shape.kind) {
    case 'every':
      return '';
    case 'one':
      return `${shape.value}-го числа`;
    case 'range':
      return `с ${shape.first}-го по ${shape.last}-е число`;
    case 'step':
      return `${each(shape.step, daysForm, 'каждый')} с ${shape.first}-го по ${shape.last}-е число`;
    case 'list':
      return `${list(shape.values.map((day) => `${day}-го`))} числа`;
  }
}

function ofWeekPhrase(shape: Shape): string {
  switch (shape.kind) {
    case 'every':
      return '';
    case 'one':
      return `по ${onWeekdays[shape.value] ?? ''}`;
    case 'range':
      return `с ${fromWeekday[shape.first] ?? ''} по ${toWeekday[shape.last] ?? ''}`;
    case 'step':
      return `по ${list([0, 1, 2, 3, 4, 5, 6].filter((day) => day >= shape.first && day <= shape.last && (day - shape.first) % shape.step === 0).map((day) => onWeekdays[day] ?? ''))}`;
    case 'list':
      return `по ${list(shape.values.map((day) => onWeekdays[day] ?? ''))}`;
  }
}

function days({ ofMonth, ofWeek, either, months }: Days, daily: boolean): string {
  if (ofMonth.kind === 'one' && months.kind === 'one' && !either) return `каждый год ${ofMonth.value} ${ofMonths[months.value - 1] ?? ''}`;
  const dates = ofMonthPhrase(ofMonth);
  const week = ofWeekPhrase(ofWeek);
  const inMonth = monthPhrase(months);
  const dated = dates === '' ? '' : inMonth === '' ? `${dates} каждого месяца` : dates;
  const which = either && dated !== '' && week !== '' ? `${dated}, а также ${week}` : [dated, week].filter(Boolean).join(', ');
  if (which === '' && daily) return inMonth === '' ? 'каждый день' : `каждый день ${inMonth}`;
  return [which, inMonth].filter(Boolean).join(' ');
}

function every(seconds: number): string {
  const sizes: readonly [number, Plural, string][] = [
    [86_400, daysForm, 'каждый'],
    [3600, hours, 'каждый'],
    [60, units.minute.every, 'каждую'],
    [1, units.second.every, 'каждую'],
  ];
  const single = sizes.find(([size]) => size === seconds);
  if (single) return `${single[2]} ${single[1].one}`;
  let rest = seconds;
  const parts: string[] = [];
  for (const [size, form, one] of sizes) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount === 0) continue;
    if (rest === 0 && parts.length === 0) return each(amount, form, one);
    parts.push(counted(amount, form));
  }
  return `раз в ${parts.join(' ')}`;
}

export const russian: Grammar = { time, days, every, zone: (zone) => `по времени ${zone}` };
