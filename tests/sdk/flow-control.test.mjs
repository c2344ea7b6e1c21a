import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, refused } from './world.mjs';

let world;
let flow;
before(async () => {
  world = await World.open();
  flow = world.client.flowControl;
});
after(() => world.close());

/** Publishes bodies '0', '1', ... under the key and returns their ids. */
async function publish(url, count, flowControl, options = {}) {
  const ids = [];
  for (let i = 0; i < count; ++i) {
    const request = { url, body: String(i), flowControl, ...options };
    ids.push((await world.client.publish(request)).messageId);
  }
  return ids;
}

const texts = (arrivals) => arrivals.map((arrival) => arrival.text);
const change = (key, action) =>
  world.broker.request(`/v2/flowControl/${key}/${action}`, { method: 'POST' });

/** When the attempts of these messages began, by Godwit's own clock, in order. */
async function starts(filter, count) {
  const rows = await until(`${count} attempts in the log`, async () => {
    const { logs } = await world.client.logs({
      filter: { ...filter, state: 'ACTIVE' },
      count: 1000,
    });
    return logs.length >= count && logs;
  });
  return rows.map((row) => row.time).sort((a, b) => a - b);
}

/** No window of `period` ms, counted from the first start on, has more than `rate` starts. */
function assertRate(times, rate, period) {
  const windows = new Map();
  for (const time of times) {
    const index = Math.floor((time - times[0]) / period);
    windows.set(index, (windows.get(index) ?? 0) + 1);
  }
  for (const [index, count] of windows) assert.ok(count <= rate, `${count} in window ${index}`);
}

test('a message tells the limits it came with, the period in seconds', async () => {
  for (const [flowControl, expected] of [
    [
      { key: 'told', parallelism: 5 },
      { parallelism: 5, rate: undefined, period: 1 },
    ],
    [
      { key: 'told', rate: 3 },
      { parallelism: undefined, rate: 3, period: 1 },
    ],
    [
      { key: 'told', ratePerSecond: 4 },
      { parallelism: undefined, rate: 4, period: 1 },
    ],
    [
      { key: 'told', rate: 10, period: 90 },
      { parallelism: undefined, rate: 10, period: 90 },
    ],
    [
      { key: 'told', parallelism: 2, rate: 10, period: '1h30m3s' },
      { parallelism: 2, rate: 10, period: 5403 },
    ],
    [
      { key: 'told', rate: 1, period: '1d' },
      { parallelism: undefined, rate: 1, period: 86_400 },
    ],
    [
      { key: 'told', rate: 1, period: '7d' },
      { parallelism: undefined, rate: 1, period: 604_800 },
    ],
  ]) {
    const [messageId] = await publish(world.url('/told'), 1, flowControl, { delay: '1h' });
    const message = await world.client.messages.get(messageId);
    assert.equal(message.flowControlKey, 'told');
    const told = {
      parallelism: message.parallelism || undefined,
      rate: message.rate || undefined,
      period: message.period,
    };
    assert.deepEqual(told, expected, JSON.stringify(flowControl));
    assert.equal(message.ratePerSecond || undefined, expected.rate);
    await world.client.messages.cancel(messageId);
  }
});

test('a key is there right after its first publish, with every field', async () => {
  const [messageId] = await publish(world.url('/fields'), 1, {
    key: 'fields',
    parallelism: 5,
    rate: 7,
    period: '1m',
  });
  const key = await flow.get('fields');
  assert.deepEqual(Object.keys(key).sort(), [
    'flowControlKey',
    'isPaused',
    'isPinnedParallelism',
    'isPinnedRate',
    'parallelismCount',
    'parallelismMax',
    'rateCount',
    'rateMax',
    'ratePeriod',
    'ratePeriodStart',
    'waitListSize',
  ]);
  assert.equal(key.flowControlKey, 'fields');
  assert.equal(key.parallelismMax, 5);
  assert.equal(key.rateMax, 7);
  assert.equal(key.ratePeriod, 60);
  assert.equal(key.isPaused, false);
  assert.equal(key.isPinnedParallelism, false);
  assert.equal(key.isPinnedRate, false);
  await world.states(messageId, 'DELIVERED');
  const after = await flow.get('fields');
  assert.equal(after.rateCount, 1);
  assert.equal(after.parallelismCount, 0);
  assert.equal(after.waitListSize, 0);
  assert.ok(Math.abs(after.ratePeriodStart - Date.now() / 1000) < 60, 'Unix seconds');
  await refused(404, /not found/, flow.get('never-seen'));
});

