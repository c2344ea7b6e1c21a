import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World } from './world.mjs';

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const logsOf = async (filter, options = {}) =>
  (await world.client.logs({ filter, ...options })).logs;

test('a delivered message has three rows, newest first, at times that never go back', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/story'),
    body: { a: 1 },
    headers: { 'X-Trace': 'abc' },
    label: 'story',
  });
  assert.deepEqual(await world.states(messageId, 'DELIVERED'), ['CREATED', 'ACTIVE', 'DELIVERED']);
  const rows = await logsOf({ messageId });
  for (let i = 1; i < rows.length; ++i) assert.ok(rows[i - 1].time >= rows[i].time);
  for (const row of rows) {
    assert.equal(row.messageId, messageId);
    assert.equal(row.url, world.url('/story'));
    assert.equal(row.method, 'POST');
    assert.equal(row.maxRetries, 3);
    assert.equal(row.label, 'story');
    assert.deepEqual(row.header['X-Trace'], ['abc']);
    assert.equal(Buffer.from(row.body, 'base64').toString(), '{"a":1}');
  }
});

test('an error row tells the response, and a retry row the next time', async () => {
  const url = world.route('/down', () => ({
    status: 503,
    headers: { 'X-Why': 'load' },
    body: 'down',
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 1,
    retryDelay: '3600000 + 0 * retried',
  });
  assert.deepEqual(await world.states(messageId, 'RETRY'), ['CREATED', 'ACTIVE', 'ERROR', 'RETRY']);
  const [retry, error] = await logsOf({ messageId });
  assert.equal(error.responseStatus, 503);
  assert.equal(Buffer.from(error.responseBody, 'base64').toString(), 'down');
  assert.deepEqual(error.responseHeaders['X-Why'], ['load']);
  assert.deepEqual(error.responseHeader['X-Why'], ['load']);
  assert.equal(error.retryDelayExpression, '3600000 + 0 * retried');
  assert.equal(error.retryDelayExpr, '3600000 + 0 * retried');
  assert.ok(retry.nextDeliveryTime >= error.time + 3_600_000);
  await world.client.messages.cancel(messageId);
});

test('filters by state, url, label, host, path, ids and dates', async () => {
  const label = 'filtered';
  const publish = (path) => world.client.publishJSON({ url: world.url(path), body: {}, label });
  const { messageId: one } = await publish('/one?x=1');
  const { messageId: two } = await publish('/two');
  for (const id of [one, two]) await world.states(id, 'DELIVERED');
  const ids = async (filter) =>
    new Set((await logsOf({ label, ...filter })).map((row) => row.messageId));

  assert.deepEqual(await ids({}), new Set([one, two]));
  assert.deepEqual(await ids({ url: world.url('/one?x=1') }), new Set([one]));
  assert.deepEqual(
    await ids({ url: [world.url('/one?x=1'), world.url('/two')] }),
    new Set([one, two]),
  );
  assert.deepEqual(await ids({ path: '/two' }), new Set([two]));
  assert.deepEqual(await ids({ host: 'nowhere.test' }), new Set());
  assert.deepEqual(await ids({ callerIp: '127.0.0.1' }), new Set([one, two]));
  assert.deepEqual(await ids({ label: 'nobody' }), new Set());
  assert.deepEqual(await ids({ fromDate: Date.now() + 60_000 }), new Set());
  assert.deepEqual(
    await ids({ fromDate: Date.now() - 60_000, toDate: Date.now() }),
    new Set([one, two]),
  );
  assert.equal((await logsOf({ label, state: 'DELIVERED' })).length, 2);
  assert.equal((await logsOf({ messageId: one, state: 'DELIVERED' })).length, 1);
  assert.equal((await logsOf({ messageId: one, state: 'FAILED' })).length, 0);
  const byIds = await world.client.logs({ messageIds: [one, two] });
  assert.deepEqual(new Set(byIds.logs.map((row) => row.messageId)), new Set([one, two]));
  const oldest = await logsOf({ label, order: 'earliestFirst' });
  assert.deepEqual(
    oldest.map((row) => row.time),
    oldest.map((row) => row.time).sort((a, b) => a - b),
  );
  assert.equal(oldest[0].state, 'CREATED');
});

test('filters by queue, group and flow control key, also several values of one', async () => {
  await world.client.urlGroups.addEndpoints({
    name: 'logged-group',
    endpoints: [{ name: 'logged-endpoint', url: world.url('/logged') }],
  });
  const url = world.url('/logged');
  const [queued, [grouped], flowing] = await world.client.batchJSON([
    { url, body: 1, queueName: 'logged-queue' },
    { urlGroup: 'logged-group', body: 2 },
    { url, body: 3, flowControl: { key: 'logged-key', rate: 5, period: 60, parallelism: 2 } },
  ]);
  for (const { messageId } of [queued, grouped, flowing]) {
    await world.states(messageId, 'DELIVERED');
  }
  for (const [name, value, { messageId }] of [
    ['queueName', 'logged-queue', queued],
    ['urlGroup', 'logged-group', grouped],
    ['flowControlKey', 'logged-key', flowing],
  ]) {
    for (const given of [value, ['nobody', value]]) {
      const rows = await logsOf({ [name]: given });
      assert.deepEqual(
        rows.map((row) => [row.messageId, row[name], row.state]),
        ['DELIVERED', 'ACTIVE', 'CREATED'].map((state) => [messageId, value, state]),
      );
    }
    assert.deepEqual(await logsOf({ [name]: 'nobody' }), []);
  }
  assert.deepEqual(await logsOf({ queueName: 'logged-queue', urlGroup: 'logged-group' }), []);
  assert.equal((await logsOf({ topicName: 'logged-group' })).length, 3, 'the older name');
  const [row] = await logsOf({ flowControlKey: 'logged-key' });
  assert.equal(row.rate, 5);
  assert.equal(row.parallelism, 2);
  assert.equal(row.period, 60);
  const [ofGroup] = await logsOf({ urlGroup: 'logged-group' });
  assert.equal(ofGroup.endpointName, 'logged-endpoint');
});

test('IN_PROGRESS finds what is under way or waits for a retry', async () => {
  const gate = world.gate('/in-progress');
  const label = 'in-progress';
  const running = await world.client.publish({ url: gate.url, label });
  await gate.waitFor(1);
  const url = world.route('/in-retry', () => ({ status: 500 }));
  const retrying = await world.client.publish({ url, label, retries: 1, retryDelay: '3600000' });
  await world.states(retrying.messageId, 'RETRY');
  const done = await world.client.publish({ url: world.url('/done'), label });
  await world.states(done.messageId, 'DELIVERED');
  const rows = await logsOf({ label, state: 'IN_PROGRESS' });
  assert.deepEqual(
    new Set(rows.map((row) => row.messageId)),
    new Set([running.messageId, retrying.messageId]),
  );
  gate.open();
  await world.client.messages.cancel(retrying.messageId);
});

test('pages follow each other without gap or overlap, and the last has no cursor', async () => {
  const label = 'paged';
  const published = [];
  for (let i = 0; i < 8; ++i) {
    published.push(
      await world.client.publishJSON({ url: world.url('/paged'), body: { i }, label }),
    );
  }
  for (const { messageId } of published) await world.states(messageId, 'DELIVERED');
  const whole = await world.client.logs({ filter: { label } });
  assert.equal(whole.cursor, undefined);
  assert.equal(whole.logs.length, 24);
  const rows = [];
  let cursor;
  let pages = 0;
  do {
    const page = await world.client.logs({ filter: { label }, count: 5, cursor });
    assert.ok(page.logs.length <= 5);
    rows.push(...page.logs);
    cursor = page.cursor;
    pages += 1;
  } while (cursor !== undefined && pages < 20);
  assert.deepEqual(rows, whole.logs);
});

test('both paths tell the same, each under the key its readers want', async () => {
  const { messageId } = await world.client.publishJSON({ url: world.url('/keys'), body: {} });
  await world.states(messageId, 'DELIVERED');
  const events = await world.broker.json(`/v2/events?messageId=${messageId}`);
  const logs = await world.broker.json(`/v2/logs?messageId=${messageId}`);
  assert.equal(events.events.length, 3);
  assert.deepEqual(logs.logs, events.events);
  assert.deepEqual(logs.events, events.events);
  const grouped = await world.broker.json('/v2/logs?groupBy=messageId&trimBody=0');
  const group = grouped.messages.find((entry) => entry.messageId === messageId);
  assert.equal(group.events.length, 3);
});

test('a living message is told of too, and the events call is the same as logs', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/waiting'),
    body: {},
    delay: 60,
  });
  const { events } = await world.client.events({ filter: { messageId } });
  assert.deepEqual(
    events.map((row) => row.state),
    ['CREATED'],
  );
  const message = await world.client.messages.get(messageId);
  assert.equal(events[0].nextDeliveryTime, message.notBefore);
  await world.client.messages.cancel(messageId);
});
