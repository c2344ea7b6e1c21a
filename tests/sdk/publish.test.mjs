import { Client } from '@upstash/qstash';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';

import { World, refused } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const sha256 = (value) => createHash('sha256').update(value).digest('hex');

test('publishJSON delivers the body, and only the headers that belong to a delivery', async () => {
  const published = await world.client.publishJSON({
    url: world.url('/plain'),
    body: { hello: 'world' },
  });
  assert.match(published.messageId, /^msg_/);
  const arrival = await world.arrival(published.messageId);
  assert.equal(arrival.method, 'POST');
  assert.equal(arrival.path, '/plain');
  assert.equal(arrival.text, '{"hello":"world"}');
  assert.equal(arrival.headers['content-type'], 'application/json');
  assert.equal(arrival.headers['user-agent'], 'Upstash-QStash');
  assert.equal(arrival.headers['upstash-retried'], '0');
  assert.equal(arrival.headers['upstash-caller-ip'], '127.0.0.1');
  assert.equal(arrival.headers['upstash-region'], 'EU-CENTRAL-1');
  assert.equal(arrival.headers.host, `127.0.0.1:${world.destination.port}`);
  const known = new Set([
    'host',
    'content-type',
    'content-length',
    'user-agent',
    'connection',
    'upstash-message-id',
    'upstash-retried',
    'upstash-caller-ip',
    'upstash-region',
    'upstash-signature',
  ]);
  assert.deepEqual(
    Object.keys(arrival.headers).filter((name) => !known.has(name)),
    [],
  );
});

test('the destination keeps its own query string, byte for byte', async () => {
  const url = world.url('/123/?asdasd=ooo&empty=&escaped=%2Fa%20b&plus=a+b');
  const { messageId } = await world.client.publishJSON({ url, body: 1 });
  const arrival = await world.arrival(messageId);
  assert.equal(world.destination.url + arrival.path, url);
});

test('delay holds a message back for its seconds', async () => {
  for (const delay of [1, '1s']) {
    const { messageId } = await world.client.publishJSON({
      url: world.url('/delay'),
      body: {},
      delay,
    });
    const message = await world.client.messages.get(messageId);
    assert.equal(message.notBefore - message.createdAt, 1000);
    const arrival = await world.arrival(messageId);
    assert.ok(arrival.at >= message.notBefore, `${arrival.at} is before ${message.notBefore}`);
  }
});

test('notBefore holds a message back until its second, and wins over delay', async () => {
  const notBefore = Math.floor(Date.now() / 1000) + 2;
  const { messageId } = await world.client.publishJSON({
    url: world.url('/not-before'),
    body: {},
    notBefore,
    delay: 3600,
  });
  assert.equal((await world.client.messages.get(messageId)).notBefore, notBefore * 1000);
  const arrival = await world.arrival(messageId);
  assert.ok(arrival.at >= notBefore * 1000);
});

test('a notBefore in the past means now', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/past'),
    body: {},
    notBefore: 1_600_000_000,
  });
  await world.arrival(messageId);
});

test('retries and retryDelay: attempts are counted and spaced by the expression', async () => {
  const url = world.route('/flaky', (arrival) => ({
    status: arrival.headers['upstash-retried'] === '2' ? 200 : 500,
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 2,
    retryDelay: '200 * (1 + retried)',
  });
  const attempts = await world.destination.waitFor(messageId, { count: 3 });
  assert.deepEqual(
    attempts.map((attempt) => attempt.headers['upstash-retried']),
    ['0', '1', '2'],
  );
  assert.ok(attempts[1].at - attempts[0].answeringAt >= 199, 'the first wait');
  assert.ok(attempts[2].at - attempts[1].answeringAt >= 399, 'the second wait');
  assert.deepEqual(await world.states(messageId, 'DELIVERED'), [
    'CREATED',
    'ACTIVE',
    'ERROR',
    'RETRY',
    'ACTIVE',
    'ERROR',
    'RETRY',
    'ACTIVE',
    'DELIVERED',
  ]);
});

test('retries: 0 gives up after one attempt', async () => {
  const url = world.route('/broken', () => ({ status: 500, body: 'broken' }));
  const { messageId } = await world.client.publishJSON({ url, body: {}, retries: 0 });
  assert.deepEqual(await world.states(messageId, 'FAILED'), [
    'CREATED',
    'ACTIVE',
    'ERROR',
    'FAILED',
  ]);
  assert.equal(world.destination.of(messageId).length, 1);
});

test('Retry-After of the destination sets the next attempt', async () => {
  const url = world.route('/retry-after', (arrival) =>
    arrival.headers['upstash-retried'] === '0'
      ? { status: 503, headers: { 'Retry-After': '1' } }
      : { status: 200 },
  );
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 1,
    retryDelay: '60000',
  });
  const [first, second] = await world.destination.waitFor(messageId, { count: 2 });
  assert.ok(second.at - first.answeringAt >= 999);
});

