import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decades, decadeSplits, isolated, niceTop, tickTexts } from './scale';

test('an axis ends at a round number above its greatest value', () => {
  for (const [max, top] of [[null, 1], [0, 1], [0.4, 0.5], [0.9, 1], [1, 1.5], [7, 8], [9.9, 15], [99, 150], [100, 150], [1234, 1500], [50_000, 60_000]] as const) {
    assert.ok(Math.abs(niceTop(max) - top) < 1e-9, `${max}: ${niceTop(max)}`);
    assert.ok(niceTop(max) >= (max ?? 0));
  }
});

test('a logarithmic axis spans whole powers of ten, one at least', () => {
  assert.deepEqual(decades(null, null), [1, 1000]);
  assert.deepEqual(decades(3, 250), [1, 1000]);
  assert.deepEqual(decades(10, 10), [10, 100]);
  assert.deepEqual(decades(0, 5), [0.1, 10]);
  assert.deepEqual(decades(1, 1000), [1, 1000]);
  assert.deepEqual(decadeSplits(1, 1000), [1, 10, 100, 1000]);
});

test('a value between gaps is a point', () => {
  assert.deepEqual(isolated([1, null, 2, null, 3, 4, null]), [0, 2]);
  assert.deepEqual(isolated([null, null]), []);
  assert.deepEqual(isolated([5]), [0]);
  assert.deepEqual(isolated([0, 0]), []);
});

test('a time axis tells hours, and the date where a day begins', () => {
  const midnight = Date.UTC(2026, 10, 24) / 1000;
  assert.deepEqual(tickTexts([midnight - 3600, midnight, midnight + 5400], 3600, { language: 'en', timeZone: 'UTC' }), ['23:00', 'Nov 24', '01:30']);
  assert.deepEqual(tickTexts([midnight], 86_400, { language: 'ru', timeZone: 'Asia/Tokyo' }), ['24 нояб.']);
});