test('parallelism: never more at once, the others wait in the order of their coming', async () => {
  const gate = world.gate('/two');
  const ids = await publish(gate.url, 6, { key: 'two', parallelism: 2 });
  await gate.waitFor(2);
  await world.fence();
  assert.equal(gate.waiting.length, 2);
  const key = await flow.get('two');
  assert.equal(key.parallelismCount, 2);
  assert.equal(key.waitListSize, 4);
  assert.equal(key.rateMax, 0, '0 is not limited');
  assert.equal((await world.states(ids[5], 'CREATED')).length, 1, 'waiting is no row of its own');
  for (let i = 2; i < 6; ++i) {
    gate.release();
    assert.ok(texts(await gate.waitFor(2)).includes(String(i)));
  }
  gate.open();
  for (const id of ids) await world.states(id, 'DELIVERED');
  assert.equal(gate.peak, 2);
  assert.equal((await flow.get('two')).parallelismCount, 0);
});

test('rate: never more than it in one window, none early, the order kept', async () => {
  const rate = 4;
  const period = 1000;
  await publish(world.url('/rate'), 14, { key: 'rate', rate });
  const arrivals = await world.waitAt('/rate', 14);
  const times = await starts({ flowControlKey: 'rate' }, 14);
  assertRate(times, rate, period);
  assert.deepEqual(
    texts(arrivals),
    Array.from({ length: 14 }, (_, i) => String(i)),
  );
  // At best `rate` of them could begin in each window: nothing arrived before it could have begun.
  for (const [i, arrival] of arrivals.entries()) {
    const earliest = times[0] + Math.floor(i / rate) * period;
    assert.ok(arrival.at >= earliest, `${i} came ${earliest - arrival.at} ms early`);
  }
  // And the windows were used: no more of them than needed, each begun in time.
  assert.ok(times[13] - times[0] < 4 * period, `${times[13] - times[0]} ms`);
});

test('rate and parallelism hold together, for messages to different destinations', async () => {
  const gates = [world.gate('/mixed-a'), world.gate('/mixed-b')];
  const flowControl = { key: 'mixed', parallelism: 2, rate: 3, period: '1h' };
  for (let i = 0; i < 6; ++i) await publish(gates[i % 2].url, 1, flowControl);
  const running = () => gates[0].waiting.length + gates[1].waiting.length;
  await until('two are running', () => running() === 2);
  await world.fence();
  assert.equal(running(), 2);
  for (const gate of gates) gate.open();
  await until(
    'three have arrived',
    () => gates[0].arrivals.length + gates[1].arrivals.length === 3,
  );
  await world.fence();
  assert.equal(gates[0].arrivals.length + gates[1].arrivals.length, 3, 'the hour has its three');
  const key = await until('none is running', async () => {
    const state = await flow.get('mixed');
    return state.parallelismCount === 0 && state;
  });
  assert.equal(key.rateCount, 3);
  assert.equal(key.waitListSize, 3);
  assert.equal(
    (await world.client.messages.cancel({ filter: { flowControlKey: 'mixed' } })).cancelled,
    3,
  );
});

