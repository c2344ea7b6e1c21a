import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World, refused } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const runNow = (messageId) =>
  world.broker.request(`/v2/messages/${messageId}/retry`, { method: 'POST' });

test('get tells every setting of a waiting message', async () => {
  const before = Date.now();
  const { messageId } = await world.client.publishJSON({
    url: world.url('/everything?tenant=7'),
    method: 'PUT',
    body: { invoice: 42 },
    headers: { 'X-Trace': 'abc' },
    delay: '1h30m',
    retries: 2,
    retryDelay: 'min(60000, pow(2, retried) * 1000)',
    timeout: 30,
    label: ['billing', 'eu'],
  });
  const message = await world.client.messages.get(messageId);
  assert.equal(message.messageId, messageId);
  assert.equal(message.url, world.url('/everything?tenant=7'));
  assert.equal(message.method, 'PUT');
  assert.equal(message.body, '{"invoice":42}');
  assert.deepEqual(message.header, { 'Content-Type': ['application/json'], 'X-Trace': ['abc'] });
  assert.equal(message.maxRetries, 2);
  assert.equal(message.retryDelayExpression, 'min(60000, pow(2, retried) * 1000)');
  assert.equal(message.timeout, 30);
  assert.deepEqual(message.labels, ['billing', 'eu']);
  assert.equal(message.callerIP, '127.0.0.1');
  assert.equal(message.notBefore - message.createdAt, 5_400_000);
  assert.ok(message.createdAt >= before && message.createdAt <= Date.now());
  await world.client.messages.cancel(messageId);
});

test('the defaults are those of the wire', async () => {
  const { messageId } = await world.client.publish({
    url: world.url('/defaults'),
    body: 'x',
    delay: 60,
  });
  const message = await world.client.messages.get(messageId);
  assert.equal(message.method, 'POST');
  assert.equal(message.maxRetries, 3);
  assert.equal(message.label, undefined);
  assert.equal(message.timeout, undefined);
  assert.equal(message.retryDelayExpression, undefined);
  await world.client.messages.cancel(messageId);
});

test('a message is readable in the next call, even when it was delivered at once', async () => {
  for (let i = 0; i < 20; ++i) {
    const { messageId } = await world.client.publishJSON({
      url: world.url('/at-once'),
      body: { i },
    });
    assert.equal((await world.client.messages.get(messageId)).body, JSON.stringify({ i }));
    await world.arrival(messageId);
    assert.equal((await world.client.messages.get(messageId)).messageId, messageId);
  }
});

test('a cancelled message is gone, and is never delivered', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/cancel'),
    body: {},
    delay: 2,
  });
  assert.deepEqual(await world.client.messages.cancel(messageId), { cancelled: 1 });
  assert.deepEqual(await world.states(messageId, 'CANCELED'), [
    'CREATED',
    'CANCEL_REQUESTED',
    'CANCELED',
  ]);
  await refused(404, /not found/, world.client.messages.cancel(messageId));
  // Due a little after the cancelled one was: once it is here, the other would be.
  const later = await world.client.publishJSON({ url: world.url('/cancel'), body: {}, delay: 3 });
  await world.arrival(later.messageId);
  assert.deepEqual(world.destination.of(messageId), []);
});

test('delete is the older name of cancel', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/delete'),
    body: {},
    delay: 60,
  });
  await world.client.messages.delete(messageId);
  await refused(404, /not found/, world.client.messages.cancel(messageId));
});

test('cancelling during an attempt lets it end and starts no other', async () => {
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  const url = world.route('/in-flight', () => answered.then(() => ({ status: 500 })));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 3,
    retryDelay: '1',
  });
  await world.arrival(messageId);
  assert.deepEqual(await world.client.messages.cancel(messageId), { cancelled: 1 });
  answer();
  const states = await world.states(messageId, 'CANCELED');
  assert.equal(states.filter((state) => state === 'ACTIVE').length, 1);
  assert.equal(world.destination.of(messageId).length, 1);
});

test('run now delivers a delayed message at once, as its first attempt', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/run-now'),
    body: {},
    delay: '1h',
  });
  const response = await runNow(messageId);
  assert.equal(response.status, 202);
  assert.equal((await response.json()).messageId, messageId);
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.headers['upstash-retried'], '0');
});

test('run now ends the wait before a retry', async () => {
  const url = world.route('/run-retry', (arrival) => ({
    status: arrival.headers['upstash-retried'] === '0' ? 500 : 200,
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 1,
    retryDelay: '3600000',
  });
  await world.states(messageId, 'RETRY');
  assert.equal((await runNow(messageId)).status, 202);
  const [, second] = await world.destination.waitFor(messageId, { count: 2 });
  assert.equal(second.headers['upstash-retried'], '1');
  await world.states(messageId, 'DELIVERED');
});

test('an unknown message is 404 in every call', async () => {
  const unknown = 'msg_2ACcDCzzzzzzzzzzzzzzzzzzzzzzzz';
  await refused(404, /msg_2ACc.* not found/, world.client.messages.get(unknown));
  await refused(404, /not found/, world.client.messages.cancel(unknown));
  const response = await runNow(unknown);
  assert.equal(response.status, 404);
  assert.match((await response.json()).error, /not found/);
});
