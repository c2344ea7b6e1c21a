import assert from 'node:assert/strict';
import { test } from 'node:test';

import { differences } from './differences';

test('the parameters that differ are named, also those that only one image has', () => {
  const a = { prompt: 'a red fox', variant: { animal: 'fox', colour: 'red' } };
  const b = { prompt: 'a red owl at night', variant: { animal: 'owl', colour: 'red', time: 'night' } };
  assert.deepEqual([...differences(a, b)].sort(), ['animal', 'time']);
});

test('without parameters the prompts are compared', () => {
  assert.deepEqual([...differences({ prompt: 'a', variant: {} }, { prompt: 'b', variant: {} })], ['']);
  assert.equal(differences({ prompt: 'a', variant: {} }, { prompt: 'a', variant: {} }).size, 0);
});