test('a retry counts like a first attempt', async () => {
  const url = world.route('/retry-counts', (arrival) => ({
    status: arrival.headers['upstash-retried'] === '0' ? 500 : 200,
  }));
  const flowControl = { key: 'retry-counts', rate: 1, period: 2 };
  const [messageId] = await publish(url, 1, flowControl, { retries: 1, retryDelay: '10' });
  const attempts = await world.destination.waitFor(messageId, { count: 2 });
  const times = await starts({ messageId }, 2);
  assert.ok(times[1] - times[0] >= 2000, `${times[1] - times[0]} ms`);
  assert.ok(attempts[1].at >= times[0] + 2000);
});

test('a rate window survives a kill: a restart admits nobody twice', async (context) => {
  const first = await World.open();
  const url = first.url('/window');
  for (let i = 0; i < 4; ++i) {
    const flowControl = { key: 'window', rate: 2, period: '1h', parallelism: 10 };
    await first.client.publish({ url, body: String(i), flowControl });
  }
  await first.waitAt('/window', 2);
  const { logs } = await until('both are delivered', async () => {
    const page = await first.client.logs({ filter: { state: 'DELIVERED' } });
    return page.logs.length === 2 && page;
  });
  assert.equal(logs.length, 2);
  const before = await first.client.flowControl.get('window');
  await first.broker.kill();
  const second = await World.open({ dataDir: first.broker.dataDir });
  context.after(() => second.close());
  context.after(() => first.destination.stop());
  await second.fence();
  const after = await second.client.flowControl.get('window');
  assert.equal(after.rateCount, 2);
  assert.equal(after.ratePeriodStart, before.ratePeriodStart);
  assert.equal(after.waitListSize, 2);
  assert.equal(first.at('/window').length, 2);
  await second.client.flowControl.resetRate('window');
  await first.waitAt('/window', 4);
});

test('pause holds everything, lets the running ones end, and resume goes on in order', async () => {
  const gate = world.gate('/flow-paused');
  const flowControl = { key: 'flow-paused', parallelism: 1 };
  await publish(gate.url, 2, flowControl);
  await gate.waitFor(1);
  await flow.pause('flow-paused');
  await flow.pause('flow-paused');
  assert.equal((await flow.get('flow-paused')).isPaused, true);
  gate.release();
  await until('the running one has ended', async () => {
    return (await flow.get('flow-paused')).parallelismCount === 0;
  });
  await publish(gate.url, 1, flowControl);
  await world.fence();
  assert.deepEqual(texts(gate.arrivals), ['0']);
  assert.equal((await flow.get('flow-paused')).waitListSize, 2);
  await flow.resume('flow-paused');
  await flow.resume('flow-paused');
  assert.equal((await flow.get('flow-paused')).isPaused, false);
  gate.open();
  await until('all have arrived', () => gate.arrivals.length === 3);
  assert.deepEqual(texts(gate.arrivals), ['0', '1', '0']);
  assert.equal(gate.peak, 1);
});

test('a key can be paused before its first message', async () => {
  await flow.pause('early');
  const [messageId] = await publish(world.url('/early'), 1, { key: 'early', rate: 10 });
  await world.fence();
  assert.equal(world.at('/early').length, 0);
  await flow.resume('early');
  await world.arrival(messageId);
});

test('resetRate ends the window: the count is 0, and who waited goes on', async () => {
  const flowControl = { key: 'reset', rate: 2, period: '1h' };
  await publish(world.url('/reset'), 3, flowControl);
  await world.waitAt('/reset', 2);
  await world.fence();
  assert.equal(world.at('/reset').length, 2);
  const before = await flow.get('reset');
  assert.equal(before.rateCount, 2);
  await flow.resetRate('reset');
  await world.waitAt('/reset', 3);
  const after = await flow.get('reset');
  assert.equal(after.rateCount, 1);
  assert.ok(after.ratePeriodStart >= before.ratePeriodStart);
  await flow.pause('reset');
  await flow.resetRate('reset');
  const paused = await flow.get('reset');
  assert.equal(paused.rateCount, 0);
  assert.equal(paused.isPaused, true);
  const both = await change('reset', 'reset');
  assert.equal(both.status, 200);
  assert.equal((await flow.get('reset')).parallelismCount, 0);
});

