import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Catcher, SignatureReport } from '../../api/contract';
import { bodyChanges } from './body-changes';
import { cleanSignature, isBase64, newestCaught, nothingPasted, onlyExpired, questionOf } from './question';
import { urlDifference } from './url-difference';

test('the difference of two URLs tells who made it', () => {
  const signed = 'https://example.com/api/hook?a=1';
  const cases: readonly [string, string][] = [
    ['http://example.com/api/hook?a=1', 'scheme'],
    ['http://example.com:3000/api/hook?a=1', 'scheme'],
    ['https://localhost/api/hook?a=1', 'host'],
    ['http://127.0.0.1:3000/hook', 'host'],
    ['https://example.com:8443/api/hook?a=1', 'port'],
    ['https://example.com/api/hook/?a=1', 'slash'],
    ['https://example.com/hook?a=1', 'path'],
    ['https://example.com/api/hook', 'query'],
    ['https://example.com/api/hook?a=2', 'query'],
    ['https://Example.com/api/hook?a=1', 'case'],
    ['example.com/api/hook?a=1', 'other'],
    ['http://example.com/api/hook?a=2', 'other'],
  ];
  for (const [given, difference] of cases) assert.equal(urlDifference(given, signed), difference, given);
  assert.equal(urlDifference('http://[::1]:1/x', 'http://[::1]:2/x'), 'port');
  assert.equal(urlDifference('https://e.com', 'https://e.com/'), 'slash');
});

test('what happens to bodies is undone', () => {
  const changes = (text: string): Record<string, string> => Object.fromEntries(bodyChanges(text).map(({ change, body }) => [change, body]));
  const json = changes('{\n  "a": [1, "ж"]\n}');
  assert.equal(json['minified'], '{"a":[1,"ж"]}');
  assert.equal(json['spaced'], '{"a": [1, "\\u0436"]}');
  assert.equal(json['newline'], '{\n  "a": [1, "ж"]\n}\n');
  assert.equal(json['crlf'], '{\r\n  "a": [1, "ж"]\r\n}');
  assert.equal(changes('{"a":1}')['pretty'], '{\n  "a": 1\n}');
  assert.equal(changes('a\r\n')['noNewline'], 'a');
  assert.equal(changes('a\r\nb')['lf'], 'a\nb');
  assert.equal(changes('"{\\"a\\":1}"')['unescaped'], '{"a":1}');
  assert.equal(changes('x')['quoted'], '"x"');
  assert.equal(changes('eyJhIjoxfQ==')['base64'], '{"a":1}');
  assert.equal(changes('x')['empty'], '');
  assert.equal('base64' in changes('not base64!'), false);
});

test('no change is tried twice, and none that changes nothing', () => {
  for (const text of ['', 'x', '{}', ' [1, 2] \n']) {
    const bodies = bodyChanges(text).map(({ body }) => body);
    assert.equal(new Set(bodies).size, bodies.length);
    assert.ok(!bodies.includes(text));
  }
});

test('a signature is taken out of what surrounds it', () => {
  assert.equal(cleanSignature('  a.b.c\n'), 'a.b.c');
  assert.equal(cleanSignature('Upstash-Signature: a.b.c'), 'a.b.c');
  assert.equal(cleanSignature('"a.b\n.c"'), 'a.b.c');
  assert.equal(cleanSignature('Bearer a.b.c'), 'Bearera.b.c');
});

test('the body is asked about as it was given', () => {
  const pasted = { ...nothingPasted, signature: 'a.b.c', url: ' https://e.com ' };
  assert.equal(questionOf(nothingPasted), null);
  assert.deepEqual(questionOf({ ...pasted, text: ' x\n' }), { signature: 'a.b.c', url: 'https://e.com', body: ' x\n' });
  assert.deepEqual(questionOf({ ...pasted, bodyKind: 'base64', base64: '/w\nA=' }), { signature: 'a.b.c', url: 'https://e.com', bodyBase64: '/wA=' });
  assert.equal(questionOf({ ...pasted, bodyKind: 'base64', base64: 'no!' }), null);
  assert.deepEqual(questionOf({ ...pasted, bodyKind: 'file' }), { signature: 'a.b.c', url: 'https://e.com', bodyBase64: '' });
  assert.deepEqual(['', 'YQ==', 'YQ', 'YWI', 'Y', 'a-b_'].map(isBase64), [true, true, true, true, false, false]);
});

test('the newest caught delivery fills the fields', () => {
  const body = { bytes: 2, kept: 2, redacted: false, contentType: null, text: '{}', base64: null };
  const catcher = (caught: Catcher['caught']): Catcher => ({ url: 'http://b/catch/x', caught });
  const headers = [{ name: 'upstash-signature', value: 'a.b.c' }];
  assert.deepEqual(newestCaught(catcher([])), { kind: 'none' });
  assert.deepEqual(newestCaught(catcher([{ at: '', method: 'POST', messageId: null, headers: [], body }])), { kind: 'unsigned' });
  assert.deepEqual(newestCaught(catcher([{ at: '', method: 'POST', messageId: null, headers, body }])), { kind: 'taken', pasted: { ...nothingPasted, signature: 'a.b.c', url: 'http://b/catch/x', text: '{}' }, cut: null });
  const binary = newestCaught(catcher([{ at: '', method: 'POST', messageId: null, headers, body: { ...body, bytes: 9, text: null, base64: '/wA=' } }]));
  assert.deepEqual(binary, { kind: 'taken', pasted: { ...nothingPasted, signature: 'a.b.c', url: 'http://b/catch/x', bodyKind: 'base64', base64: '/wA=' }, cut: { kept: 2, bytes: 9 } });
});

test('time alone may speak against a signature', () => {
  const report = (wrong: readonly string[]): SignatureReport => ({
    valid: wrong.length === 0,
    header: null,
    claims: null,
    checks: (['form', 'algorithm', 'signature', 'issuer', 'subject', 'not_before', 'expires', 'body'] as const).map((code) => ({ code, ok: code === 'subject' ? null : !wrong.includes(code), key: null, expected: null, found: null })),
  });
  assert.equal(onlyExpired(report(['expires'])), true);
  assert.equal(onlyExpired(report(['expires', 'body'])), false);
  assert.equal(onlyExpired(report([])), false);
});
