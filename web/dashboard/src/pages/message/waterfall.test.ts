import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Attempt } from '../../api/contract';
import { bars, type Bar } from './waterfall';

type Timing = NonNullable<Attempt['timing']>;
const timing = (change: Partial<Timing>): Timing => ({
  waitedMs: 0,
  resolveMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
  bodyMs: null,
  totalMs: 0,
  reusedConnection: false,
  address: null,
  ...change,
});
const steps = (all: readonly Bar[]): string => all.map(({ step }) => step).join(' ');

/** Bars stand one behind the other and never leave the room. */
function assertFits(all: readonly Bar[]): void {
  let at = 0;
  for (const { start, width, step } of all) {
    assert.ok(Math.abs(start - at) < 1e-9, step);
    assert.ok(width >= 0 && start + width <= 1 + 1e-9, step);
    at = start + width;
  }
}

test('steps stand one after the other, and what is left before the answer was the sending', () => {
  const all = bars(timing({ waitedMs: 10, resolveMs: 5, connectMs: 10, tlsMs: 20, firstByteMs: 40, bodyMs: 15, totalMs: 100 }));
  assert.equal(steps(all), 'waited resolve connect tls send firstByte body');
  assertFits(all);
  assert.equal(all.find(({ step }) => step === 'send')?.ms, 10);
  assert.ok(Math.abs((all[5]?.width ?? 0) - 40 / 110) < 1e-9);
  assert.ok(all.every(({ cut }) => !cut));
});

test('without an answer what is left is the step that failed, at the end', () => {
  const refused = bars(timing({ totalMs: 0.3 }));
  assert.deepEqual(refused, [{ step: 'rest', ms: 0.3, start: 0, width: 1, cut: false }]);
  const timedOut = bars(timing({ resolveMs: 1, connectMs: 4, totalMs: 1000 }));
  assert.equal(steps(timedOut), 'resolve connect rest');
  assert.equal(timedOut[2]?.ms, 995);
  assertFits(timedOut);
});

test('hours of waiting leave the attempt half of the room', () => {
  const all = bars(timing({ waitedMs: 7_200_000, firstByteMs: 10, totalMs: 10 }));
  assert.deepEqual(all, [
    { step: 'waited', ms: 7_200_000, start: 0, width: 0.5, cut: true },
    { step: 'firstByte', ms: 10, start: 0.5, width: 0.5, cut: false },
  ]);
});

test('what is next to nothing is no step, and nothing at all is no trouble', () => {
  assert.equal(steps(bars(timing({ firstByteMs: 99.5, bodyMs: 0.3, totalMs: 100 }))), 'firstByte body');
  assert.deepEqual(bars(timing({})), []);
  // Steps that were rounded may be more than the whole.
  assertFits(bars(timing({ connectMs: 6, firstByteMs: 6, totalMs: 10 })));
});
