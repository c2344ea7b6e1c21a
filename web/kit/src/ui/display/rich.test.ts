import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseRich } from './rich';

test('marks of our texts become pieces', () => {
  assert.deepEqual(parseRich('Open **Settings**, see `QSTASH_TOKEN` or [docs](https://example.test/a)!'), [
    { kind: 'text', text: 'Open ' },
    { kind: 'bold', text: 'Settings' },
    { kind: 'text', text: ', see ' },
    { kind: 'code', text: 'QSTASH_TOKEN' },
    { kind: 'text', text: ' or ' },
    { kind: 'link', text: 'docs', href: 'https://example.test/a' },
    { kind: 'text', text: '!' },
  ]);
});

test('a link to anything but a page stays text', () => {
  assert.deepEqual(parseRich('[x](javascript:alert(1))'), [{ kind: 'text', text: '[x](javascript:alert(1))' }]);
});
