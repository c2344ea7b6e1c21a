import assert from 'node:assert/strict';
import { test } from 'node:test';

import { emptySelection, extend, rangeTo, selectAll, toggle, without } from './selection';

const idAt = (position: number): string | undefined => (position < 100 ? `img_${position}` : undefined);
const sorted = (ids: ReadonlySet<string>): string[] => [...ids].sort();

test('pressing takes in, pressing again takes out', () => {
  const one = toggle(emptySelection, 3, 'img_3');
  assert.deepEqual(sorted(one.ids), ['img_3']);
  assert.deepEqual(sorted(toggle(one, 3, 'img_3').ids), []);
});

test('reaching goes both ways from where it began', () => {
  const start = toggle(emptySelection, 5, 'img_5');
  assert.deepEqual(sorted(extend(start, 7, idAt).ids), ['img_5', 'img_6', 'img_7']);
  assert.deepEqual(sorted(extend(start, 3, idAt).ids), ['img_3', 'img_4', 'img_5']);
});

test('reaching twice keeps its beginning', () => {
  const reached = extend(extend(toggle(emptySelection, 5, 'img_5'), 7, idAt), 4, idAt);
  assert.equal(reached.anchor, 5);
  assert.deepEqual(rangeTo(reached, 9), { first: 5, last: 9 });
});

test('reaching without a beginning takes the one', () => {
  assert.deepEqual(sorted(extend(emptySelection, 2, idAt).ids), ['img_2']);
});

test('what is not loaded is not taken in', () => {
  assert.deepEqual(sorted(extend({ ids: new Set(), anchor: 98 }, 101, idAt).ids), ['img_98', 'img_99']);
});

test('all are taken at once, and deleted ones leave', () => {
  const all = selectAll(['a', 'b', 'c']);
  assert.deepEqual(sorted(without(all, ['b', 'x']).ids), ['a', 'c']);
});

test('a selection is a value: changes leave it alone', () => {
  const before = toggle(emptySelection, 0, 'a');
  toggle(before, 1, 'b');
  assert.deepEqual(sorted(before.ids), ['a']);
  assert.equal(emptySelection.ids.size, 0);
});
