import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ratesOf, windowMs, withMoment, type Moment } from './rates';

function moment(seconds: number, published: number, delivered = 0): Moment {
  return { at: seconds * 1000, totals: { published, deduplicated: 0, attempts: delivered, failedAttempts: 0, delivered, deadLettered: 0, canceled: 0 } };
}
const gather = (all: readonly Moment[]): readonly Moment[] => all.reduce<readonly Moment[]>(withMoment, []);

test('rates are the growth of the totals in the window', () => {
  assert.equal(ratesOf([]), null);
  assert.equal(ratesOf(gather([moment(1, 5), moment(2, 10)])), null);
  assert.deepEqual(ratesOf(gather([moment(0, 0), moment(5, 100, 50)])), { published: 20, delivered: 10, seconds: 5 });
});

test('what is older than the window is forgotten', () => {
  const moments = gather(Array.from({ length: 30 }, (_, second) => moment(second, second * second)));
  assert.equal(moments.length, windowMs / 1000 + 1);
  assert.deepEqual(ratesOf(moments), { published: (29 * 29 - 19 * 19) / 10, delivered: 0, seconds: 10 });
});

test('totals that went back, and a long silence, begin anew', () => {
  assert.equal(gather([moment(0, 100), moment(1, 90)]).length, 1);
  assert.equal(gather([moment(0, 100), moment(60, 200)]).length, 1);
  assert.equal(gather([moment(0, 100), moment(0, 100)]).length, 1);
});
