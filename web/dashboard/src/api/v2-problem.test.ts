import assert from 'node:assert/strict';
import { test } from 'node:test';

import { headerBytes, problemText } from './v2-problem';

test('problems of /v2 are told in the words of the broker', () => {
  assert.deepEqual(problemText(404, '{"error":"queue x not found"}'), { message: 'queue x not found', csrf: false });
  assert.deepEqual(problemText(403, '{"error":{"code":"csrf","message":"The token is missing."}}'), { message: 'The token is missing.', csrf: true });
  assert.deepEqual(problemText(502, '<html>Bad gateway</html>'), { message: 'HTTP 502', csrf: false });
  assert.deepEqual(problemText(500, 'null'), { message: 'HTTP 500', csrf: false });
});

test('headers beyond Latin go out as UTF-8', () => {
  assert.equal(headerBytes('eu'), 'eu');
  assert.deepEqual([...headerBytes('ж€')].map((char) => char.charCodeAt(0)), [0xd0, 0xb6, 0xe2, 0x82, 0xac]);
  assert.ok(new Headers({ 'Upstash-Label': headerBytes('счёт') }).get('Upstash-Label'));
});
