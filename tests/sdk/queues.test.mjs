import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, refused } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const queueOf = (queueName) => world.client.queue({ queueName });

/** Enqueues bodies '0', '1', ... and returns their ids. */
async function enqueue(queue, url, count, options = {}) {
  const ids = [];
  for (let i = 0; i < count; ++i) {
    ids.push((await queue.enqueue({ url, body: String(i), ...options })).messageId);
  }
  return ids;
}

const texts = (arrivals) => arrivals.map((arrival) => arrival.text);

const lagBecomes = (queue, lag) => until(`lag ${lag}`, async () => (await queue.get()).lag === lag);

test('a queue tells its six fields, alone and in the list, and upsert changes them', async () => {
  const before = Date.now();
  const queue = queueOf('fields.of_a-queue');
  await queue.upsert({ parallelism: 2 });
  const made = await queue.get();
  assert.deepEqual(Object.keys(made).sort(), [
    'createdAt',
    'lag',
    'name',
    'parallelism',
    'paused',
    'updatedAt',
  ]);
  assert.equal(made.name, 'fields.of_a-queue');
  assert.equal(made.parallelism, 2);
  assert.equal(made.paused, false);
  assert.equal(made.lag, 0);
  assert.ok(made.createdAt >= before && made.createdAt <= Date.now());
  assert.deepEqual(
    (await queue.list()).filter((entry) => entry.name === made.name),
    [made],
  );
  await queue.upsert({ parallelism: 5, paused: true });
  const changed = await queue.get();
  assert.equal(changed.parallelism, 5);
  assert.equal(changed.paused, true);
  assert.equal(changed.createdAt, made.createdAt);
  assert.ok(changed.updatedAt >= made.updatedAt);
  await queue.upsert({});
  const again = await queue.get();
  assert.equal(again.parallelism, 1, 'the SDK sends its defaults');
  assert.equal(again.paused, false);
  await queue.delete();
});

test('what an upsert leaves out stays as it is', async () => {
  const queue = queueOf('kept');
  await queue.upsert({ parallelism: 3, paused: true });
  const upsert = (body) =>
    world.broker.json('/v2/queues', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  await upsert({ queueName: 'kept', parallelism: 4 });
  assert.equal((await queue.get()).paused, true);
  await upsert({ queueName: 'kept', paused: false });
  assert.equal((await queue.get()).parallelism, 4);
});

test('enqueue makes the queue, and the message tells its name', async () => {
  const queue = queueOf('made-by-enqueue');
  const { messageId } = await queue.enqueueJSON({
    url: world.url('/enqueued?x=1'),
    body: { a: 1 },
    headers: { 'X-Trace': 'abc' },
    method: 'PUT',
    retries: 2,
    label: 'queued',
  });
  assert.match(messageId, /^msg_/);
  const message = await world.client.messages.get(messageId);
  assert.equal(message.queueName, 'made-by-enqueue');
  assert.equal(message.url, world.url('/enqueued?x=1'));
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.method, 'PUT');
  assert.equal(arrival.path, '/enqueued?x=1');
  assert.equal(arrival.text, '{"a":1}');
  assert.equal(arrival.headers['content-type'], 'application/json');
  assert.equal(arrival.headers['x-trace'], 'abc');
  assert.equal(arrival.headers['upstash-queue-name'], undefined, 'nothing tells a destination');
  const made = await queue.get();
  assert.equal(made.parallelism, 1);
  assert.equal(made.paused, false);
  await world.states(messageId, 'DELIVERED');
  const { logs } = await world.client.logs({ filter: { queueName: 'made-by-enqueue' } });
  assert.deepEqual(new Set(logs.map((row) => row.messageId)), new Set([messageId]));
  for (const row of logs) assert.equal(row.queueName, 'made-by-enqueue');
  await lagBecomes(queue, 0);
});

test('publishing with Upstash-Queue-Name is enqueuing', async () => {
  const queue = queueOf('by-header');
  await queue.upsert({ paused: true });
  const { messageId } = await world.client.publish({
    url: world.url('/by-header'),
    headers: { 'Upstash-Queue-Name': 'by-header' },
  });
  assert.equal((await world.client.messages.get(messageId)).queueName, 'by-header');
  assert.equal((await queue.get()).lag, 1);
  await queue.resume();
  await world.arrival(messageId);
});

