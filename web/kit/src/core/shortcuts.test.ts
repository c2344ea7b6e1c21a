import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fitness } from '../ui/overlay/fitness';
import { keyNames, keysOf } from './shortcuts';

const event = (code: string, modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
  code,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...modifiers,
});

test('keys are told by their place, so a Russian layout has the same ones', () => {
  assert.equal(keysOf(event('KeyN')), 'KeyN');
  assert.equal(keysOf(event('Slash', { shiftKey: true })), 'Shift+Slash');
  assert.equal(keysOf(event('KeyK', { ctrlKey: true })), 'Mod+KeyK');
  assert.equal(keysOf(event('KeyK', { metaKey: true })), 'Mod+KeyK');
  assert.equal(keysOf(event('NumpadDivide')), 'Slash');
});

test('keys have names for people', () => {
  assert.deepEqual(keyNames('Mod+KeyK'), ['Ctrl', 'K']);
  assert.deepEqual(keyNames('Mod+KeyK', true), ['⌘', 'K']);
  assert.deepEqual(keyNames('Shift+Slash'), ['?']);
  assert.deepEqual(keyNames('ArrowLeft'), ['←']);
});

test('the palette finds by letters in order, whole words first', () => {
  assert.equal(fitness('gal', 'Gallery'), 0);
  assert.equal(fitness('gly', 'Gallery') !== null, true);
  assert.equal(fitness('ylg', 'Gallery'), null);
  assert.ok((fitness('пром', 'Промпты') ?? 99) < (fitness('пты', 'Параметры тыква') ?? 0));
});