test('the newest message sets the limits for all', async () => {
  const gate = world.gate('/newest');
  await publish(gate.url, 5, { key: 'newest', parallelism: 1 });
  await gate.waitFor(1);
  await publish(gate.url, 1, { key: 'newest', parallelism: 3 });
  await gate.waitFor(3);
  assert.equal((await flow.get('newest')).parallelismMax, 3);
  await world.fence();
  assert.equal(gate.waiting.length, 3);
  gate.open();
  await until('all have arrived', () => gate.arrivals.length === 6);
  await publish(world.url('/newest-rate'), 1, { key: 'newest', rate: 9, period: 5 });
  const key = await flow.get('newest');
  assert.equal(key.parallelismMax, 0);
  assert.equal(key.rateMax, 9);
  assert.equal(key.ratePeriod, 5);
});

test('pin holds against what messages ask, unpin gives each half back', async () => {
  const gate = world.gate('/pinned');
  await flow.pin('pinned', { parallelism: 3, rate: 20, period: 120 });
  const pinned = await flow.get('pinned');
  assert.equal(pinned.parallelismMax, 3);
  assert.equal(pinned.rateMax, 20);
  assert.equal(pinned.ratePeriod, 120);
  assert.equal(pinned.isPinnedParallelism, true);
  assert.equal(pinned.isPinnedRate, true);
  assert.equal(pinned.rateCount, 0);
  await publish(gate.url, 5, { key: 'pinned', parallelism: 1, rate: 1, period: 1 });
  await gate.waitFor(3);
  await world.fence();
  assert.equal(gate.waiting.length, 3);
  const still = await flow.get('pinned');
  assert.equal(still.parallelismMax, 3);
  assert.equal(still.rateMax, 20);
  assert.equal(still.rateCount, 3);

  await flow.unpin('pinned', { parallelism: true });
  const half = await flow.get('pinned');
  assert.equal(half.isPinnedParallelism, false);
  assert.equal(half.isPinnedRate, true);
  assert.equal(half.rateMax, 20);
  gate.open();
  await publish(gate.url, 1, { key: 'pinned', parallelism: 2, rate: 1, period: 1 });
  const updated = await flow.get('pinned');
  assert.equal(updated.parallelismMax, 2);
  assert.equal(updated.rateMax, 20);
  assert.equal(updated.ratePeriod, 120);
  await flow.unpin('pinned', { rate: true });
  assert.equal((await flow.get('pinned')).isPinnedRate, false);
  await publish(gate.url, 1, { key: 'pinned', parallelism: 2, rate: 5, period: 7 });
  const free = await flow.get('pinned');
  assert.equal(free.rateMax, 5);
  assert.equal(free.ratePeriod, 7);
  await until('all have arrived', () => gate.arrivals.length === 7);
});

test('only one half may be pinned', async () => {
  await flow.pin('half', { parallelism: 4 });
  const key = await flow.get('half');
  assert.equal(key.isPinnedParallelism, true);
  assert.equal(key.isPinnedRate, false);
  await publish(world.url('/half'), 1, { key: 'half', parallelism: 9, rate: 8, period: 2 });
  const after = await flow.get('half');
  assert.equal(after.parallelismMax, 4);
  assert.equal(after.rateMax, 8);
  assert.equal(after.ratePeriod, 2);
  assert.equal(
    (await world.broker.request('/v2/flowControl/half/pin?rate=0', { method: 'POST' })).status,
    400,
  );
  assert.equal(
    (await world.broker.request('/v2/flowControl/half/pin?rate=x', { method: 'POST' })).status,
    400,
  );
});

test('a key may be any text, slashes and blanks too', async () => {
  const key = 'tenant/7 eu:a+b,c';
  const [messageId] = await publish(world.url('/odd-key'), 1, { key, parallelism: 1 });
  await world.arrival(messageId);
  assert.equal((await flow.get(key)).flowControlKey, key);
  await flow.pause(key);
  assert.equal((await flow.get(key)).isPaused, true);
  await flow.resume(key);
  await flow.pin(key, { parallelism: 2 });
  await flow.resetRate(key);
  await flow.unpin(key, { parallelism: true });
  assert.equal((await flow.get(key)).isPaused, false);
});

