import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Backlog } from '../../api/contract';
import { barParts, reasonHref, reasons } from './backlog';

const none: Backlog = { total: 0, time: 0, retry: 0, queue: 0, paused: 0, rate: 0, parallelism: 0, slot: 0, active: 0 };

test('the bar is whole, its parts are beside each other', () => {
  const parts = barParts({ ...none, total: 400, time: 300, retry: 100 });
  assert.deepEqual(parts, [
    { reason: 'time', count: 300, start: 0, width: 75 },
    { reason: 'retry', count: 100, start: 75, width: 25 },
  ]);
  assert.deepEqual(barParts(none), []);
});

test('one message among a million is seen', () => {
  const parts = barParts({ ...none, total: 1_000_001, rate: 1_000_000, paused: 1 });
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  assert.ok(Math.abs(width - 100) < 1e-9);
  assert.ok((parts[1]?.width ?? 0) > 0.5);
});

test('every reason of the contract has its place and leads somewhere', () => {
  assert.deepEqual([...reasons].sort(), Object.keys(none).filter((name) => name !== 'total').sort());
  assert.equal(reasonHref('retry'), '/messages?state=retrying');
  for (const reason of reasons) assert.match(reasonHref(reason), /^\/(messages\?state=\w+|queues|flow-control)$/);
});