test('messages arrive in the order of acceptance, one at a time', async () => {
  const queue = queueOf('in-order');
  const url = world.route('/in-order', () => ({ status: 200 }));
  const count = 200;
  await queue.upsert({ paused: true });
  await enqueue(queue, url, count / 2);
  assert.equal((await queue.get()).lag, count / 2);
  await queue.resume();
  // The second half is accepted while the first is being delivered.
  for (let i = count / 2; i < count; ++i) await queue.enqueue({ url, body: String(i) });
  const arrivals = await world.waitAt('/in-order', count);
  assert.deepEqual(
    texts(arrivals),
    Array.from({ length: count }, (_, i) => String(i)),
  );
  for (let i = 1; i < count; ++i) {
    assert.ok(arrivals[i].at >= arrivals[i - 1].answeringAt, `${i} began before ${i - 1} ended`);
  }
  await lagBecomes(queue, 0);
});

test('a failing head is retried before the next begins', async () => {
  const queue = queueOf('patient');
  const url = world.route('/patient', (arrival) => ({
    status: arrival.text === '0' && arrival.headers['upstash-retried'] !== '2' ? 500 : 200,
  }));
  await enqueue(queue, url, 3, { retries: 2, retryDelay: '200' });
  const arrivals = await world.waitAt('/patient', 5);
  assert.deepEqual(
    arrivals.map((arrival) => [arrival.text, arrival.headers['upstash-retried']]),
    [
      ['0', '0'],
      ['0', '1'],
      ['0', '2'],
      ['1', '0'],
      ['2', '0'],
    ],
  );
  assert.ok(arrivals[2].at - arrivals[0].answeringAt >= 399, 'two waits of 200 ms held the queue');
});

test('a head that fails for good goes to the dead letter queue, and the next begins', async () => {
  const queue = queueOf('moves-on');
  const url = world.route('/moves-on', (arrival) => ({ status: arrival.text === '0' ? 500 : 200 }));
  const [failed, next] = await enqueue(queue, url, 2, { retries: 0 });
  await world.arrival(next);
  const [letter] = await world.deadLetters({ queueName: 'moves-on' });
  assert.equal(letter.messageId, failed);
  assert.equal(letter.queueName, 'moves-on');
});

test('a retried dead letter joins the tail of its queue', async () => {
  const queue = queueOf('tail');
  let healed = false;
  const url = world.route('/tail', (arrival) => ({
    status: arrival.text === 'dead' && !healed ? 500 : 200,
  }));
  await queue.enqueue({ url, body: 'dead', retries: 0 });
  const [letter] = await world.deadLetters({ queueName: 'tail' });
  healed = true;
  await queue.pause();
  await enqueue(queue, url, 2);
  const { responses } = await world.client.dlq.retry(letter.dlqId);
  assert.equal((await world.client.messages.get(responses[0].messageId)).queueName, 'tail');
  assert.equal((await queue.get()).lag, 3);
  await queue.resume();
  assert.deepEqual(texts(await world.waitAt('/tail', 4)), ['dead', '0', '1', 'dead']);
});

test('the next message waits for the callback of the one before, and for its retries', async () => {
  const queue = queueOf('calls-back');
  const gate = world.gate('/queue-callback');
  const ids = await enqueue(queue, world.url('/calls-back'), 2, {
    callback: gate.url,
    headers: { 'Upstash-Callback-Retries': '1', 'Upstash-Callback-Retry-Delay': '100' },
  });
  await gate.waitFor(1);
  await world.fence();
  assert.deepEqual(texts(world.at('/calls-back')), ['0']);
  gate.release({ status: 500 });
  const [retried] = await gate.waitFor(1);
  assert.equal(retried.headers['upstash-retried'], '1');
  await world.fence();
  assert.deepEqual(texts(world.at('/calls-back')), ['0']);
  gate.release();
  const second = await world.arrival(ids[1]);
  assert.ok(second.at >= retried.answeringAt);
  const [last] = await gate.waitFor(1);
  assert.equal(JSON.parse(last.text).sourceMessageId, ids[1]);
  gate.open();
  await lagBecomes(queue, 0);
});

test('the next message waits for the failure callback of the one before', async () => {
  const queue = queueOf('fails-back');
  const gate = world.gate('/queue-failure');
  const url = world.route('/fails-back', (arrival) => ({
    status: arrival.text === '0' ? 500 : 200,
  }));
  const [first] = await enqueue(queue, url, 2, { retries: 0, failureCallback: gate.url });
  const [failure] = await gate.waitFor(1);
  assert.equal(JSON.parse(failure.text).sourceMessageId, first);
  await world.fence();
  assert.deepEqual(texts(world.at('/fails-back')), ['0']);
  gate.open();
  assert.deepEqual(texts(await world.waitAt('/fails-back', 2)), ['0', '1']);
});