test('the list has every key, and search finds parts of them', async () => {
  for (const key of ['list-alpha', 'list-beta', 'list-alphabet']) {
    await publish(world.url('/listed'), 1, { key, rate: 5 });
  }
  const all = await world.broker.json('/v2/flowControl');
  assert.ok(Array.isArray(all));
  const names = all.map((key) => key.flowControlKey);
  for (const key of ['list-alpha', 'list-beta', 'list-alphabet']) assert.ok(names.includes(key));
  const found = await world.broker.json('/v2/flowControl?search=alpha');
  assert.deepEqual(found.map((key) => key.flowControlKey).sort(), ['list-alpha', 'list-alphabet']);
  assert.deepEqual(found[0], await flow.get(found[0].flowControlKey));
  assert.deepEqual(await world.broker.json('/v2/flowControl?search=nothing-like-it'), []);
});

test('getGlobalParallelism counts all attempts under way', async () => {
  const gate = world.gate('/global');
  await until('no attempt is under way', async () => {
    return (await flow.getGlobalParallelism()).parallelismCount === 0;
  });
  for (let i = 0; i < 3; ++i) await world.client.publish({ url: gate.url });
  await gate.waitFor(3);
  const info = await flow.getGlobalParallelism();
  assert.equal(info.parallelismCount, 3);
  assert.ok(info.parallelismMax >= 3);
  gate.open();
  await until('they have ended', async () => {
    return (await flow.getGlobalParallelism()).parallelismCount === 0;
  });
});

test('the logs and the dead letters are found by key', async () => {
  const url = world.route('/flow-dead', () => ({ status: 500 }));
  const [messageId] = await publish(url, 1, { key: 'flow-dead', parallelism: 2 }, { retries: 0 });
  const [letter] = await world.deadLetters({ flowControlKey: 'flow-dead' });
  assert.equal(letter.messageId, messageId);
  assert.equal(letter.flowControlKey, 'flow-dead');
  assert.equal(letter.parallelism, 2);
  const { logs } = await world.client.logs({ filter: { flowControlKey: ['flow-dead', 'nobody'] } });
  assert.deepEqual(new Set(logs.map((row) => row.messageId)), new Set([messageId]));
  for (const row of logs) assert.equal(row.flowControlKey, 'flow-dead');
});

test('cancelling a waiting message takes it off the wait list', async () => {
  const gate = world.gate('/flow-cancel');
  const ids = await publish(gate.url, 4, { key: 'flow-cancel', parallelism: 1 });
  await gate.waitFor(1);
  await world.client.messages.cancel([ids[1], ids[2]]);
  assert.equal((await flow.get('flow-cancel')).waitListSize, 1);
  gate.open();
  await world.states(ids[3], 'DELIVERED');
  assert.deepEqual(texts(gate.arrivals), ['0', '3']);
});

test('limits that cannot be read are refused', async () => {
  const header = (headers) => world.client.publish({ url: world.url('/never'), headers });
  const key = { 'Upstash-Flow-Control-Key': 'k' };
  await refused(400, /Upstash-Flow-Control/, header(key));
  await refused(400, /Upstash-Flow-Control/, header({ 'Upstash-Flow-Control-Value': 'rate=1' }));
  for (const value of [
    'speed=1',
    'rate',
    'rate=0',
    'rate=-1',
    'rate=x',
    'parallelism=0',
    'period=1m',
    'rate=1, period=8d',
    'rate=1, period=1ms',
    'rate=1, rate=2',
  ]) {
    await refused(
      400,
      /Upstash-Flow-Control-Value/,
      header({ ...key, 'Upstash-Flow-Control-Value': value }),
    );
  }
});
