import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Calendar } from '../../api/contract';
import { heatDays, levelOf } from './heat';

const hours = (...runs: number[]): Calendar['hours'] => runs.map((count) => ({ runs: count, busiestMinute: 0, busiestMinuteRuns: count }));

test('hours stand in the days of the zone in which they are read', () => {
  const calendar: Calendar = { from: '2026-11-24T22:00:00.000Z', hours: hours(1, 2, 3), collisions: [] };
  const utc = heatDays(calendar, 'UTC');
  assert.deepEqual(utc.map(({ runs }) => runs), [3, 3]);
  assert.equal(utc[0]?.hours[22]?.runs, 1);
  assert.equal(utc[0]?.hours[21], null);
  const moscow = heatDays(calendar, 'Europe/Moscow');
  assert.deepEqual(moscow.map(({ runs }) => runs), [6]);
  assert.equal(moscow[0]?.hours[1]?.runs, 1);
});

test('an hour that the clocks show twice is one cell with both runs', () => {
  // Berlin goes back from 03:00 to 02:00 on October 25, 2026, at 01:00 UTC.
  const calendar: Calendar = { from: '2026-10-25T00:00:00.000Z', hours: hours(5, 7, 1), collisions: [] };
  const [day] = heatDays(calendar, 'Europe/Berlin');
  assert.equal(day?.hours[2]?.runs, 12);
  assert.equal(day?.hours[3]?.runs, 1);
});

test('levels tell few from many', () => {
  assert.equal(levelOf(0, 100), 0);
  assert.equal(levelOf(1, 1000), 1);
  assert.equal(levelOf(1000, 1000), 4);
  assert.ok(levelOf(60, 1000) < 4);
  assert.deepEqual([1, 2, 3].map((runs) => levelOf(runs, 3)), [1, 2, 3]);
});
