import assert from 'node:assert/strict';
import { after, beforeEach, before, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, refused } from './world.mjs';

let world;
let broken;
before(async () => {
  world = await World.open();
  broken = world.route('/broken', () => ({
    status: 404,
    headers: { 'Content-Type': 'text/plain', 'X-Why': 'gone' },
    body: '404 Not Found',
  }));
});
after(() => world.close());

const everything = () => world.client.dlq.listMessages({ count: 100 });

beforeEach(async () => {
  let cursor;
  do ({ cursor } = await world.client.dlq.delete({ all: true, cursor }));
  while (cursor);
  assert.deepEqual((await everything()).messages, []);
});

/** Publishes `count` messages that end in the dead letter queue; their entries, oldest first. */
async function fail(count, options = {}) {
  const ids = [];
  for (let i = 0; i < count; ++i) {
    const { messageId } = await world.client.publishJSON({
      url: broken,
      body: { i },
      retries: 0,
      ...options,
    });
    await world.deadLetters({ messageId });
    ids.push(messageId);
  }
  const letters = [];
  for (const messageId of ids) letters.push((await world.deadLetters({ messageId }))[0]);
  return letters;
}

test('a dead letter tells the message and the last response', async () => {
  const before = Date.now();
  const [letter] = await fail(1, { headers: { 'X-Trace': 'abc' }, label: 'orders', method: 'PUT' });
  assert.match(letter.dlqId, /^\d+-\d+$/);
  assert.ok(Number(letter.dlqId.split('-')[0]) >= before);
  assert.equal(letter.responseStatus, 404);
  assert.equal(letter.responseBody, '404 Not Found');
  assert.deepEqual(letter.responseHeader['X-Why'], ['gone']);
  assert.equal(letter.url, broken);
  assert.equal(letter.method, 'PUT');
  assert.equal(letter.body, '{"i":0}');
  assert.deepEqual(letter.header, { 'Content-Type': ['application/json'], 'X-Trace': ['abc'] });
  assert.equal(letter.label, 'orders');
  assert.equal(letter.maxRetries, 0);
  assert.equal(typeof letter.createdAt, 'number');
  assert.equal(typeof letter.notBefore, 'number');
  const alone = await world.broker.json(`/v2/dlq/${letter.dlqId}`);
  assert.equal(alone.dlqId, letter.dlqId);
  assert.equal(alone.messageId, letter.messageId);
});

test('a destination that refuses the connection leaves status 0', async () => {
  const [letter] = await fail(1, { url: 'http://127.0.0.1:1/nobody' });
  assert.equal(letter.responseStatus, 0);
  assert.equal(letter.responseBody, undefined);
});

test('filters find what they name, and several are joined by and', async () => {
  const [red] = await fail(1, { label: 'red' });
  const [blue] = await fail(1, { label: ['blue', 'sea'], url: 'http://127.0.0.1:1/nobody' });
  const found = async (filter) =>
    (await world.client.dlq.listMessages({ filter })).messages.map((letter) => letter.dlqId);

  assert.deepEqual(await found({}), [red.dlqId, blue.dlqId], 'oldest first');
  assert.deepEqual(await found({ messageId: red.messageId }), [red.dlqId]);
  assert.deepEqual(await found({ label: 'red' }), [red.dlqId]);
  assert.deepEqual(await found({ label: 'sea' }), [blue.dlqId]);
  assert.deepEqual(await found({ label: ['red', 'blue'] }), [red.dlqId, blue.dlqId]);
  assert.deepEqual(await found({ url: broken }), [red.dlqId]);
  assert.deepEqual(await found({ responseStatus: 404 }), [red.dlqId]);
  assert.deepEqual(await found({ responseStatus: 999 }), []);
  assert.deepEqual(await found({ callerIp: '127.0.0.1' }), [red.dlqId, blue.dlqId]);
  assert.deepEqual(await found({ callerIp: '10.0.0.1' }), []);
  assert.deepEqual(await found({ label: 'blue', url: broken }), []);
  const [redTime, blueTime] = [red, blue].map((letter) => Number(letter.dlqId.split('-')[0]));
  assert.deepEqual(await found({ fromDate: redTime, toDate: blueTime }), [red.dlqId, blue.dlqId]);
  assert.deepEqual(await found({ fromDate: Date.now() + 60_000 }), []);
  assert.deepEqual(await found({ toDate: redTime - 1 }), []);
  assert.deepEqual(await found({ order: 'latestFirst' }), [blue.dlqId, red.dlqId]);
  const byIds = await world.client.dlq.listMessages({ dlqIds: [blue.dlqId] });
  assert.deepEqual(
    byIds.messages.map((letter) => letter.dlqId),
    [blue.dlqId],
  );
});

