import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Body } from '../../api/contract';
import { bodyLock, changesOf, draftOf, faultOf, hiddenNames, isCutShort, lineDiff, replayRequest } from './edit';

const body = (text: string | null, more: Partial<Body> = {}): Body => {
  const bytes = new TextEncoder().encode(text ?? 'xx').length;
  return { bytes, kept: bytes, redacted: false, contentType: null, text, base64: text === null ? 'eHg=' : null, ...more };
};
const letter = {
  url: 'https://example.com/hook',
  method: 'POST',
  headers: [
    { name: 'Content-Type', value: 'application/json' },
    { name: 'X-Key', value: 'REDACTED:aa' },
  ],
  body: body('{"a":1}'),
};

test('only what was changed is sent', () => {
  const original = draftOf(letter);
  assert.deepEqual(replayRequest(original, original), {});
  const draft = { ...original, url: ' https://example.com/other ', body: '{"a":2}' };
  assert.deepEqual(replayRequest(original, draft), { url: 'https://example.com/other', body: '{"a":2}' });
});

test('changes name what was before and what comes after', () => {
  const original = draftOf(letter);
  const draft = {
    ...original,
    method: 'PUT',
    headers: [{ name: 'content-type', value: 'text/plain' }, { name: 'X-New', value: '1' }, { name: ' ', value: '' }],
  };
  assert.deepEqual(changesOf(original, draft), [
    { what: 'method', name: null, before: 'POST', after: 'PUT' },
    { what: 'header', name: 'Content-Type', before: 'application/json', after: 'text/plain' },
    { what: 'header', name: 'X-Key', before: 'REDACTED:aa', after: null },
    { what: 'header', name: 'X-New', before: null, after: '1' },
  ]);
  assert.deepEqual(replayRequest(original, draft).headers, [
    { name: 'content-type', value: 'text/plain' },
    { name: 'X-New', value: '1' },
  ]);
});

test('a body that cannot be seen whole cannot be edited', () => {
  assert.equal(bodyLock(body('x')), null);
  assert.equal(bodyLock(body('', { bytes: 0, kept: 0 })), null);
  assert.equal(bodyLock(body('x', { redacted: true })), 'redacted');
  assert.equal(bodyLock(body(null)), 'binary');
  assert.equal(bodyLock(body('x', { bytes: 9 })), 'cut');
  assert.equal(draftOf({ ...letter, body: body(null) }).body, null);
  assert.equal(isCutShort(body('ab', { bytes: 70_000, kept: 70_000 })), true);
  assert.equal(isCutShort(body('ж')), false);
});

test('what cannot be sent is told before it is tried', () => {
  const original = draftOf(letter);
  assert.equal(faultOf(original, original), null);
  assert.equal(faultOf(original, { ...original, url: 'example.com' }), 'url');
  assert.equal(faultOf(original, { ...original, headers: [{ name: 'a b', value: '' }] }), 'header');
  assert.equal(faultOf(original, { ...original, headers: [{ name: 'a', value: '1\r\n2' }] }), 'headerValue');
  // A mark stands for its value only as it was shown.
  const more = [...original.headers, { name: 'X-New', value: '1' }];
  assert.equal(faultOf(original, { ...original, headers: more }), null);
  const moved = more.map((line) => (line.name === 'X-Key' ? { ...line, name: 'X-Other' } : line));
  assert.equal(faultOf(original, { ...original, headers: moved }), 'hidden');
  assert.deepEqual(hiddenNames(original, { ...original, headers: moved }), ['X-Other']);
  assert.equal(faultOf(original, { ...original, body: 'x' }), null);
});

test('a difference shows the lines around a change and counts the others', () => {
  const before = ['1', '2', '3', '4', '5', '6', '7', '8'].join('\n');
  const after = before.replace('5', 'five');
  assert.deepEqual(
    lineDiff(before, after).map(({ kind, text, count }) => (kind === 'skipped' ? `…${count}` : `${kind} ${text}`)),
    ['…2', 'same 3', 'same 4', 'removed 5', 'added five', 'same 6', 'same 7', '…1'],
  );
  assert.deepEqual(lineDiff('a', 'a').map(({ kind }) => kind), ['skipped']);
});

test('lines that were moved in and out are found between equal ones', () => {
  const kinds = lineDiff('a\nb\nc', 'b\nx\nc\nd').map(({ kind, text }) => `${kind[0]}${text}`);
  assert.deepEqual(kinds, ['ra', 'sb', 'ax', 'sc', 'ad']);
});
