import assert from 'node:assert/strict';
import { after, beforeEach, before, test } from 'node:test';

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
