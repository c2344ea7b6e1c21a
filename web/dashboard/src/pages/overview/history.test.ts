import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Series } from '../../api/contract';
import { coarser, historyOf, mergeFactor, perSecond, rangeOf, sparkPath } from './history';

test('counts become rates, and the newest step is of the time that has passed', () => {
  const times = [0, 60, 120];
  assert.deepEqual(perSecond([60, 120, 30], times, 60, 135), [1, 2, 2]);
  assert.deepEqual(perSecond([60, 120, 30], times, 60, 122), [1, 2, null], 'two seconds say nothing');
  assert.deepEqual(perSecond([60, 120, 30], times, 60, 180), [1, 2, 0.5]);
});

test('a clock that is behind makes no rate of the future', () => {
  assert.deepEqual(perSecond([5], [100], 60, 90), [null]);
});

const series: Series = {
  range: '15m', stepSeconds: 60, times: [0, 60], published: [60, 0], delivered: [30, 0], attempts: [40, 0], failedAttempts: [10, 0],
  deadLettered: [2, 0], canceled: [1, 0], attemptP50Ms: [4, null], attemptP90Ms: [8, null], attemptP99Ms: [9, null], latenessP99Ms: [1, null], backlog: [7, null],
};

test('a series is prepared for the charts, gaps stay gaps', () => {
  const history = historyOf(series, 120);
  assert.deepEqual(history.published, [1, 0]);
  assert.deepEqual(history.delivered, [0.5, 0]);
  assert.deepEqual(history.success, [0.75, null]);
  assert.deepEqual(history.backlog, [7, null]);
  assert.deepEqual(history.deadLettered, [2, 0]);
  assert.equal(history.times.length, history.p99.length);
});

test('only known periods are taken from the address', () => {
  assert.equal(rangeOf('7d'), '7d');
  assert.equal(rangeOf('1y'), '1h');
  assert.equal(rangeOf(null), '1h');
});

test('a small picture has gaps, and lies at the bottom where all is nothing', () => {
  assert.equal(sparkPath([0, 10, 5], 100, 20), 'M0.0 20.0L50.0 0.0L100.0 10.0');
  assert.equal(sparkPath([4, null, 8, 4], 90, 20), 'M0.0 10.0M60.0 0.0L90.0 10.0');
  assert.equal(sparkPath([0, 0], 100, 20), 'M0.0 20.0L100.0 20.0');
  assert.equal(sparkPath([null, 3], 100, 20), '');
  assert.equal(sparkPath([0.98, 1], 100, 20, 'least'), 'M0.0 20.0L100.0 0.0');
});

test('a day by the minute is drawn by five minutes, an hour as it is', () => {
  assert.deepEqual([15, 60, 360, 1440, 168, 720].map(mergeFactor), [1, 1, 1, 5, 1, 3]);
});

test('merged columns add counts, keep the worst percentile and the last backlog, and begin whole', () => {
  const times = [540, 600, 660, 720, 780, 840, 900];
  const ones = times.map(() => 1);
  const nothing = times.map(() => null);
  const merged = coarser(
    { ...series, times, published: ones, delivered: ones, attempts: ones, failedAttempts: ones, deadLettered: ones, canceled: ones, attemptP50Ms: [9, 1, null, 5, 2, 3, null], attemptP90Ms: nothing, attemptP99Ms: nothing, latenessP99Ms: nothing, backlog: [1, 2, 3, 4, 5, null, null] },
    5,
  );
  assert.deepEqual(merged.times, [600, 900]);
  assert.equal(merged.stepSeconds, 300);
  assert.deepEqual(merged.published, [5, 1]);
  assert.deepEqual(merged.attemptP50Ms, [5, null]);
  assert.deepEqual(merged.backlog, [5, null]);
  assert.equal(coarser(series, 1), series);
});
