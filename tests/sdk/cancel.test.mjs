// Cancelling many messages at a time, and the bulk actions that remember it.
import assert from 'node:assert/strict';
import { after, beforeEach, before, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, refused } from './world.mjs';

let world;
let messages;
before(async () => {
  world = await World.open();
  messages = world.client.messages;
});
after(() => world.close());
beforeEach(async () => {
  await messages.cancel({ all: true });
});

/** Publishes messages that wait for an hour; their ids. */
async function waiting(count, options = {}) {
  const requests = Array.from({ length: count }, (_, n) => ({
    url: world.url('/never'),
    body: { n },
    delay: '1h',
    ...options,
  }));
  const answers = await world.client.batchJSON(requests);
  return answers.flat().map((answer) => answer.messageId);
}

const isGone = (id) => refused(404, /not found/, messages.cancel(id));
const remove = async (query, options = {}) => {
  const response = await world.broker.request(`/v2/messages${query}`, {
    method: 'DELETE',
    ...options,
  });
  return { status: response.status, body: await response.json() };
};
const json = (body) => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

test('by ids: the exact number, whatever is unknown or gone', async () => {
  const ids = await waiting(3);
  assert.deepEqual(await messages.cancel(ids.slice(0, 2)), { cancelled: 2 });
  assert.deepEqual(await messages.cancel([...ids.slice(0, 2), 'msg_unknown']), { cancelled: 0 });
  assert.deepEqual(await messages.cancel([]), { cancelled: 0 }, 'the SDK asks nobody');
  assert.deepEqual(await messages.cancel({ messageIds: [ids[2], ids[2]] }), { cancelled: 1 });
  for (const id of ids) await isGone(id);
  await world.states(ids[0], 'CANCELED');
});

test('all of them, by each of the names it had', async () => {
  await waiting(3);
  assert.deepEqual(await messages.cancel({ all: true }), { cancelled: 3 });
  assert.deepEqual(await messages.cancel({ all: true }), { cancelled: 0 });
  await waiting(2);
  assert.equal(await messages.deleteAll(), 2);
  const ids = await waiting(3);
  assert.equal(await messages.deleteMany(ids.slice(0, 2)), 2);
  assert.equal(await messages.deleteMany([ids[2]]), 1);
});

test('one call cancels all that match, however many', async () => {
  const ids = await waiting(250, { label: 'many' });
  const [kept] = await waiting(1, { label: 'few' });
  assert.deepEqual(await messages.cancel({ filter: { label: 'many' } }), { cancelled: 250 });
  await isGone(ids[0]);
  await isGone(ids[249]);
  assert.deepEqual(await messages.cancel(kept), { cancelled: 1 });
});

test('a small count is honoured, as it was; a large one is no limit', async () => {
  await waiting(6, { label: 'counted' });
  const filter = { label: 'counted' };
  assert.deepEqual(await messages.cancel({ filter, count: 1 }), { cancelled: 1 });
  assert.deepEqual(await messages.cancel({ all: true, count: 2 }), { cancelled: 2 });
  assert.deepEqual(await messages.cancel({ filter, count: 1000 }), { cancelled: 3 });
});

