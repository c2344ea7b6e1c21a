import { Client } from '@upstash/qstash';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const raw = (body, headers = {}) =>
  world.broker.request('/v2/batch', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('batchJSON: every item has its own destination, body and settings, answers in order', async () => {
  const answers = await world.client.batchJSON([
    { url: world.url('/first?x=1'), body: { n: 1 }, headers: { 'X-Trace': 'one' } },
    { url: world.url('/second'), body: [2], method: 'PUT', delay: 1, retries: 1, label: 'second' },
    { url: world.url('/third'), body: 'three', timeout: '20s', retryDelay: '1000' },
  ]);
  assert.equal(answers.length, 3);
  const [first, second, third] = await Promise.all(
    answers.map(({ messageId }) => world.arrival(messageId)),
  );
  assert.equal(first.path, '/first?x=1');
  assert.equal(first.text, '{"n":1}');
  assert.equal(first.headers['x-trace'], 'one');
  assert.equal(first.headers['content-type'], 'application/json');
  assert.equal(second.method, 'PUT');
  assert.equal(second.text, '[2]');
  assert.equal(third.text, '"three"');
  const message = await world.client.messages.get(answers[1].messageId);
  assert.equal(message.notBefore - message.createdAt, 1000);
  assert.equal(message.maxRetries, 1);
  assert.deepEqual(message.labels, ['second']);
  assert.deepEqual(message.header, { 'Content-Type': ['application/json'] });
  const { timeout, retryDelayExpression } = await world.client.messages.get(answers[2].messageId);
  assert.equal(timeout, 20);
  assert.equal(retryDelayExpression, '1000');
});

test('batch: bodies are sent as they are, also none at all', async () => {
  const answers = await world.client.batch([
    { url: world.url('/text'), body: 'grüße 🌍', headers: { 'Content-Type': 'text/plain' } },
    { url: world.url('/nothing') },
  ]);
  const [text, nothing] = await Promise.all(
    answers.map(({ messageId }) => world.arrival(messageId)),
  );
  assert.equal(text.text, 'grüße 🌍');
  assert.equal(text.headers['content-type'], 'text/plain');
  assert.equal(nothing.text, '');
});

test('a batch of one still answers an array', async () => {
  const response = await raw([{ destination: world.url('/alone') }]);
  assert.equal(response.status, 200);
  const answer = await response.json();
  assert.ok(Array.isArray(answer));
  assert.match(answer[0].messageId, /^msg_/);
  await world.arrival(answer[0].messageId);
});

test('an item for a URL group is answered by an array inside', async () => {
  const endpoints = [
    { name: 'a', url: world.url('/group-a') },
    { name: 'b', url: world.url('/group-b') },
  ];
  await world.client.urlGroups.addEndpoints({ name: 'batched', endpoints });
  const [url, group] = await world.client.batchJSON([
    { url: world.url('/beside-a-group'), body: {} },
    { urlGroup: 'batched', body: { fan: 'out' } },
  ]);
  assert.match(url.messageId, /^msg_/);
  assert.deepEqual(
    group.map((answer) => answer.url),
    endpoints.map((endpoint) => endpoint.url),
  );
  for (const { messageId } of group) {
    const arrival = await world.arrival(messageId);
    assert.equal(arrival.text, '{"fan":"out"}');
    assert.equal(arrival.headers['upstash-topic-name'], 'batched');
  }
});

test('queueName puts an item into its queue, in the order of the batch', async () => {
  const queue = world.client.queue({ queueName: 'batched' });
  await queue.upsert({ paused: true });
  const answers = await world.client.batchJSON(
    [0, 1, 2].map((n) => ({ url: world.url('/in-queue'), body: n, queueName: 'batched' })),
  );
  assert.equal((await queue.get()).lag, 3);
  assert.equal((await world.client.messages.get(answers[0].messageId)).queueName, 'batched');
  await queue.resume();
  const arrivals = await world.waitAt('/in-queue', 3);
  assert.deepEqual(
    arrivals.map((arrival) => arrival.text),
    ['0', '1', '2'],
  );
});

test('queue null, an empty queue and a null body mean none, as other clients write it', async () => {
  const response = await raw([
    { destination: world.url('/null'), headers: {}, body: null, queue: null },
    { destination: world.url('/empty'), headers: null, body: '', queue: '' },
  ]);
  assert.equal(response.status, 200);
  for (const { messageId } of await response.json()) {
    const message = await world.client.messages.get(messageId);
    assert.equal(message.queueName, undefined);
    assert.equal((await world.arrival(messageId)).text, '');
  }
});

test('an item that fails says why, and the others are sent', async () => {
  const response = await raw([
    { destination: world.url('/good') },
    { destination: 'ftp://bad.example' },
    { destination: 'no-such-group' },
    { destination: world.url('/bad-setting'), headers: { 'Upstash-Delay': '1' } },
    { destination: world.url('/bad-queue'), queue: 'not a name' },
    { destination: '' },
    { body: 'no destination' },
    { destination: world.url('/also-good') },
  ]);
  assert.equal(response.status, 200);
  const answers = await response.json();
  assert.equal(answers.length, 8);
  const errors = answers.map((answer) => answer.error);
  assert.equal(errors[0], undefined);
  assert.match(errors[1], /endpoint has invalid scheme, add http:\/\/ or https:\/\//);
  assert.match(errors[2], /^topic no-such-group not found$/);
  assert.equal(errors[3], 'invalid Upstash-Delay header: time: missing unit in duration "1"');
  assert.match(errors[4], /queue/i);
  assert.match(errors[5], /destination/);
  assert.match(errors[6], /destination/);
  assert.equal(errors[7], undefined);
  for (const answer of answers.slice(1, 7)) assert.equal(answer.messageId, undefined);
  for (const index of [0, 7]) await world.arrival(answers[index].messageId);
});

test('only the headers of the item count, in any case', async () => {
  const response = await raw(
    [
      {
        destination: world.url('/own'),
        headers: { 'UPSTASH-RETRIES': '1', 'uPsTaSh-Label': 'own' },
      },
      { destination: world.url('/none') },
    ],
    { 'Upstash-Retries': '7', 'Upstash-Label': 'outer', 'Upstash-Delay': '1h' },
  );
  const [own, none] = await response.json();
  const message = await world.client.messages.get(own.messageId);
  assert.equal(message.maxRetries, 1);
  assert.equal(message.label, 'own');
  assert.equal(message.header, undefined);
  const plain = await world.client.messages.get(none.messageId);
  assert.equal(plain.maxRetries, 3);
  assert.equal(plain.label, undefined);
  for (const { messageId } of [own, none]) await world.arrival(messageId);
});

test('headers of the client go with every item', async () => {
  const client = new Client({
    baseUrl: world.broker.url,
    token: world.broker.token,
    headers: { 'X-Global': 'everywhere' },
  });
  const answers = await client.batchJSON([
    { url: world.url('/global'), body: 1 },
    { url: world.url('/global'), body: 2, headers: { 'X-Own': 'yes' } },
  ]);
  const [one, two] = await Promise.all(answers.map(({ messageId }) => world.arrival(messageId)));
  assert.equal(one.headers['x-global'], 'everywhere');
  assert.equal(two.headers['x-global'], 'everywhere');
  assert.equal(two.headers['x-own'], 'yes');
});

test('items may deduplicate each other, and take every setting that a publish takes', async () => {
  const gate = world.gate('/batch-flow');
  const flowControl = { key: 'batch-key', parallelism: 1 };
  const answers = await world.client.batchJSON([
    { url: gate.url, body: 1, deduplicationId: 'in-a-batch', flowControl },
    { url: gate.url, body: 2, deduplicationId: 'in-a-batch', flowControl },
    {
      url: gate.url,
      body: 3,
      flowControl,
      callback: world.url('/batch-callback'),
      failureCallback: world.url('/batch-failure'),
      redact: { body: true },
    },
  ]);
  assert.equal(answers[1].messageId, answers[0].messageId);
  assert.equal(answers[1].deduplicated, true);
  await gate.waitFor(1);
  await world.fence();
  assert.equal(gate.waiting.length, 1);
  const message = await world.client.messages.get(answers[2].messageId);
  assert.equal(message.flowControlKey, 'batch-key');
  assert.equal(message.parallelism, 1);
  assert.equal(message.callback, world.url('/batch-callback'));
  assert.equal(message.failureCallback, world.url('/batch-failure'));
  assert.match(message.body, /^REDACTED:/);
  gate.open();
  const [callback] = await world.waitAt('/batch-callback');
  assert.equal(JSON.parse(callback.text).sourceMessageId, answers[2].messageId);
});

test('a callback at the level of the item counts when its headers name none', async () => {
  const response = await raw([
    { destination: world.url('/item-callback'), callback: world.url('/from-the-item') },
  ]);
  const [{ messageId }] = await response.json();
  const [callback] = await world.waitAt('/from-the-item');
  assert.equal(JSON.parse(callback.text).sourceMessageId, messageId);
});

test('a thousand items are a thousand messages', async () => {
  const answers = await world.client.batchJSON(
    Array.from({ length: 1000 }, (_, n) => ({ url: world.url('/thousand'), body: n })),
  );
  assert.equal(new Set(answers.map((answer) => answer.messageId)).size, 1000);
  const arrivals = await world.waitAt('/thousand', 1000, { deadline: 30_000 });
  assert.deepEqual(
    arrivals.map((arrival) => Number(arrival.text)).sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, n) => n),
  );
  assert.deepEqual(
    new Set(arrivals.map((arrival) => arrival.messageId)),
    new Set(answers.map((answer) => answer.messageId)),
  );
});

test('a body that is no array of items is refused, and an empty one is empty', async () => {
  for (const body of ['', '{', '{"destination":"https://a.example"}', '"text"', '[1', '[1] x']) {
    const response = await raw(body);
    assert.equal(response.status, 400, body);
    assert.equal(typeof (await response.json()).error, 'string', body);
  }
  const odd = await raw([1]);
  if (odd.status === 200) assert.equal(typeof (await odd.json())[0].error, 'string');
  else assert.equal(odd.status, 400);
  const empty = await raw([]);
  assert.equal(empty.status, 200);
  assert.deepEqual(await empty.json(), []);
});
