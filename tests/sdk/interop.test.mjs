// What clients other than the JavaScript SDK send and expect: Python, Go, Terraform, the MCP
// server, older documents. Requests are made by hand, as they make them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const call = (method, path, { body, headers = {} } = {}) =>
  world.broker.request(path, {
    method,
    headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });

const json = async (method, path, options) => {
  const response = await call(method, path, options);
  const text = await response.text();
  assert.ok(
    [200, 201, 202].includes(response.status),
    `${method} ${path}: ${response.status} ${text}`,
  );
  assert.match(response.headers.get('content-type'), /^application\/json/);
  return JSON.parse(text);
};

const never = () => world.url('/never');
const yearly = { 'Upstash-Cron': '0 0 1 1 *' };

test('Python writes booleans with a capital letter', async () => {
  const headers = { 'Upstash-Content-Based-Deduplication': 'True', 'Upstash-Forward-X': '1' };
  const publish = () =>
    json('POST', `/v2/publish/${world.url('/python')}`, { body: '{"a":1}', headers });
  const first = await publish();
  const second = await publish();
  assert.equal(second.messageId, first.messageId);
  assert.equal(second.deduplicated, true);
  const off = { ...headers, 'Upstash-Content-Based-Deduplication': 'False' };
  const third = await json('POST', `/v2/publish/${world.url('/python')}`, {
    body: '{"a":1}',
    headers: off,
  });
  assert.notEqual(third.messageId, first.messageId);
  const forward = { 'Upstash-Header-Forward': 'TRUE', 'X-Own': 'kept', Accept: 'text/x-test' };
  const { messageId } = await json('POST', `/v2/publish/${world.url('/python')}`, {
    headers: forward,
  });
  assert.equal((await world.arrival(messageId)).headers['x-own'], 'kept');
});

test('Go writes /v2/Schedules, and rotates keys at /v2/rotate', async () => {
  const { scheduleId } = await json('POST', `/v2/Schedules/${never()}`, { headers: yearly });
  assert.equal((await json('GET', `/v2/Schedules/${scheduleId}`)).scheduleId, scheduleId);
  assert.equal((await json('GET', '/v2/Schedules/')).length, 1);
  await json('DELETE', `/v2/SCHEDULES/${scheduleId}`);
  const before = await json('GET', '/v2/keys');
  const after = await json('POST', '/v2/rotate');
  assert.equal(after.current, before.next);
  world.receivers.push(world.receiver(after));
});

test('a slash at the end of a collection is none', async () => {
  assert.deepEqual(await json('GET', '/v2/queues/'), await json('GET', '/v2/queues'));
  assert.deepEqual(await json('GET', '/v2/topics/'), await json('GET', '/v2/topics'));
});

test('Terraform sends empty headers, misspelt ones, and deletes with a null body', async () => {
  const empty = {
    'Upstash-Delay': '',
    'Upstash-Callback': '',
    'Upstash-Failure-Callback': '',
    'Upstash-Method': '',
    'Upstash-Deduplication-Id': '',
    'Upstash-Queue-Name': '',
    'Upstash-Flow-Control-Key': '',
    'Upstash-NotBefore': '0',
    Accept: 'application/json',
  };
  const { scheduleId } = await json('POST', `/v2/schedules/${never()}`, {
    headers: { ...empty, ...yearly },
  });
  const schedule = await json('GET', `/v2/schedules/${scheduleId}`);
  assert.equal(schedule.method, 'POST');
  assert.equal(schedule.header?.Accept, undefined);
  for (const absent of ['delay', 'callback', 'failureCallback', 'queueName', 'flowControlKey']) {
    assert.equal(schedule[absent], undefined, absent);
  }
  await json('DELETE', `/v2/schedules/${scheduleId}`, { body: null });
  await json('POST', '/v2/topics/terraform/endpoints', { body: { endpoints: [{ url: never() }] } });
  await json('DELETE', '/v2/topics/terraform', { body: null });
  await json('DELETE', '/v2/queues/terraform', { body: null });
  const { messageId } = await json('POST', `/v2/publish/${world.url('/accept')}`, {
    headers: { Accept: 'application/json' },
  });
  assert.notEqual((await world.arrival(messageId)).headers.accept, 'application/json');
});

test('the MCP server reads grouped logs, trims bodies, pauses by POST and enqueues by header', async () => {
  await json('POST', '/v2/queues', { body: { queueName: 'mcp', paused: true } });
  const { messageId } = await json('POST', `/v2/publish/${world.url('/mcp')}`, {
    body: 'hello',
    headers: { 'Upstash-Queue-Name': 'mcp' },
  });
  assert.equal((await json('GET', '/v2/queues/mcp')).lag, 1);
  await json('POST', '/v2/queues/mcp/resume');
  await world.states(messageId, 'DELIVERED');
  const grouped = await json('GET', '/v2/logs?groupBy=messageId&trimBody=0');
  const own = grouped.messages.find((entry) => entry.messageId === messageId);
  assert.equal(own.events.length, 3);
  for (const row of own.events) assert.ok(!row.body, 'trimmed');
  const one = await json('GET', `/v2/logs?messageId=${messageId}`);
  assert.ok(one.messages.some((entry) => entry.messageId === messageId));
  assert.deepEqual((await json('GET', '/v2/dlq?trimBody=0')).messages, []);
  const { scheduleId } = await json('POST', `/v2/schedules/${never()}`, { headers: yearly });
  await json('POST', `/v2/schedules/${scheduleId}/pause`);
  assert.equal((await json('GET', `/v2/schedules/${scheduleId}`)).isPaused, true);
  await json('DELETE', `/v2/schedules/${scheduleId}`);
});