test('every filter, alone and together', async () => {
  await world.client.urlGroups.addEndpoints({
    name: 'group',
    endpoints: [{ url: world.url('/group') }],
  });
  await world.client.queue({ queueName: 'queue' }).upsert({ paused: true });
  const host = `127.0.0.1:${world.destination.port}`;
  const kinds = {
    url: { filter: { url: world.url('/by-url?x=1') }, options: { url: world.url('/by-url?x=1') } },
    urlGroup: { filter: { urlGroup: 'group' }, options: { url: undefined, urlGroup: 'group' } },
    queueName: { filter: { queueName: 'queue' }, options: { queueName: 'queue' } },
    path: { filter: { path: '/by-path' }, options: { url: world.url('/by-path?y=2') } },
    label: { filter: { label: 'red' }, options: { label: ['blue', 'red'] } },
    flowControlKey: {
      filter: { flowControlKey: 'key' },
      options: { flowControl: { key: 'key', rate: 1 } },
    },
  };
  for (const [name, { filter, options }] of Object.entries(kinds)) {
    const [other] = await waiting(1, { label: 'other' });
    const ids = await waiting(2, options);
    const value = filter[name];
    const nobody = { [name]: ['nobody', 'else'] };
    assert.deepEqual(await messages.cancel({ filter: nobody }), { cancelled: 0 }, name);
    const wrong = { [name]: value, label: 'no such label' };
    assert.deepEqual(
      await messages.cancel({ filter: wrong }),
      { cancelled: 0 },
      `${name} and label`,
    );
    const either = { [name]: ['nobody', value] };
    assert.deepEqual(await messages.cancel({ filter: either }), { cancelled: 2 }, name);
    for (const id of ids) await isGone(id);
    assert.deepEqual(await messages.cancel(other), { cancelled: 1 }, 'the other is still there');
  }
  await waiting(2);
  for (const [filter, cancelled] of [
    [{ host: 'nowhere.test' }, 0],
    [{ callerIp: '10.1.1.1' }, 0],
    [{ toDate: Date.now() - 3_600_000 }, 0],
    [{ fromDate: Date.now() + 3_600_000 }, 0],
    [{ fromDate: new Date(Date.now() - 60_000), toDate: new Date(Date.now() + 60_000) }, 2],
  ]) {
    assert.deepEqual(await messages.cancel({ filter }), { cancelled }, JSON.stringify(filter));
  }
  await waiting(1);
  assert.deepEqual(await messages.cancel({ filter: { callerIp: '127.0.0.1' } }), { cancelled: 1 });
  // Whether a host is written with its port is not told anywhere: both find it.
  for (const name of [host, '127.0.0.1']) {
    await waiting(1);
    assert.deepEqual(await messages.cancel({ filter: { host: name } }), { cancelled: 1 }, name);
  }
});

test('by the schedule that made them', async () => {
  const { scheduleId } = await world.client.schedules.create({
    destination: world.url('/never'),
    cron: '@every 1s',
    delay: '1h',
  });
  await until('a run', async () => {
    const { logs } = await world.client.logs({ filter: { scheduleId } });
    return logs.length > 0;
  });
  await world.client.schedules.delete(scheduleId);
  await waiting(1);
  const { cancelled } = await messages.cancel({ filter: { scheduleId } });
  assert.ok(cancelled >= 1);
  assert.deepEqual(await messages.cancel({ all: true }), { cancelled: 1 });
});

test('what is under way is counted too, ends its attempt, and is not tried again', async () => {
  const gate = world.gate('/under-way');
  const { messageId } = await world.client.publish({ url: gate.url, retries: 3, retryDelay: '1' });
  await gate.waitFor(1);
  assert.deepEqual(await messages.cancel({ filter: { path: '/under-way' } }), { cancelled: 1 });
  gate.release({ status: 500 });
  await world.states(messageId, 'CANCELED');
  assert.equal(gate.arrivals.length, 1);
});

test('finished messages are never counted', async () => {
  const { messageId } = await world.client.publish({ url: world.url('/done'), label: 'done' });
  await world.states(messageId, 'DELIVERED');
  assert.deepEqual(await messages.cancel({ filter: { label: 'done' } }), { cancelled: 0 });
  assert.deepEqual(await messages.cancel([messageId]), { cancelled: 0 });
});

