import { Client } from '@upstash/qstash';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World, refused } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const publish = (options) =>
  world.client.publishJSON({ url: world.url('/never'), body: {}, ...options });

test('a wrong token, none, and the public test token are 401', async () => {
  for (const token of [
    'wrong',
    'eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=',
  ]) {
    const client = new Client({ baseUrl: world.broker.url, token });
    await refused(
      401,
      /^unable to authenticate: invalid token$/,
      client.publishJSON({ url: world.url('/'), body: 1 }),
    );
  }
  const response = await fetch(`${world.broker.url}/v2/keys`);
  assert.equal(response.status, 401);
  assert.match(response.headers.get('content-type'), /^application\/json/);
  assert.deepEqual(Object.keys(await response.json()), ['error']);
});

test('destinations that are none say what is wrong', async () => {
  await refused(
    400,
    /endpoint has invalid scheme, add http:\/\/ or https:\/\//,
    publish({ url: 'ftp://example.com/x' }),
  );
  await refused(400, /^invalid destination url/, publish({ url: 'https://' }));
  const empty = await world.broker.request('/v2/publish/', { method: 'POST' });
  assert.equal(empty.status, 400);
  assert.match((await empty.json()).error, /a non-empty destination must be provided/);
  await refused(
    404,
    /^topic no-such-group not found$/,
    publish({ url: undefined, urlGroup: 'no-such-group' }),
  );
});

test('every setting that cannot be read is named', async () => {
  await refused(
    400,
    /^invalid Upstash-Delay header: time: missing unit in duration "1"$/,
    publish({ delay: '1' }),
  );
  await refused(400, /Upstash-Delay/, publish({ delay: '-5s' }));
  await refused(400, /Upstash-Timeout/, publish({ timeout: 'soon' }));
  await refused(400, /Upstash-Retry-Delay/, publish({ retryDelay: 'pow(2,' }));
  await refused(
    400,
    /Upstash-Retries/,
    publish({ headers: { 'Upstash-Retries': 'many' }, retries: undefined }),
  );
  await refused(400, /Upstash-Method/, publish({ method: 'BREW' }));
  await refused(
    400,
    /Upstash-Not-Before/,
    publish({ headers: { 'Upstash-Not-Before': 'tomorrow' } }),
  );
  await refused(400, /^DeduplicationId cannot contain ':'$/, publish({ deduplicationId: 'a:b' }));
  await refused(
    400,
    /Upstash-Redact-Fields/,
    publish({ headers: { 'Upstash-Redact-Fields': 'everything' } }),
  );
});

test('retries beyond the quota are 412', async () => {
  await refused(412, /^quota maxRetries exceeded/, publish({ retries: 1_000_000 }));
});

test('unknown routes are 404 and wrong methods 405, in JSON', async () => {
  const unknown = await world.broker.request('/v2/nothing-here');
  assert.equal(unknown.status, 404);
  assert.equal(typeof (await unknown.json()).error, 'string');
  const wrong = await world.broker.request('/v2/keys', { method: 'POST' });
  assert.equal(wrong.status, 405);
  assert.equal(typeof (await wrong.json()).error, 'string');
});

test('empty values mean not set, and unknown settings are ignored', async () => {
  const headers = {
    'Upstash-Delay': '',
    'Upstash-Callback': '',
    'Upstash-Method': '',
    'Upstash-Deduplication-Id': '',
    'Upstash-NotBefore': '0',
  };
  const messageId = await world.broker.publish(world.url('/empty'), { body: 'x', headers });
  assert.equal((await world.arrival(messageId)).method, 'POST');
});

test('a browser may call: preflight without a token, and the answers are readable', async () => {
  const preflight = await fetch(`${world.broker.url}/v2/publish/https://example.com`, {
    method: 'OPTIONS',
    headers: { Origin: 'https://console.example', 'Access-Control-Request-Method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-methods'), /POST/);
  assert.match(preflight.headers.get('access-control-allow-headers'), /authorization/i);
  const answer = await world.broker.request('/v2/keys', {
    headers: { Origin: 'https://console.example' },
  });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
});
