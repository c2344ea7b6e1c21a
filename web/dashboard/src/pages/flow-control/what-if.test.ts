import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forecast, windowOf } from './what-if';

const now = Date.UTC(2026, 10, 24, 10, 0, 0);
const fresh = { started: 0, endsAt: now + 3_600_000 };
const hourly = { rate: 60, periodSeconds: 3600, parallelism: null, attemptSeconds: 0 };

test('500 messages at 60 per hour start over nine windows', () => {
  const told = forecast(500, hourly, now, fresh);
  // 60 at once, then 440 more in the eight windows that follow.
  assert.equal(told.lastStartAt, now + 8 * 3_600_000);
  assert.equal(told.bound, 'rate');
  assert.equal(told.perHour, 60);
});

test('what the window has already started is not there for the others', () => {
  assert.equal(forecast(60, hourly, now, fresh).lastStartAt, now);
  assert.equal(forecast(60, hourly, now, { started: 1, endsAt: now + 600_000 }).lastStartAt, now + 600_000);
  assert.equal(forecast(0, hourly, now, fresh).finishedAt, now);
});

test('parallelism counts by how long an attempt takes', () => {
  const limits = { rate: null, periodSeconds: 1, parallelism: 10, attemptSeconds: 30 };
  const told = forecast(100, limits, now, fresh);
  assert.equal(told.finishedAt, now + 10 * 30_000);
  assert.equal(told.bound, 'parallelism');
  assert.equal(told.perHour, 1200);
});

test('the slower of both limits decides', () => {
  const both = { rate: 60, periodSeconds: 60, parallelism: 1, attemptSeconds: 10 };
  assert.equal(forecast(60, both, now, { started: 0, endsAt: now + 60_000 }).bound, 'parallelism');
  assert.equal(forecast(61, { ...both, parallelism: 100 }, now, { started: 0, endsAt: now + 60_000 }).bound, 'rate');
});

test('without limits everything starts at once', () => {
  const told = forecast(1000, { rate: null, periodSeconds: 1, parallelism: null, attemptSeconds: 2 }, now, fresh);
  assert.deepEqual(told, { lastStartAt: now, finishedAt: now + 2000, bound: 'nothing', perHour: null });
});

test('a window that has ended holds nobody back', () => {
  const start = now / 1000 - 100;
  assert.deepEqual(windowOf({ rateCount: 7, ratePeriod: 60, ratePeriodStart: start }, now), { started: 0, endsAt: now + 60_000 });
  assert.deepEqual(windowOf({ rateCount: 7, ratePeriod: 200, ratePeriodStart: start }, now), { started: 7, endsAt: now + 100_000 });
});