test('489 with its header is final at once', async () => {
  const url = world.route('/final', () => ({
    status: 489,
    headers: { 'Upstash-NonRetryable-Error': 'true' },
  }));
  const { messageId } = await world.client.publishJSON({ url, body: {}, retries: 3 });
  assert.equal(
    (await world.states(messageId, 'FAILED')).filter((state) => state === 'ACTIVE').length,
    1,
  );
});

test('every method is delivered, with its body', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const { messageId } = await world.client.publishJSON({
      url: world.url('/method'),
      method,
      body: { method },
    });
    const arrival = await world.arrival(messageId);
    assert.equal(arrival.method, method);
    assert.equal(arrival.text, JSON.stringify({ method }));
  }
});

test('headers are forwarded without their prefix, those of the client too', async () => {
  const client = new Client({
    baseUrl: world.broker.url,
    token: world.broker.token,
    headers: { 'X-Global': 'everywhere' },
  });
  const { messageId } = await client.publishJSON({
    url: world.url('/headers'),
    headers: { 'X-Trace': 'abc', Authorization: 'Bearer for-the-destination' },
    body: {},
    delay: 1,
  });
  assert.deepEqual((await client.messages.get(messageId)).header, {
    Authorization: ['Bearer for-the-destination'],
    'Content-Type': ['application/json'],
    'X-Global': ['everywhere'],
    'X-Trace': ['abc'],
  });
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.headers['x-trace'], 'abc');
  assert.equal(arrival.headers['x-global'], 'everywhere');
  assert.equal(arrival.headers.authorization, 'Bearer for-the-destination');
});

test('a forwarded header never replaces one that Godwit signs for', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/protected'),
    headers: {
      'Upstash-Forward-Upstash-Message-Id': 'msg_forged',
      'Upstash-Forward-Upstash-Retried': '7',
    },
    body: {},
  });
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.headers['upstash-message-id'], messageId);
  assert.equal(arrival.headers['upstash-retried'], '0');
});

test('timeout ends an attempt that gets no answer', async () => {
  const url = world.route('/silent', () => undefined);
  for (const timeout of [1, '1s']) {
    const { messageId } = await world.client.publishJSON({ url, body: {}, retries: 0, timeout });
    const [letter] = await world.deadLetters({ messageId });
    assert.equal(letter.responseStatus, 0);
    const { logs } = await world.client.logs({ filter: { messageId, state: 'ERROR' } });
    assert.equal(logs.length, 1);
    assert.ok(logs[0].error, 'the log says why');
  }
});

test('deduplicationId: the second publish gets the first id and delivers nothing', async () => {
  const request = { url: world.url('/once'), body: { n: 1 }, deduplicationId: 'order-42' };
  const first = await world.client.publishJSON(request);
  const second = await world.client.publishJSON({ ...request, body: { n: 2 } });
  assert.equal(second.messageId, first.messageId);
  assert.equal(second.deduplicated, true);
  assert.notEqual(first.deduplicated, true);
  await world.states(first.messageId, 'DELIVERED');
  const third = await world.client.publishJSON(request);
  assert.equal(third.messageId, first.messageId, 'a finished message still blocks');
  const other = await world.client.publishJSON({ ...request, deduplicationId: 'order-43' });
  await world.arrival(other.messageId);
  assert.equal(world.destination.of(first.messageId).length, 1);
});

test('contentBasedDeduplication looks at destination, body and forwarded headers', async () => {
  const request = {
    url: world.url('/content'),
    body: { a: 1 },
    headers: { 'X-Kind': 'a' },
    contentBasedDeduplication: true,
  };
  const first = await world.client.publishJSON(request);
  const same = await world.client.publishJSON(request);
  assert.equal(same.messageId, first.messageId);
  assert.equal(same.deduplicated, true);
  for (const change of [
    { body: { a: 2 } },
    { headers: { 'X-Kind': 'b' } },
    { url: world.url('/content?other') },
  ]) {
    const other = await world.client.publishJSON({ ...request, ...change });
    assert.notEqual(other.messageId, first.messageId);
    assert.notEqual(other.deduplicated, true);
  }
});