test('the first API and its cron', async () => {
  const { messageId } = await json('POST', `/v1/publish/${world.url('/v1')}`, { body: 'x' });
  assert.equal((await world.arrival(messageId)).text, 'x');
  const { scheduleId } = await json('POST', `/v1/publish/${never()}`, { headers: yearly });
  await json('DELETE', `/v2/schedules/${scheduleId}`);
});

test('destinations that a proxy or a careful client changed on their way', async () => {
  const url = world.url('/proxied?x=1&y=%2F');
  for (const form of [
    url,
    url.replace('://', ':/'),
    encodeURIComponent(url),
    encodeURIComponent(url).replace('%3A', '%3a'),
  ]) {
    const { messageId } = await json('POST', `/v2/publish/${form}`);
    assert.equal((await world.client.messages.get(messageId)).url, url, form);
    assert.equal((await world.arrival(messageId)).path, '/proxied?x=1&y=%2F');
  }
});

test('every answer that is no success is JSON with its error, wherever it comes from', async () => {
  for (const [method, path, status, options] of [
    ['GET', '/v2/nowhere', 404],
    ['PUT', '/v2/batch', 405],
    ['POST', '/v2/batch', 400, { body: '{' }],
    ['POST', '/v2/publish/', 400],
    ['POST', '/v2/publish/example.com', 404],
    ['GET', '/v2/messages/msg_unknown', 404],
    ['GET', '/v2/queues/unknown', 404],
    ['GET', '/v2/topics/unknown', 404],
    ['GET', '/v2/schedules/unknown', 404],
    ['GET', '/v2/dlq/1-0', 404],
    ['GET', '/v2/flowControl/unknown', 404],
    ['GET', '/v2/bulkActions/unknown', 404],
    ['POST', '/v2/queues', 400, { body: { parallelism: 1 } }],
    ['POST', '/v2/queues', 400, { body: [] }],
    ['POST', '/v2/topics/t/endpoints', 400, { body: {} }],
    ['GET', '/v2/events?state=ASLEEP', 400],
  ]) {
    const response = await call(method, path, options);
    assert.equal(response.status, status, `${method} ${path}`);
    assert.equal(typeof (await response.json()).error, 'string', `${method} ${path}`);
  }
});

test('workflows are not here yet, and say so', async () => {
  for (const [method, path] of [
    ['POST', `/v2/trigger/${never()}`],
    ['POST', '/v2/batch/trigger'],
    ['GET', '/v2/workflows/logs'],
    ['GET', '/v2/workflows/events'],
    ['DELETE', '/v2/workflows/runs/wfr_1?cancel=true'],
    ['GET', '/v2/workflows/dlq'],
    ['POST', '/v2/notify/event'],
    ['GET', '/v2/waiters/event'],
  ]) {
    const response = await call(method, path);
    assert.equal(response.status, 501, `${method} ${path}`);
    assert.equal(typeof (await response.json()).error, 'string');
  }
  await assert.rejects(world.client.workflow.cancel('wfr_1'), { status: 501 });
});

test('the description of the API names every endpoint', async () => {
  const response = await fetch(`${world.broker.url}/openapi.json`);
  assert.equal(response.status, 200);
  const description = await response.json();
  assert.match(description.openapi, /^3\.1\./);
  const named = new Set(
    Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replace(/\{[^}]*\}/g, '{}')}`,
      ),
    ),
  );
  const endpoints = [
    'POST /v2/publish/{}',
    'POST /v2/enqueue/{}/{}',
    'POST /v2/batch',
    'GET /v2/messages/{}',
    'DELETE /v2/messages/{}',
    'DELETE /v2/messages',
    'POST /v2/messages/{}/retry',
    'GET /v2/bulkActions',
    'GET /v2/bulkActions/{}',
    'POST /v2/queues',
    'GET /v2/queues',
    'GET /v2/queues/{}',
    'DELETE /v2/queues/{}',
    'POST /v2/queues/{}/pause',
    'POST /v2/queues/{}/resume',
    'POST /v2/schedules/{}',
    'GET /v2/schedules',
    'GET /v2/schedules/{}',
    'DELETE /v2/schedules/{}',
    'PATCH /v2/schedules/{}/pause',
    'PATCH /v2/schedules/{}/resume',
    'GET /v2/topics',
    'GET /v2/topics/{}',
    'PATCH /v2/topics/{}',
    'DELETE /v2/topics/{}',
    'POST /v2/topics/{}/endpoints',
    'DELETE /v2/topics/{}/endpoints',
    'GET /v2/dlq',
    'DELETE /v2/dlq',
    'GET /v2/dlq/{}',
    'DELETE /v2/dlq/{}',
    'POST /v2/dlq/retry/{}',
    'POST /v2/dlq/retry',
    'GET /v2/logs',
    'GET /v2/events',
    'GET /v2/flowControl',
    'GET /v2/flowControl/{}',
    'POST /v2/flowControl/{}/pause',
    'POST /v2/flowControl/{}/resume',
    'POST /v2/flowControl/{}/pin',
    'POST /v2/flowControl/{}/unpin',
    'POST /v2/flowControl/{}/resetRate',
    'POST /v2/flowControl/{}/reset',
    'GET /v2/globalParallelism',
    'GET /v2/keys',
    'POST /v2/keys/rotate',
  ];
  assert.equal(endpoints.length, 46);
  assert.deepEqual(
    endpoints.filter((endpoint) => !named.has(endpoint)),
    [],
  );
});
