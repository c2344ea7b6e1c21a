import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countDuplicates, moved, nameRule, splitValues, withoutDuplicates } from './values';

test('lists are split at lines, and one line at commas and semicolons', () => {
  assert.deepEqual(splitValues(' snipe \r\n\n lapwing, grey \n'), ['snipe', 'lapwing, grey']);
  assert.deepEqual(splitValues('snipe, lapwing;ruff'), ['snipe', 'lapwing', 'ruff']);
  assert.deepEqual(splitValues('  '), []);
});

test('duplicates differ neither by case nor by blanks around, and the first stays', () => {
  assert.deepEqual(withoutDuplicates(['Бекас', ' бекас ', '', 'чибис']), ['Бекас', 'чибис']);
  assert.equal(countDuplicates(['a', 'A', '', 'b', 'a']), 2);
});

test('values move within the list and never out of it', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 0, 2), ['b', 'c', 'a']);
  assert.deepEqual(moved(['a', 'b', 'c'], 2, 0), ['c', 'a', 'b']);
  assert.deepEqual(moved(['a', 'b'], 0, 9), ['b', 'a']);
  assert.deepEqual(moved(['a', 'b'], 5, 0), ['a', 'b']);
});

test('names begin with a letter of any script', () => {
  for (const name of ['bird', 'птица', 'light_2', 'a-b']) assert.match(name, nameRule);
  for (const name of ['', '2nd', '_x', 'two words', 'a.b', '{{x}}']) assert.doesNotMatch(name, nameRule);
});