test('filters by where a message came from: queue, group, schedule, flow control key', async () => {
  await world.client.urlGroups.addEndpoints({ name: 'dead', endpoints: [{ url: broken }] });
  const ways = {
    queueName: { queueName: 'dead-queue' },
    urlGroup: { url: undefined, urlGroup: 'dead' },
    flowControlKey: { flowControl: { key: 'dead-key', parallelism: 1 } },
  };
  const made = {};
  for (const [name, options] of Object.entries(ways)) {
    const [answer] = await world.client.batchJSON([
      { url: broken, body: { name }, retries: 0, ...options },
    ]);
    made[name] = [answer].flat()[0].messageId;
    await world.deadLetters({ messageId: made[name] });
  }
  const { scheduleId } = await world.client.schedules.create({
    destination: broken,
    cron: '@every 1s',
    retries: 0,
  });
  [{ messageId: made.scheduleId }] = await world.deadLetters({ scheduleId });
  await world.client.schedules.delete(scheduleId);
  await until('every run has failed', async () => {
    const { logs } = await world.client.logs({ filter: { scheduleId }, count: 1000 });
    const count = (state) => logs.filter((row) => row.state === state).length;
    return count('CREATED') === count('FAILED');
  });
  const values = {
    queueName: 'dead-queue',
    urlGroup: 'dead',
    flowControlKey: 'dead-key',
    scheduleId,
  };
  for (const [name, value] of Object.entries(values)) {
    for (const given of [value, ['nobody', value]]) {
      const { messages } = await world.client.dlq.listMessages({ filter: { [name]: given } });
      assert.ok(
        messages.some((letter) => letter.messageId === made[name]),
        name,
      );
      for (const letter of messages) assert.equal(letter[name], value);
    }
    const filter = { [name]: 'nobody' };
    assert.deepEqual((await world.client.dlq.retry({ filter })).responses, [], name);
    assert.deepEqual(await world.client.dlq.delete({ filter }), { deleted: 0 }, name);
  }
  const both = { queueName: 'dead-queue', urlGroup: 'dead' };
  assert.deepEqual((await world.client.dlq.listMessages({ filter: both })).messages, []);
  assert.deepEqual(await world.client.dlq.delete({ filter: { queueName: 'dead-queue' } }), {
    deleted: 1,
  });
  for (const name of ['host', 'path']) {
    await refused(
      400,
      new RegExp(name),
      world.client.dlq.listMessages({ filter: { [name]: 'x' } }),
    );
  }
});

test('a retry keeps everything that the message had', async () => {
  let healed = false;
  const url = world.route('/keeps', () => ({ status: healed ? 200 : 500 }));
  const [letter] = await fail(1, {
    url,
    method: 'PATCH',
    label: ['a', 'b'],
    timeout: 20,
    retryDelay: '1000',
    callback: world.url('/keeps-callback'),
    failureCallback: world.url('/keeps-failure'),
    flowControl: { key: 'keeps', parallelism: 2, rate: 9, period: 60 },
    deduplicationId: 'keeps-once',
  });
  healed = true;
  const { responses } = await world.client.dlq.retry(letter.dlqId);
  assert.notEqual(responses[0].deduplicated, true, 'a retry is no duplicate');
  const message = await world.client.messages.get(responses[0].messageId);
  for (const name of [
    'url',
    'method',
    'header',
    'body',
    'labels',
    'timeout',
    'retryDelayExpression',
    'maxRetries',
    'callback',
    'failureCallback',
    'flowControlKey',
    'parallelism',
    'rate',
    'period',
  ]) {
    assert.deepEqual(message[name], letter[name], name);
  }
  await world.arrival(responses[0].messageId);
  await world.callbackBodies('/keeps-callback', responses[0].messageId);
});