test('parallelism is exact: that many at once, started in order', async () => {
  const queue = queueOf('three-at-once');
  const gate = world.gate('/three');
  await queue.upsert({ parallelism: 3 });
  await enqueue(queue, gate.url, 8);
  assert.deepEqual(texts(await gate.waitFor(3)).sort(), ['0', '1', '2']);
  await world.fence();
  assert.equal(gate.waiting.length, 3, 'no fourth');
  const begun = [3];
  while (begun[0] < 8) {
    gate.release();
    const next = String(begun[0]++);
    const now = await gate.waitFor(3);
    assert.ok(texts(now).includes(next), `${next} follows`);
  }
  gate.open();
  assert.equal(gate.peak, 3);
  await lagBecomes(queue, 0);
  assert.equal(gate.arrivals.length, 8);
});

test('raising parallelism starts more at once, lowering it lets the running ones finish', async () => {
  const queue = queueOf('changing');
  const gate = world.gate('/changing');
  await enqueue(queue, gate.url, 6);
  await gate.waitFor(1);
  await queue.upsert({ parallelism: 4 });
  await gate.waitFor(4);
  await queue.upsert({ parallelism: 1 });
  for (let left = 4; left > 1; --left) {
    gate.release();
    await world.fence();
    assert.equal(gate.waiting.length, left - 1);
  }
  gate.release();
  assert.deepEqual(texts(await gate.waitFor(1)), ['4']);
  gate.open();
  await lagBecomes(queue, 0);
  assert.equal(gate.peak, 4);
});

test('a paused queue accepts and starts nothing, the attempt under way ends, lag is exact', async () => {
  const queue = queueOf('paused');
  const gate = world.gate('/paused');
  await enqueue(queue, gate.url, 4);
  await gate.waitFor(1);
  assert.equal((await queue.get()).lag, 4);
  await queue.pause();
  await queue.pause();
  assert.equal((await queue.get()).paused, true);
  gate.release();
  await lagBecomes(queue, 3);
  await queue.enqueue({ url: gate.url, body: '4' });
  await world.fence();
  assert.deepEqual(texts(gate.arrivals), ['0']);
  assert.equal((await queue.get()).lag, 4);
  await queue.resume();
  await queue.resume();
  assert.equal((await queue.get()).paused, false);
  assert.deepEqual(texts(await gate.waitFor(1)), ['1']);
  gate.open();
  await lagBecomes(queue, 0);
  assert.deepEqual(texts(gate.arrivals), ['0', '1', '2', '3', '4']);
});

test('a queue and all that waits in it outlive a kill', async (context) => {
  const killed = await World.open();
  const queue = killed.client.queue({ queueName: 'durable' });
  const url = killed.url('/durable');
  await queue.upsert({ parallelism: 1, paused: true });
  await enqueue(queue, url, 10);
  const before = await queue.get();
  await killed.broker.kill();
  const again = await World.open({ dataDir: killed.broker.dataDir });
  context.after(() => again.close());
  await killed.destination.stop();
  const { client } = again;
  assert.deepEqual(await client.queue({ queueName: 'durable' }).get(), before);
  const { cancelled } = await client.messages.cancel({ filter: { queueName: 'durable' } });
  assert.equal(cancelled, 10);
  await lagBecomes(client.queue({ queueName: 'durable' }), 0);
});

test('deleting a queue cancels what waits in it; one of the same name begins anew', async () => {
  const queue = queueOf('deleted');
  const gate = world.gate('/deleted');
  const ids = await enqueue(queue, gate.url, 3, { retries: 2, retryDelay: '1' });
  await gate.waitFor(1);
  await queue.delete();
  await refused(404, /^queue deleted not found$/, queue.get());
  assert.ok((await queue.list()).every((entry) => entry.name !== 'deleted'));
  for (const id of ids.slice(1)) await world.states(id, 'CANCELED');
  gate.release({ status: 500 });
  assert.equal(
    (await world.states(ids[0], 'CANCELED')).filter((state) => state === 'ACTIVE').length,
    1,
    'the attempt under way was the last one',
  );
  await queue.delete();
  const fresh = await queue.enqueue({ url: gate.url, body: 'fresh' });
  assert.equal((await queue.get()).lag, 1);
  gate.open();
  await world.arrival(fresh.messageId);
  assert.deepEqual(texts(gate.arrivals), ['0', 'fresh']);
});

test('cancelling the head frees its place, whether it waits for a retry or for its turn', async () => {
  const queue = queueOf('cancelled');
  const url = world.route('/cancelled', (arrival) => ({
    status: arrival.text === '0' ? 500 : 200,
  }));
  const ids = await enqueue(queue, url, 3, { retries: 3, retryDelay: '3600000' });
  await world.states(ids[0], 'RETRY');
  await world.fence();
  assert.deepEqual(texts(world.at('/cancelled')), ['0']);
  await world.client.messages.cancel(ids[1]);
  assert.equal((await queue.get()).lag, 2);
  await world.client.messages.cancel(ids[0]);
  await world.arrival(ids[2]);
  assert.deepEqual(texts(world.at('/cancelled')), ['0', '2']);
  await lagBecomes(queue, 0);
});