test('label is told back, alone and as a list', async () => {
  for (const [label, labels] of [
    ['billing', ['billing']],
    [
      ['eu', 'urgent'],
      ['eu', 'urgent'],
    ],
  ]) {
    const { messageId } = await world.client.publishJSON({
      url: world.url('/label'),
      body: {},
      label,
      delay: 1,
    });
    const message = await world.client.messages.get(messageId);
    assert.equal(message.label, labels[0]);
    assert.deepEqual(message.labels, labels);
    await world.states(messageId, 'DELIVERED');
    const { logs } = await world.client.logs({ filter: { messageId } });
    for (const log of logs) assert.deepEqual(log.labels, labels, `${log.state} carries the labels`);
  }
});

test('redact hides from every reader, never from the destination', async () => {
  const body = { card: '4111' };
  const headers = { 'X-Secret': 'hush', 'X-Open': 'fine' };
  const request = { url: world.url('/redacted'), body, headers, delay: 1 };

  const hidden = await world.client.publishJSON({
    ...request,
    redact: { body: true, header: ['X-Secret'] },
  });
  const message = await world.client.messages.get(hidden.messageId);
  assert.equal(message.body, `REDACTED:${sha256(JSON.stringify(body))}`);
  assert.deepEqual(message.header['X-Secret'], [`REDACTED:${sha256('hush')}`]);
  assert.deepEqual(message.header['X-Open'], ['fine']);

  const headless = await world.client.publishJSON({ ...request, redact: { header: true } });
  const { header, body: open } = await world.client.messages.get(headless.messageId);
  assert.equal(open, JSON.stringify(body));
  assert.deepEqual(header['X-Open'], [`REDACTED:${sha256('fine')}`]);

  const arrival = await world.arrival(hidden.messageId);
  assert.equal(arrival.text, JSON.stringify(body));
  assert.equal(arrival.headers['x-secret'], 'hush');
  await world.states(hidden.messageId, 'DELIVERED');
  const text = await (await world.broker.request(`/v2/logs?messageId=${hidden.messageId}`)).text();
  assert.doesNotMatch(text, /hush|4111/);
  assert.ok(!text.includes(Buffer.from(JSON.stringify(body)).toString('base64')));
});

test('bodies of every kind arrive as they were sent', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const kinds = {
    text: ['text/plain', 'grüße, 世界 🌍\r\n\0end'],
    empty: [undefined, undefined],
    'every byte': ['application/octet-stream', bytes],
    'a mebibyte': ['application/octet-stream', new Uint8Array(1 << 20).fill(0x61)],
    form: [undefined, new URLSearchParams({ a: '1', b: 'x y' })],
    blob: [undefined, new Blob(['{"from":"blob"}'], { type: 'application/json' })],
  };
  for (const [kind, [type, body]] of Object.entries(kinds)) {
    const headers = type ? { 'Content-Type': type } : {};
    const { messageId } = await world.client.publish({ url: world.url('/body'), body, headers });
    const arrival = await world.arrival(messageId);
    const sent = Buffer.from(body === undefined ? '' : await new Response(body).arrayBuffer());
    assert.ok(arrival.body.equals(sent), `${kind}: ${arrival.body.length} of ${sent.length} bytes`);
    const claims = JSON.parse(
      Buffer.from(arrival.headers['upstash-signature'].split('.')[1], 'base64url'),
    );
    const digest = createHash('sha256').update(sent).digest('base64url');
    assert.equal(claims.body.replace(/=+$/, ''), digest, `${kind}: the signature covers the bytes`);
    const implied =
      body instanceof URLSearchParams
        ? 'application/x-www-form-urlencoded;charset=UTF-8'
        : body?.type;
    assert.equal(arrival.headers['content-type'], type ?? implied, kind);
  }
});

test('a body that is not text is told in base64', async () => {
  const bytes = Uint8Array.from([0xff, 0xfe, 0, 1]);
  const { messageId } = await world.client.publish({
    url: world.url('/bytes'),
    body: bytes,
    delay: 60,
  });
  const message = await world.client.messages.get(messageId);
  assert.equal(message.body, undefined);
  assert.equal(message.bodyBase64, Buffer.from(bytes).toString('base64'));
  await world.client.messages.cancel(messageId);
});