test('all of them in pages: retry and delete go on until there is no cursor', async () => {
  let healed = false;
  const url = world.route('/many', () => ({ status: healed ? 200 : 500 }));
  await fail(5, { url });
  healed = true;
  const retried = [];
  let cursor;
  let pages = 0;
  do {
    const page = await world.client.dlq.retry({ all: true, count: 2, cursor });
    assert.ok(page.responses.length <= 2);
    retried.push(...page.responses.map((response) => response.messageId));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 10);
  assert.equal(new Set(retried).size, 5);
  assert.deepEqual((await everything()).messages, []);
  for (const id of retried) await world.arrival(id);
});

test('bodies may be left out of the list', async () => {
  await fail(1);
  const [letter] = (await world.broker.json('/v2/dlq?trimBody=0')).messages;
  assert.ok(!letter.body, 'the body');
  assert.ok(!letter.responseBody, 'the body of the response');
  assert.equal(letter.responseStatus, 404);
});

test('the older paths of the dead letter queue are aliases', async () => {
  const [letter, other] = await fail(2);
  const listed = await world.broker.json('/v2/dlq/messages');
  assert.deepEqual(
    listed.messages.map((entry) => entry.dlqId),
    [letter.dlqId, other.dlqId],
  );
  const again = await world.broker.request(`/v2/dlq/messages/${letter.dlqId}/republish`, {
    method: 'POST',
  });
  assert.equal(again.status, 201);
  const deleted = await world.broker.request(`/v2/dlq/messages/${other.dlqId}`, {
    method: 'DELETE',
  });
  assert.equal(deleted.status, 200);
  await world.deadLetters({ messageId: (await again.json()).messageId });
});

test('pages follow each other without gap or overlap, and the last has no cursor', async () => {
  const letters = await fail(7);
  const seen = [];
  let cursor;
  let pages = 0;
  do {
    const page = await world.client.dlq.listMessages({ count: 3, cursor });
    assert.ok(page.messages.length <= 3);
    seen.push(...page.messages.map((letter) => letter.dlqId));
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 10);
  assert.deepEqual(
    seen,
    letters.map((letter) => letter.dlqId),
  );
  assert.equal(pages, 3);
});

test('delete removes one, and a second time is 404', async () => {
  const [letter, other] = await fail(2);
  assert.deepEqual(await world.client.dlq.delete(letter.dlqId), { deleted: 1 });
  await refused(404, /not found/, world.client.dlq.delete(letter.dlqId));
  assert.equal((await world.broker.request(`/v2/dlq/${letter.dlqId}`)).status, 404);
  assert.deepEqual(
    (await everything()).messages.map((left) => left.dlqId),
    [other.dlqId],
  );
});

test('deleteMany and delete by ids, by filter and of all, tell how many', async () => {
  const letters = await fail(3);
  const label = await fail(2, { label: 'chosen' });
  assert.deepEqual(
    await world.client.dlq.deleteMany({ dlqIds: letters.slice(0, 2).map((l) => l.dlqId) }),
    {
      deleted: 2,
    },
  );
  const again = await world.client.dlq.delete([letters[0].dlqId, letters[2].dlqId]);
  assert.deepEqual(again, { deleted: 1 }, 'ids that are gone are ignored');
  assert.deepEqual(await world.client.dlq.delete({ filter: { label: 'nobody' } }), { deleted: 0 });
  assert.equal(
    (await world.client.dlq.delete({ filter: { label: 'chosen' }, count: 1 })).deleted,
    1,
  );
  assert.equal(
    (await world.client.dlq.delete({ filter: { label: 'chosen' } })).deleted,
    label.length - 1,
  );
  assert.deepEqual((await everything()).messages, []);
  await fail(1);
  assert.deepEqual(await world.client.dlq.delete({ all: true }), { deleted: 1 });
});

