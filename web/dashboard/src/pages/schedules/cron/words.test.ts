import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hasSeconds, parseCron, splitZone } from './parse';
import { cronInWords } from './words';

const sentences: readonly [cron: string, en: string, ru: string][] = [
  ['* * * * *', 'Every minute', 'Каждую минуту'],
  ['*/5 * * * *', 'Every 5 minutes', 'Каждые 5 минут'],
  ['*/21 * * * *', 'Every hour at minutes 0, 21 and 42', 'Каждый час, на 0-й, 21-й и 42-й минутах'],
  ['*/7 * * * *', 'Every 7 minutes from the start of each hour', 'Каждые 7 минут от начала каждого часа'],
  ['5/15 * * * *', 'Every 15 minutes from minute 5 to 50', 'Каждые 15 минут с 5-й по 50-ю'],
  ['10-20 * * * *', 'Every minute from minute 10 to 20', 'Каждую минуту с 10-й по 20-ю'],
  ['0 * * * *', 'Every hour', 'Каждый час'],
  ['15 * * * *', 'Every hour at minute 15', 'Каждый час, на 15-й минуте'],
  ['0,30 * * * *', 'Every 30 minutes', 'Каждые 30 минут'],
  ['0,20 * * * *', 'Every hour at minutes 0 and 20', 'Каждый час, на 0-й и 20-й минутах'],
  ['0 4 * * *', 'Every day at 04:00', 'Каждый день в 04:00'],
  ['30 4,16 * * *', 'Every day at 04:30 and 16:30', 'Каждый день в 04:30 и 16:30'],
  ['0 */6 * * *', 'Every day at 00:00, 06:00, 12:00 and 18:00', 'Каждый день в 00:00, 06:00, 12:00 и 18:00'],
  ['0 */2 * * *', 'Every 2 hours', 'Каждые 2 часа'],
  ['15 */2 * * *', 'Every 2 hours at minute 15', 'Каждые 2 часа, на 15-й минуте'],
  ['0 9-17 * * 1-5', 'Every hour from 09:00 to 17:00, Monday to Friday', 'Каждый час с 09:00 до 17:00, с понедельника по пятницу'],
  ['*/15 9-17 * * MON-FRI', 'Every 15 minutes from 09:00 to 17:59, Monday to Friday', 'Каждые 15 минут с 09:00 до 17:59, с понедельника по пятницу'],
  ['* 3 * * *', 'Every minute from 03:00 to 03:59', 'Каждую минуту с 03:00 до 03:59'],
  ['0 4 * * 1', 'Every Monday at 04:00', 'По понедельникам в 04:00'],
  ['0 4 * * 1,4', 'On Mondays and Thursdays at 04:00', 'По понедельникам и четвергам в 04:00'],
  ['0 4 * * */2', 'On Sundays, Tuesdays, Thursdays and Saturdays at 04:00', 'По воскресеньям, вторникам, четвергам и субботам в 04:00'],
  ['30 4 1 * *', 'On the 1st of every month at 04:30', '1-го числа каждого месяца в 04:30'],
  ['30 4 1,15 * *', 'On the 1st and 15th of every month at 04:30', '1-го и 15-го числа каждого месяца в 04:30'],
  ['0 0 1-7 * *', 'From the 1st to the 7th of every month at 00:00', 'С 1-го по 7-е число каждого месяца в 00:00'],
  ['0 0 1 1 *', 'Every year on January 1 at 00:00', 'Каждый год 1 января в 00:00'],
  ['@yearly', 'Every year on January 1 at 00:00', 'Каждый год 1 января в 00:00'],
  ['@hourly', 'Every hour', 'Каждый час'],
  ['0 12 13 * 5', 'On the 13th of every month and also every Friday at 12:00', '13-го числа каждого месяца, а также по пятницам в 12:00'],
  ['0 8 * JUN-AUG *', 'Every day from June to August at 08:00', 'Каждый день с июня по август в 08:00'],
  ['0 8 * 1,7 *', 'Every day in January and July at 08:00', 'Каждый день в январе и июле в 08:00'],
  ['0 8 1 */3 *', 'On the 1st every 3 months from January at 08:00', '1-го числа каждые 3 месяца с января в 08:00'],
  ['@every 1h', 'Every hour', 'Каждый час'],
  ['@every 90m', 'Every 1 hour 30 minutes', 'Раз в 1 час 30 минут'],
  ['@every 45s', 'Every 45 seconds', 'Каждые 45 секунд'],
  ['CRON_TZ=Europe/Berlin 0 4 * * *', 'Every day at 04:00, by the clocks of Europe/Berlin', 'Каждый день в 04:00, по времени Europe/Berlin'],
  ['TZ=UTC 0 4 * * *', 'Every day at 04:00', 'Каждый день в 04:00'],
  ['*/10 * * * * *', 'Every 10 seconds', 'Каждые 10 секунд'],
  ['30 0 4 * * *', 'Every day at 04:00:30', 'Каждый день в 04:00:30'],
  ['0 */5 * * * *', 'Every 5 minutes', 'Каждые 5 минут'],
  ['30 * * * * *', 'Every minute, at second 30', 'Каждую минуту, на 30-й секунде'],
];

test('cron expressions are said in both languages', () => {
  const said = sentences.map(([cron]) => [cron, cronInWords(cron, 'en'), cronInWords(cron, 'ru')]);
  assert.deepEqual(said, sentences);
});

test('what the broker refuses is not put into words', () => {
  const wrong = ['', '* * * *', '60 * * * *', '* * * * 7', '5-1 * * * *', '*/0 * * * *', '@sometimes', '@every 10', '@every 0s', 'CRON_TZ= * * * * *', '1,,2 * * * *', '* * * FEB-JAN *'];
  for (const cron of wrong) assert.equal(cronInWords(cron, 'en'), null, cron);
});

test('lists, ranges and steps give the numbers that the broker takes', () => {
  const cron = parseCron('1-10/3,40 22-23 ? dec sat');
  assert.ok(cron?.kind === 'fields');
  assert.deepEqual(cron.minute.values, [1, 4, 7, 10, 40]);
  assert.deepEqual(cron.hour.values, [22, 23]);
  assert.deepEqual(cron.month.values, [12]);
  assert.deepEqual(cron.dayOfWeek.values, [6]);
  assert.equal(cron.dayOfMonth.any, true);
  // Every second day restricts, every single one does not.
  const steps = parseCron('0 0 */2 * */1');
  assert.ok(steps?.kind === 'fields');
  assert.equal(steps.dayOfMonth.any, false);
  assert.equal(steps.dayOfWeek.any, true);
});

test('the zone and a field for seconds are seen', () => {
  assert.deepEqual(splitZone(' CRON_TZ=Asia/Tokyo  0 4 * * * '), { zone: 'Asia/Tokyo', rest: '0 4 * * *' });
  assert.deepEqual(splitZone('0 4 * * *'), { zone: null, rest: '0 4 * * *' });
  assert.equal(hasSeconds('CRON_TZ=Asia/Tokyo 0 0 4 * * *'), true);
  assert.equal(hasSeconds('0 4 * * *'), false);
  assert.equal(hasSeconds('@every 10s'), false);
});
