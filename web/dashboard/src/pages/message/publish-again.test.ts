import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { codeOf, inlineBytesMax, inlineTextMax, publishAgain } from './publish-again';
import { binaryBody, detail, textBody } from './testing';

const origin = 'http://127.0.0.1:8080';
const at = Date.parse('2026-11-24T12:00:00.000Z');

test('a message is published again with what it was published with', () => {
  const message = detail({
    method: 'PUT',
    queue: 'orders',
    headers: [
      { name: 'Content-Type', value: 'application/json' },
      { name: 'X-Two', value: '1' },
      { name: 'X-Two', value: '2' },
    ],
    body: textBody('{"id":9007199254740993}'),
    retriesMax: 5,
    retryDelay: 'pow(2, retried) * 1000',
    timeoutSeconds: 1.5,
    callback: 'https://cb.test/',
    failureCallback: 'https://fcb.test/',
    labels: ['a', 'b'],
    flowControl: { key: 'k', rate: 10, periodSeconds: 60, parallelism: null },
  });
  assert.deepEqual(publishAgain(message, at), {
    destination: 'https://example.com/hook?a=1&b=two',
    method: 'PUT',
    headers: message.headers,
    body: { text: '{"id":9007199254740993}' },
    queue: 'orders',
    retries: 5,
    retryDelay: 'pow(2, retried) * 1000',
    timeout: '2s',
    callback: 'https://cb.test/',
    failureCallback: 'https://fcb.test/',
    labels: ['a', 'b'],
    flowControl: { key: 'k', rate: 10, period: '60s' },
  });
  assert.deepEqual(publishAgain(detail(), at), { destination: 'https://example.com/hook?a=1&b=two', method: 'POST', headers: [], retries: 3 });
});

test('a time is asked for again only while it is to come', () => {
  const message = detail({ notBefore: '2026-11-24T12:00:00.500Z' });
  assert.equal(publishAgain(message, at).notBefore, at / 1000 + 1);
  assert.equal(publishAgain(message, at + 2000).notBefore, undefined);
});

test('bodies are in the code while they are short, else in a file', () => {
  assert.deepEqual(publishAgain(detail({ body: textBody('x'.repeat(inlineTextMax)) }), at).body, { text: 'x'.repeat(inlineTextMax) });
  assert.deepEqual(publishAgain(detail({ body: textBody('x'.repeat(inlineTextMax + 1)) }), at).body, { file: 'msg_1.bin' });
  const bytes = Uint8Array.from({ length: inlineBytesMax }, (_, index) => 255 - (index % 100));
  assert.deepEqual(publishAgain(detail({ body: binaryBody(bytes) }), at).body, { base64: Buffer.from(bytes).toString('base64') });
  assert.deepEqual(publishAgain(detail({ body: binaryBody(new Uint8Array(inlineBytesMax + 1).fill(255)) }), at).body, { file: 'msg_1.bin' });
  // The page has a beginning only: what it has must not pass for all of it.
  assert.deepEqual(publishAgain(detail({ body: { ...textBody('short'), bytes: 5_000_000, kept: 5_000_000 } }), at).body, { file: 'msg_1.bin' });
});

const hash = 'ab'.repeat(32);
const secretive = detail({
  headers: [
    { name: 'Authorization', value: `REDACTED:${hash}` },
    { name: 'X-Open', value: 'yes' },
  ],
  body: { ...textBody(''), bytes: 10, kept: 0, redacted: true, text: null },
});

test('hidden values are left out, told of, and hidden again', () => {
  const request = publishAgain(secretive, at);
  assert.deepEqual(request.headers, [{ name: 'X-Open', value: 'yes' }]);
  assert.deepEqual(request.redact, { body: true, headers: ['Authorization'] });
  assert.equal(request.body, undefined);
  for (const [language, sign] of [['curl', '#'], ['javascript', '//'], ['python', '#']] as const) {
    const code = codeOf(language, secretive, origin, at);
    assert.ok(!code.includes(hash), language);
    assert.ok(code.startsWith(`${sign} Hidden values are left out, add them yourself: Authorization\n${sign} The body is hidden, add it yourself.\n`), language);
  }
});

test('a shell runs the code with its comments, and the token stands nowhere in it', () => {
  const code = codeOf('curl', detail({ body: { ...textBody('x'), bytes: 5_000_000, kept: 5_000_000 } }), origin, at);
  const out = execFileSync('sh', ['-c', `curl() { for word in "$@"; do echo "$word"; done; }\n${code}`], { env: { PATH: process.env['PATH'] ?? '', QSTASH_TOKEN: 'the-token' }, encoding: 'utf8' });
  assert.ok(out.startsWith('-X\nPOST\n'), out);
  assert.ok(out.includes('Authorization: Bearer the-token\n'));
  assert.ok(out.endsWith('--data-binary\n@msg_1.bin\n'), out);
  assert.ok(code.startsWith(`# First put the body into a file:\n# curl -fsS -o msg_1.bin -H "Authorization: Bearer $QSTASH_TOKEN" '${origin}/admin/v1/messages/msg_1/body'\n`), code);
});
