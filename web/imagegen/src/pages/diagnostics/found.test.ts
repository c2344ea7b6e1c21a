import assert from 'node:assert/strict';
import { test } from 'node:test';

import { locale } from '@godwit/kit';

import { foundText } from './found';

test('sentences and amounts of the server are said in the reader’s language', () => {
  locale.value = 'ru';
  assert.equal(foundText('fetched from the broker'), 'получены от брокера');
  assert.equal(foundText('21 models'), '21 модель');
  assert.equal(foundText('50+ models'), '50 моделей+');
  assert.match(foundText('78429 MiB free'), /^свободно 82,2\sГБ$/);
  assert.equal(foundText('-2 s'), 'расхождение 2 с');
});

test('names and addresses stay as they are', () => {
  for (const detail of ['', 'http://127.0.0.1:8080 (Godwit 0.1.0)', 'gemini-3.1-flash-image', 'imagegen:demo', '••••1234']) {
    assert.equal(foundText(detail), detail);
  }
});
