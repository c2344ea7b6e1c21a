import assert from 'node:assert/strict';
import { test } from 'node:test';

import { delaySeconds, intervalSeconds, isRateLimit, lastDueAt } from './schedule';

test('sixty images an hour are a minute apart', () => {
  assert.equal(intervalSeconds(60), 60);
  assert.deepEqual([0, 1, 2, 3, 4].map((position) => delaySeconds(position, 60)), [0, 60, 120, 180, 240]);
});

test('seven images an hour do not drift, because delays are rounded as a whole', () => {
  const delays = Array.from({ length: 8 }, (_, position) => delaySeconds(position, 7));
  assert.deepEqual(delays, [0, 515, 1029, 1543, 2058, 2572, 3086, 3600]);
});

test('the last image starts one interval before a full hour', () => {
  assert.equal(lastDueAt(60, 60, 1_000_000), 1_000_000 + 59 * 60_000);
  assert.equal(lastDueAt(1, 60, 1_000_000), 1_000_000);
  assert.equal(lastDueAt(0, 60, 1_000_000), null);
});

test('a limit is a whole number from 1 to 3600', () => {
  assert.deepEqual([1, 60, 3600].map(isRateLimit), [true, true, true]);
  assert.deepEqual([0, 3601, 1.5, -1, null, Number.NaN].map(isRateLimit), [false, false, false, false, false, false]);
});