test('filters may come in a JSON body, as other clients send them', async () => {
  const ids = await waiting(3, { label: 'body' });
  const byIds = await remove('', json({ messageIds: [ids[0], 'msg_unknown'] }));
  assert.deepEqual(byIds, { status: 202, body: { cancelled: 1 } });
  assert.equal((await remove('', json({ label: ['nobody', 'body'] }))).body.cancelled, 2);
  await waiting(2);
  assert.equal((await remove('', json({ queueName: 'nobody' }))).body.cancelled, 0);
  assert.equal((await remove('')).body.cancelled, 2, 'no filter is all');
  await waiting(2);
  assert.equal((await remove('', json(null))).body.cancelled, 2, 'null is none');
  await waiting(2, { label: 'slash' });
  assert.equal((await remove('/?label=slash')).body.cancelled, 2, 'a slash at the end is none');
  const [one, two] = await waiting(2);
  const list = await remove(`?messageIds=${one},${two}`);
  assert.equal(list.body.cancelled, 2, 'a list with commas is the repeated parameter');
});

test('what nobody knows is refused, and cancels nothing', async () => {
  await waiting(1);
  await refused(400, /labeel/, messages.cancel({ filter: { labeel: 'x' } }));
  assert.equal((await remove('', json({ labeel: 'x' }))).status, 400);
  assert.equal((await remove('?fromDate=yesterday')).status, 400);
  assert.equal((await remove('', { body: '{' })).status, 400);
  assert.deepEqual(await messages.cancel({ all: true }), { cancelled: 1 });
});

test('async answers at once with an action that tells its progress', async () => {
  const ids = await waiting(120, { label: 'async' });
  const { status, body } = await remove('?label=async&label=nobody&async=true');
  assert.equal(status, 202);
  assert.equal(body.cancelled, 120);
  assert.equal(typeof body.actionId, 'string');
  const action = await until('the action is finished', async () => {
    const state = await world.broker.json(`/v2/bulkActions/${body.actionId}`);
    return state.state === 'FINISHED' && state;
  });
  assert.equal(action.actionId, body.actionId);
  assert.equal(action.kind, 'cancel');
  assert.equal(action.total, 120);
  assert.equal(action.processed, 120);
  assert.ok(action.completedAt >= action.createdAt);
  assert.deepEqual(action.filter, { label: ['async', 'nobody'] });
  for (const id of [ids[0], ids[119]]) await isGone(id);

  const list = await world.broker.json('/v2/bulkActions');
  assert.deepEqual(
    list.bulkActions.find((entry) => entry.actionId === body.actionId),
    action,
  );
});

test('bulk actions come in pages, newest first, and by state', async () => {
  for (let i = 0; i < 5; ++i) {
    await waiting(1, { label: `page-${i}` });
    const { body } = await remove(`?label=page-${i}&async=true`);
    await until('it is finished', async () => {
      const { state } = await world.broker.json(`/v2/bulkActions/${body.actionId}`);
      return state === 'FINISHED';
    });
  }
  const whole = (await world.broker.json('/v2/bulkActions?count=1000')).bulkActions;
  assert.ok(whole.length >= 5);
  const paged = [];
  let cursor = '';
  let pages = 0;
  do {
    const page = await world.broker.json(`/v2/bulkActions?count=2${cursor && `&cursor=${cursor}`}`);
    assert.ok(page.bulkActions.length <= 2);
    paged.push(...page.bulkActions);
    cursor = page.cursor ?? '';
    pages += 1;
  } while (cursor && pages < 100);
  assert.deepEqual(paged, whole);
  const times = whole.map((action) => action.createdAt);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => b - a),
  );
  const running = await world.broker.json('/v2/bulkActions?state=IN_PROGRESS');
  assert.deepEqual(running.bulkActions, []);
  const finished = await world.broker.json('/v2/bulkActions?state=FINISHED&count=1000');
  assert.deepEqual(finished.bulkActions, whole);
  for (const query of ['count=0', 'count=x', 'state=DONE', 'cursor=no%20cursor!']) {
    const response = await world.broker.request(`/v2/bulkActions?${query}`);
    assert.equal(response.status, 400, query);
  }
  assert.equal((await world.broker.request('/v2/bulkActions/unknown')).status, 404);
});
