// Numbers, sizes, money, times and durations as readers of the current language write them.
// Each function reads the locale's signal unless a language is given.

import { locale, type Locale } from './locale';

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function cached<F extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(key: string, make: () => F): F {
  let format = cache.get(key);
  if (!format) cache.set(key, (format = make()));
  return format as F;
}

function numberFormat(language: Locale, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return cached(`n${language}${JSON.stringify(options)}`, () => new Intl.NumberFormat(language, options));
}

function dateFormat(language: Locale, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return cached(`d${language}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(language, options));
}

export function formatNumber(value: number, options: Intl.NumberFormatOptions = {}, language: Locale = locale.value): string {
  return numberFormat(language, options).format(value);
}

/** 0.25 -> "25 %" */
export function formatPercent(share: number, language: Locale = locale.value): string {
  return numberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** US dollars; small sums keep enough digits to say something. */
export function formatMoney(dollars: number, language: Locale = locale.value): string {
  const digits = dollars !== 0 && Math.abs(dollars) < 0.1 ? 3 : 2;
  return numberFormat(language, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(dollars);
}

const byteUnits: Record<Locale, readonly string[]> = {
  en: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'],
  ru: ['Б', 'кБ', 'МБ', 'ГБ', 'ТБ', 'ПБ'],
};

/** Decimal units, as disks are sold: 1 500 000 -> "1.5 MB". */
export function formatBytes(bytes: number, language: Locale = locale.value): string {
  const units = byteUnits[language];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${numberFormat(language, { maximumFractionDigits: digits }).format(value)}\u00a0${units[unit] ?? ''}`;
}

const durationUnits: Record<Locale, { d: string; h: string; m: string; s: string; ms: string }> = {
  en: { d: 'd', h: 'h', m: 'min', s: 's', ms: 'ms' },
  ru: { d: 'д', h: 'ч', m: 'мин', s: 'с', ms: 'мс' },
};

/** The two largest units that matter: "420 ms", "8.4 s", "1 min 30 s", "2 h 5 min", "3 d 4 h". */
export function formatDuration(milliseconds: number, language: Locale = locale.value): string {
  const unit = durationUnits[language];
  const ms = Math.max(0, milliseconds);
  const number = (value: number, digits = 0): string =>
    numberFormat(language, { maximumFractionDigits: digits }).format(value);
  const join = (a: number, first: string, b: number, second: string): string =>
    b === 0 ? `${number(a)}\u00a0${first}` : `${number(a)}\u00a0${first} ${number(b)}\u00a0${second}`;
  if (ms < 999.5) return `${number(Math.round(ms))}\u00a0${unit.ms}`;
  if (ms < 9_950) return `${number(ms / 1000, 1)}\u00a0${unit.s}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${number(seconds)}\u00a0${unit.s}`;
  if (seconds < 3600) return join(Math.floor(seconds / 60), unit.m, seconds % 60, unit.s);
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return join(Math.floor(minutes / 60), unit.h, minutes % 60, unit.m);
  const hours = Math.round(minutes / 60);
  return join(Math.floor(hours / 24), unit.d, hours % 24, unit.h);
}

/** "in 12 min", "3 h ago", "now": `then` seen from `now`, both in milliseconds since 1970. */
export function formatRelative(then: number, now: number, language: Locale = locale.value): string {
  const format = cached(`r${language}`, () => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' }));
  const seconds = Math.round((then - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return format.format(0, 'second');
  if (size < 60) return format.format(seconds, 'second');
  if (size < 3570) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 84_600) return format.format(Math.round(seconds / 3600), 'hour');
  if (size < 2_592_000) return format.format(Math.round(seconds / 86_400), 'day');
  if (size < 31_536_000) return format.format(Math.round(seconds / 2_592_000), 'month');
  return format.format(Math.round(seconds / 31_536_000), 'year');
}

export interface ClockOptions {
  language?: Locale;
  timeZone?: string; // the reader's, unless given
}

/** "14:05" for times of the same day as `now`, "24 Nov, 14:05" for others. */
export function formatClock(then: number, now: number, { language = locale.value, timeZone }: ClockOptions = {}): string {
  const day = dateFormat(language, { year: 'numeric', month: 'numeric', day: 'numeric', timeZone });
  const sameDay = day.format(then) === day.format(now);
  return dateFormat(language, {
    ...(sameDay ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(then);
}

/** "24 Nov 2026, 14:05:09 GMT+3": everything, for hovering. */
export function formatExact(then: number, { language = locale.value, timeZone }: ClockOptions = {}): string {
  return dateFormat(language, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    timeZone,
  }).format(then);
}

export function formatDate(then: number, { language = locale.value, timeZone }: ClockOptions = {}): string {
  return dateFormat(language, { day: 'numeric', month: 'short', year: 'numeric', timeZone }).format(then);
}