test('a body beyond the limit is refused with the quota', async () => {
  const body = new Uint8Array((10 << 20) + 1);
  await refused(
    412,
    /^quota maxMessageSize exceeded/,
    world.client.publish({ url: world.url('/big'), body }),
  );
});

test('all settings may come as query parameters, with the token among them', async () => {
  const destination = world.url('/api/webhook');
  const response = await fetch(
    `${world.broker.url}/v2/publish/${destination}?ref=gh&upstash-retries=1&upstash-delay=1s` +
      `&upstash-label=hook&upstash-header-forward=true&qstash_token=${encodeURIComponent(world.broker.token)}`,
    {
      method: 'POST',
      body: '{}',
      headers: { 'X-GitHub-Event': 'push', 'Content-Type': 'application/json' },
    },
  );
  assert.equal(response.status, 200);
  const { messageId } = await response.json();
  const message = await world.client.messages.get(messageId);
  assert.equal(message.url, `${destination}?ref=gh`);
  assert.equal(message.maxRetries, 1);
  assert.equal(message.label, 'hook');
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.path, '/api/webhook?ref=gh');
  assert.equal(arrival.headers['x-github-event'], 'push');
  assert.equal(arrival.headers.authorization, undefined);
});

test('a signature has the claims that the libraries of other languages insist on', async () => {
  const url = world.route('/claims', (arrival) => ({
    status: arrival.headers['upstash-retried'] === '0' ? 500 : 200,
  }));
  const request = { url: `${url}?x=1`, body: 'signed', retries: 1, retryDelay: '10' };
  const { messageId } = await world.client.publish(request);
  const attempts = await world.destination.waitFor(messageId, { count: 2 });
  const parts = attempts.map(({ headers }) =>
    headers['upstash-signature']
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url'))),
  );
  for (const [i, [header, claims]] of parts.entries()) {
    assert.deepEqual(header, { alg: 'HS256', typ: 'JWT' });
    const names = ['body', 'exp', 'iat', 'iss', 'jti', 'nbf', 'sub'];
    assert.deepEqual(Object.keys(claims).sort(), names, 'no aud, which PyJWT would refuse');
    assert.equal(claims.iss, 'Upstash');
    assert.equal(claims.sub, `${url}?x=1`);
    assert.ok(claims.iat <= attempts[i].at / 1000, 'not in the future');
    assert.equal(claims.exp, claims.iat + 300);
    assert.ok(claims.nbf <= claims.iat);
    const digest = createHash('sha256').update('signed').digest('base64');
    assert.equal(claims.body, digest.replace(/\+/g, '-').replace(/\//g, '_'), 'padded');
  }
  assert.notEqual(parts[0][1].jti, parts[1][1].jti, 'each attempt is signed anew');
});

test('one publish may carry every option at once', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/all-options?x=1'),
    body: { all: true },
    headers: { 'X-Trace': 'abc' },
    method: 'PATCH',
    delay: '1h',
    retries: 4,
    retryDelay: 'max(10, pow(2, retried))',
    timeout: '1m30s',
    callback: world.url('/all-callback'),
    failureCallback: world.url('/all-failure'),
    deduplicationId: 'all-options',
    flowControl: { key: 'all-options', parallelism: 3, rate: 10, period: '1m' },
    label: ['one', 'two'],
    redact: { header: ['X-Trace'] },
  });
  const { createdAt, notBefore, ...message } = await world.client.messages.get(messageId);
  assert.equal(notBefore - createdAt, 3_600_000);
  assert.deepEqual(message, {
    messageId,
    url: world.url('/all-options?x=1'),
    method: 'PATCH',
    header: {
      'Content-Type': ['application/json'],
      'X-Trace': [`REDACTED:${sha256('abc')}`],
    },
    body: '{"all":true}',
    maxRetries: 4,
    retryDelayExpression: 'max(10, pow(2, retried))',
    timeout: 90,
    callback: world.url('/all-callback'),
    failureCallback: world.url('/all-failure'),
    flowControlKey: 'all-options',
    parallelism: 3,
    rate: 10,
    ratePerSecond: 10,
    period: 60,
    label: 'one',
    labels: ['one', 'two'],
    callerIP: '127.0.0.1',
    urlGroup: undefined,
  });
  assert.deepEqual(await world.client.messages.cancel(messageId), { cancelled: 1 });
});