test('a delayed head holds the queue until its time', async () => {
  const queue = queueOf('delayed');
  const url = world.url('/delayed');
  const { messageId } = await queue.enqueue({ url, body: 'late', delay: 1 });
  const { notBefore } = await world.client.messages.get(messageId);
  await queue.enqueue({ url, body: 'next' });
  await world.fence();
  assert.deepEqual(world.at('/delayed'), []);
  const [late, next] = await world.waitAt('/delayed', 2);
  assert.deepEqual([late.text, next.text], ['late', 'next']);
  assert.ok(late.at >= notBefore);
});

test('a message with a queue and a flow control key obeys both', async () => {
  const queue = queueOf('both');
  const gate = world.gate('/both');
  await queue.upsert({ parallelism: 3 });
  const flowControl = { key: 'both-key', parallelism: 1 };
  await enqueue(queue, gate.url, 4, { flowControl });
  await gate.waitFor(1);
  await world.fence();
  assert.equal(gate.waiting.length, 1);
  for (let i = 0; i < 4; ++i) {
    await gate.waitFor(1);
    gate.release();
  }
  await lagBecomes(queue, 0);
  assert.deepEqual(texts(gate.arrivals), ['0', '1', '2', '3']);
  assert.equal(gate.peak, 1);
});

test('queues do not wait for each other', async () => {
  const gate = world.gate('/stuck');
  await queueOf('stuck').enqueue({ url: gate.url });
  await gate.waitFor(1);
  const { messageId } = await queueOf('free').enqueue({ url: world.url('/free') });
  await world.arrival(messageId);
  gate.open();
});

test('deduplication holds in a queue too', async () => {
  const queue = queueOf('deduplicated');
  await queue.upsert({ paused: true });
  const request = { url: world.url('/once'), body: 'x', deduplicationId: 'queued-once' };
  const first = await queue.enqueue(request);
  const second = await queue.enqueue(request);
  assert.equal(second.messageId, first.messageId);
  assert.equal(second.deduplicated, true);
  assert.equal((await queue.get()).lag, 1);
  await queue.delete();
});

test('a URL group is enqueued one message per endpoint, in their order', async () => {
  const endpoints = ['/queued-a', '/queued-b', '/queued-c'].map((path) => ({
    url: world.url(path),
  }));
  await world.client.urlGroups.addEndpoints({ name: 'queued-group', endpoints });
  const queue = queueOf('of-a-group');
  await queue.upsert({ paused: true });
  const answers = await queue.enqueueJSON({ urlGroup: 'queued-group', body: { a: 1 } });
  assert.deepEqual(
    answers.map((answer) => answer.url),
    endpoints.map((endpoint) => endpoint.url),
  );
  assert.equal((await queue.get()).lag, 3);
  await queue.resume();
  for (const { messageId } of answers) await world.arrival(messageId);
  const order = world.destination.arrivals
    .filter((arrival) => arrival.path.startsWith('/queued-'))
    .map((arrival) => arrival.path);
  assert.deepEqual(order, ['/queued-a', '/queued-b', '/queued-c']);
});

test('a message in a queue cannot be run now', async () => {
  const queue = queueOf('not-now');
  await queue.upsert({ paused: true });
  const { messageId } = await queue.enqueue({ url: world.url('/not-now') });
  const response = await world.broker.request(`/v2/messages/${messageId}/retry`, {
    method: 'POST',
  });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error, /queue/);
  await queue.delete();
});

test('what cannot be is refused', async () => {
  const bad = queueOf('not a name!');
  await refused(400, /queue/i, bad.upsert({}));
  await refused(400, /queue/i, bad.enqueue({ url: world.url('/never') }));
  await refused(400, /parallelism/, queueOf('zero').upsert({ parallelism: 0 }));
  await refused(400, /parallelism/, queueOf('zero').upsert({ parallelism: -1 }));
  for (const call of ['get', 'pause', 'resume']) {
    await refused(404, /^queue nobody not found$/, queueOf('nobody')[call]());
  }
  await queueOf('nobody').delete();
  const broken = await world.broker.request('/v2/queues', { method: 'POST', body: '{' });
  assert.equal(broken.status, 400);
});

test('the older spelling with one queue in the path is an alias', async () => {
  await queueOf('singular').upsert({ parallelism: 2 });
  const answer = await world.broker.json('/v2/queue/singular');
  assert.deepEqual(answer, await queueOf('singular').get());
});
