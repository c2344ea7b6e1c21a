import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fromBase64, shownBytes, textOf, toBase64 } from './bytes';
import { hexLine, hexRows } from './hex';
import { prettyJson, readJson, type JsonNode } from './json';
import { detect } from './kind';
import { base64Lines, rowsOf } from './lines';
import { redactedHash } from './redaction';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const kindOf = (text: string, type: string | null): string => detect(bytes(text), text, type).kind;

function tree(text: string): JsonNode {
  const reading = readJson(text);
  assert.equal(reading.kind, 'tree', text);
  return (reading as { root: JsonNode }).root;
}

test('numbers are shown as they were written', () => {
  for (const text of ['9007199254740993', '12.50', '-0', '1E400', '0.1e-7', '123456789012345678901234567890']) {
    assert.deepEqual(tree(text), { kind: 'literal', text });
    assert.equal(prettyJson(text), text);
    assert.equal(prettyJson(`{"a":[${text}]}`), `{\n  "a": [\n    ${text}\n  ]\n}`);
  }
});

test('a tree keeps the order of members, their doubles, and names that objects have themselves', () => {
  assert.deepEqual(tree(' {"b":1,"a":[true,null,"x\\u00e9\\n"],"b":{},"__proto__":[]} '), {
    kind: 'object',
    members: [
      { key: 'b', value: { kind: 'literal', text: '1' } },
      { key: 'a', value: { kind: 'array', items: [{ kind: 'literal', text: 'true' }, { kind: 'literal', text: 'null' }, { kind: 'string', text: 'x\u00e9\n' }] } },
      { key: 'b', value: { kind: 'object', members: [] } },
      { key: '__proto__', value: { kind: 'array', items: [] } },
    ],
  });
});

test('what JSON.parse refuses is no tree', () => {
  const wrong = ['', '{', '[1,]', '{"a":1,}', '{a:1}', "{'a':1}", '01', '1.', '.5', '+1', 'nul', '"a', '"\n"', '"\\x"', '[1] 2', '{"a" 1}', 'NaN', '[1 2]'];
  for (const text of wrong) {
    assert.throws(() => JSON.parse(text), text);
    assert.deepEqual(readJson(text), { kind: 'invalid' }, text);
    assert.equal(prettyJson(text), null, text);
  }
});

test('what is too large or too deep for a tree is still text', () => {
  assert.deepEqual(readJson(JSON.stringify(Array.from({ length: 20 }, (_, at) => at)), 20), { kind: 'large' });
  const deep = '['.repeat(300) + ']'.repeat(300);
  assert.deepEqual(readJson(deep), { kind: 'large' });
  assert.equal(JSON.stringify(JSON.parse(prettyJson(deep) ?? '')), deep);
});

test('pretty text is the same value, and what JSON.stringify would write', () => {
  const values: unknown[] = [{}, [], { a: {} , b: [] }, [[1], { c: 'x,]}"\\' }], 'a: {b}', [true, null, 'é\n\u2028'], { '': [{ d: [[[]]] }] }];
  for (const value of values) {
    assert.equal(prettyJson(JSON.stringify(value)), JSON.stringify(value, null, 2));
    assert.equal(prettyJson(JSON.stringify(value, null, 7)), JSON.stringify(value, null, 2));
  }
});

test('a string of megabytes is read like a short one', () => {
  const long = JSON.stringify({ file: 'A'.repeat(6_000_000), quoted: '"'.repeat(200_000) });
  assert.equal(readJson(long).kind, 'tree');
  assert.equal(prettyJson(long), JSON.stringify(JSON.parse(long), null, 2));
});

test('a dump has offset, bytes and letters, and a last line that stands in its columns', () => {
  const data = Uint8Array.from([...Array.from({ length: 16 }, (_, at) => at), 0x41, 0x7e, 0x7f, 0xff]);
  assert.equal(hexRows(data), 2);
  assert.deepEqual(hexLine(data, 0), { offset: '00000000', bytes: '00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f', ascii: '·'.repeat(16) });
  const last = hexLine(data, 1);
  assert.equal(last.offset, '00000010');
  assert.equal(last.bytes, `41 7e 7f ff${' '.repeat(37)}`);
  assert.equal(last.bytes.length, hexLine(data, 0).bytes.length);
  assert.equal(last.ascii, 'A~··');
  assert.equal(hexLine(data, 1, 8).bytes, '08 09 0a 0b  0c 0d 0e 0f');
});

test('kinds are told by the bytes first, then by what the sender says', () => {
  assert.equal(kindOf('', 'application/json'), 'empty');
  assert.equal(kindOf('{"a":1}', null), 'json');
  assert.equal(kindOf('12', 'application/problem+json; charset=utf-8'), 'json');
  assert.equal(kindOf('12', 'text/plain'), 'text');
  assert.equal(kindOf('[info] started', 'text/plain'), 'text');
  assert.equal(kindOf('{"a":', 'application/json'), 'json');
  assert.equal(kindOf('a\u0000b', 'text/plain'), 'binary');
  const png = fromBase64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=');
  assert.deepEqual(detect(png, textOf(png), 'text/html'), { kind: 'image', imageType: 'image/png' });
  assert.deepEqual(detect(Uint8Array.of(0xff, 0xfe), null, 'image/png'), { kind: 'binary', imageType: null });
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
  assert.deepEqual(detect(bytes(svg), svg, 'image/svg+xml'), { kind: 'image', imageType: 'image/svg+xml' });
  assert.equal(kindOf(svg, 'text/html'), 'text');
});

test('bytes go to base64 and back, also many of them', () => {
  const data = Uint8Array.from({ length: 300_001 }, (_, at) => (at * 31 + (at >> 8)) & 255);
  assert.equal(toBase64(data), Buffer.from(data).toString('base64'));
  assert.deepEqual(fromBase64(toBase64(data)), data);
  const body = { bytes: 2, kept: 2, redacted: false, contentType: null };
  assert.deepEqual(shownBytes({ ...body, text: 'é', base64: null }), Uint8Array.of(0xc3, 0xa9));
  assert.deepEqual(shownBytes({ ...body, text: null, base64: '/w==' }), Uint8Array.of(0xff));
});

test('a character that the end cuts is forgiven only where more follows', () => {
  const cut = Uint8Array.of(0x61, 0xc3);
  assert.equal(textOf(cut), null);
  assert.equal(textOf(cut, false), 'a');
  assert.equal(textOf(Uint8Array.of(0xff), false), null);
});

test('rows are cut to a width without cutting characters', () => {
  assert.deepEqual(rowsOf('ab\r\n\ncdefg', 3), ['ab', '', 'cde', 'fg']);
  assert.deepEqual(rowsOf('a😀b', 2), ['a😀', 'b']);
  assert.equal(base64Lines('x'.repeat(152)), `${'x'.repeat(76)}\n${'x'.repeat(76)}`);
});

test('only a whole mark is a mark', () => {
  const hash = 'ab'.repeat(32);
  assert.equal(redactedHash(`REDACTED:${hash}`), hash);
  assert.equal(redactedHash(`REDACTED:${hash}0`), null);
  assert.equal(redactedHash('REDACTED:'), null);
  assert.equal(redactedHash(` REDACTED:${hash}`), null);
});