test('a bulk delete by ids may carry them in a JSON body', async () => {
  const letters = await fail(2);
  const answer = await world.broker.json('/v2/dlq', {
    method: 'DELETE',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ dlqIds: letters.map((letter) => letter.dlqId) }),
  });
  assert.equal(answer.deleted, 2);
});

test('an unknown filter is refused, and deletes nothing', async () => {
  await fail(1);
  await refused(400, /labeel/, world.client.dlq.delete({ filter: { labeel: 'x' } }));
  assert.equal((await everything()).messages.length, 1);
});

test('retry publishes anew and removes the entry', async () => {
  let healed = false;
  const url = world.route('/heals', () => ({ status: healed ? 200 : 500 }));
  const [letter] = await fail(1, {
    url,
    body: { original: true },
    headers: { 'X-Trace': 'abc' },
    label: 'again',
  });
  healed = true;
  const { responses } = await world.client.dlq.retry(letter.dlqId);
  assert.equal(responses.length, 1);
  assert.notEqual(responses[0].messageId, letter.messageId);
  const arrival = await world.arrival(responses[0].messageId);
  assert.equal(arrival.text, '{"original":true}');
  assert.equal(arrival.headers['x-trace'], 'abc');
  assert.equal(arrival.headers['upstash-retried'], '0');
  assert.deepEqual((await everything()).messages, []);
  assert.deepEqual((await world.client.messages.get(responses[0].messageId)).labels, ['again']);
});

test('retry by ids and by filter, and nothing for no match', async () => {
  let healed = false;
  const url = world.route('/heals-later', () => ({ status: healed ? 200 : 500 }));
  const letters = await fail(3, { url, label: 'later' });
  healed = true;
  const byIds = await world.client.dlq.retry({ dlqIds: [letters[0].dlqId] });
  assert.equal(byIds.responses.length, 1);
  assert.equal(byIds.cursor, undefined);
  const byFilter = await world.client.dlq.retry({ filter: { label: 'later' } });
  assert.equal(byFilter.responses.length, 2);
  for (const { messageId } of [...byIds.responses, ...byFilter.responses])
    await world.arrival(messageId);
  for (const filter of [
    { label: 'nobody' },
    { url: 'http://nowhere.test/' },
    { responseStatus: 999 },
    { callerIp: '10.1.1.1' },
    { fromDate: Date.now() + 3_600_000 },
    { messageId: 'msg_none' },
  ]) {
    const { responses } = await world.client.dlq.retry({ filter });
    assert.deepEqual(responses, [], JSON.stringify(filter));
  }
});

test('a retry of one entry takes new settings from its headers, and sends what was redacted', async () => {
  let healed = false;
  const url = world.route('/secret', () => ({ status: healed ? 200 : 500 }));
  const [letter] = await fail(1, { url, body: { card: '4111' }, redact: { body: true } });
  assert.match(letter.body, /^REDACTED:[0-9a-f]{64}$/);
  const retry = (headers) =>
    world.broker.request(`/v2/dlq/retry/${letter.dlqId}`, { method: 'POST', headers });
  const response = await retry({ 'Upstash-Retries': '7', 'Upstash-Delay': '1h' });
  assert.equal(response.status, 201);
  const { messageId } = await response.json();
  const message = await world.client.messages.get(messageId);
  assert.equal(message.maxRetries, 7);
  assert.equal(message.notBefore - message.createdAt, 3_600_000);
  assert.match(message.body, /^REDACTED:/);
  healed = true;
  await world.broker.request(`/v2/messages/${messageId}/retry`, { method: 'POST' });
  assert.equal((await world.arrival(messageId)).text, '{"card":"4111"}');
  assert.equal((await retry({})).status, 404);
});
