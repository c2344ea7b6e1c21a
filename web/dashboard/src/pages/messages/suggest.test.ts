import assert from 'node:assert/strict';
import { test } from 'node:test';

import { suggest, take } from './suggest';

const offered = (text: string, caret = text.length): string[] => suggest(text, caret, { queue: [{ value: 'orders' }, { value: 'mail out', hint: 'to people' }] }).items.map(({ insert }) => insert);

test('an empty box offers all qualifiers, letters those that begin so', () => {
  assert.equal(offered('').length, 14);
  assert.deepEqual(offered('st'), ['state:', 'status:']);
  assert.deepEqual(offered('queue:a '), offered(''));
  assert.deepEqual(offered('zzz'), []);
  assert.deepEqual(offered('zzz:a'), []);
});

test('behind a colon values are offered, known ones too, what begins so first', () => {
  assert.deepEqual(offered('state:de'), ['state:delivered']);
  assert.deepEqual(offered('queue:'), ['queue:orders', 'queue:"mail out"']);
  assert.deepEqual(offered('queue:peop'), ['queue:"mail out"']);
  assert.deepEqual(offered('QUEUE:"mail o'), ['queue:"mail out"']);
  assert.deepEqual(offered('flow:'), []);
  assert.equal(suggest('state:re', 8, {}).closed, true);
  assert.equal(suggest('state:failed', 12, {}).closed, false);
  assert.equal(suggest('queue:x', 7, {}).closed, false);
});

test('a suggestion takes the place of the word under the caret', () => {
  const text = 'a sta b';
  const found = suggest(text, 5, {});
  assert.equal(found.items[0]?.insert, 'state:');
  assert.deepEqual(found.items[0] && take(text, found, found.items[0]), { text: 'a state: b', caret: 8 });
});
