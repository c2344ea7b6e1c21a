import assert from 'node:assert/strict';
import { test } from 'node:test';

import { formatBytes, formatClock, formatDuration, formatExact, formatMoney, formatPercent, formatRelative } from './format';

/** Blanks of all widths become one. */
const plain = (text: string): string => text.replaceAll(/[\s\u00a0\u202f]/g, ' ');
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

test('durations show the two units that matter', () => {
  const rows: [number, string][] = [
    [0, '0 ms'],
    [420, '420 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [8412, '8.4 s'],
    [9.96 * second, '10 s'],
    [59.4 * second, '59 s'],
    [59.6 * second, '1 min'],
    [90 * second, '1 min 30 s'],
    [hour - 400, '1 h'],
    [2 * hour + 5 * minute, '2 h 5 min'],
    [24 * hour, '1 d'],
    [76 * hour, '3 d 4 h'],
    [-5, '0 ms'],
  ];
  for (const [given, expected] of rows) assert.equal(plain(formatDuration(given, 'en')), expected, String(given));
  assert.equal(plain(formatDuration(90 * second, 'ru')), '1 мин 30 с');
});

test('sizes use decimal units and never show four digits', () => {
  const rows: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1536, '1.5 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [3.1e9, '3.1 GB'],
    [48.2e9, '48.2 GB'],
    [5e18, '5,000 PB'],
  ];
  for (const [given, expected] of rows) assert.equal(plain(formatBytes(given, 'en')), expected, String(given));
  assert.equal(plain(formatBytes(3.1e9, 'ru')), '3,1 ГБ');
});

test('small sums of money keep digits that say something', () => {
  assert.equal(formatMoney(0, 'en'), '$0.00');
  assert.equal(formatMoney(0.067, 'en'), '$0.067');
  assert.equal(formatMoney(12.5, 'en'), '$12.50');
  assert.equal(plain(formatMoney(12.5, 'ru')), '12,50 $');
});

test('percentages are whole', () => {
  assert.equal(formatPercent(0.256, 'en'), '26%');
});

test('relative times look both ways, and the present is now', () => {
  const now = Date.UTC(2026, 10, 24, 12);
  const rows: [number, string][] = [
    [0, 'now'],
    [4 * second, 'now'],
    [-30 * second, '30 sec. ago'],
    [12 * minute, 'in 12 min.'],
    [59 * minute + 45 * second, 'in 1 hr.'],
    [-3 * hour, '3 hr. ago'],
    [-24 * hour, 'yesterday'],
    [40 * 24 * hour, 'next mo.'],
  ];
  for (const [offset, expected] of rows) assert.equal(formatRelative(now + offset, now, 'en'), expected, String(offset));
  assert.equal(plain(formatRelative(now + 12 * minute, now, 'ru')), 'через 12 мин.');
});

test('clock times leave the day out while it is today, in the zone of the reader', () => {
  const now = Date.UTC(2026, 10, 24, 22, 30);
  const moscow = { language: 'en', timeZone: 'Europe/Moscow' } as const;
  assert.equal(formatClock(Date.UTC(2026, 10, 24, 23, 5), now, moscow), '02:05');
  assert.match(formatClock(Date.UTC(2026, 10, 24, 20, 5), now, moscow), /24.*23:05/);
  assert.match(formatExact(Date.UTC(2026, 10, 24, 20, 5, 9), moscow), /24.*2026.*23:05:09.*GMT\+3/);
});
