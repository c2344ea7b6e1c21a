import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, refused } from './world.mjs';

let world;
let schedules;
let minute;
before(async () => {
  world = await World.open();
  schedules = world.client.schedules;
  // Made first and asserted last, so that its minute passes while the others run.
  minute = await schedules.create({
    scheduleId: 'minute',
    destination: world.url('/minute'),
    cron: '* * * * *',
    body: JSON.stringify({ every: 'minute' }),
  });
});
after(() => world.close());

const yearly = '0 0 1 1 *';
const never = () => world.url('/never');
const create = (options) => schedules.create({ destination: never(), cron: yearly, ...options });

/** The arrivals at `path`, once there are `count`; every second of `@every 1s` takes one. */
const runs = (path, count = 1) => world.waitAt(path, count, { deadline: 20_000 });

test('create with every option, and get tells them all', async () => {
  const before = Date.now();
  const { scheduleId } = await schedules.create({
    destination: world.url('/everything?x=1'),
    cron: '  */10 * * * *  ',
    scheduleId: 'every.option_1',
    body: JSON.stringify({ hello: 'world' }),
    headers: { 'Test-Header': 'test-value', 'Bypass-Tunnel-Reminder': 'client-test' },
    method: 'PUT',
    delay: 10,
    retries: 2,
    retryDelay: 'pow(retried, 2) * 1000',
    timeout: 30,
    callback: world.url('/cb/?foo=bar'),
    failureCallback: world.url('/fail/?foo=baz'),
    flowControl: { key: 'scheduled', parallelism: 3, rate: 7, period: '1m' },
    label: ['nightly', 'eu'],
  });
  assert.equal(scheduleId, 'every.option_1');
  const schedule = await schedules.get(scheduleId);
  const { createdAt, nextScheduleTime, ...rest } = schedule;
  assert.ok(createdAt >= before && createdAt <= Date.now());
  assert.ok(nextScheduleTime > before && nextScheduleTime <= Date.now() + 600_000);
  assert.equal(nextScheduleTime % 600_000, 0);
  assert.deepEqual(rest, {
    scheduleId: 'every.option_1',
    cron: '*/10 * * * *',
    destination: world.url('/everything?x=1'),
    method: 'PUT',
    header: {
      'Bypass-Tunnel-Reminder': ['client-test'],
      'Content-Type': ['application/json'],
      'Test-Header': ['test-value'],
    },
    body: '{"hello":"world"}',
    retries: 2,
    delay: 10,
    timeout: 30,
    retryDelayExpression: 'pow(retried, 2) * 1000',
    callback: world.url('/cb/?foo=bar'),
    failureCallback: world.url('/fail/?foo=baz'),
    flowControlKey: 'scheduled',
    parallelism: 3,
    rate: 7,
    ratePerSecond: 7,
    period: 60,
    label: 'nightly',
    labels: ['nightly', 'eu'],
    callerIP: '127.0.0.1',
    callerIp: '127.0.0.1',
    isPaused: false,
  });
  await schedules.delete(scheduleId);
});

test('the defaults are those of the wire, and an id is made', async () => {
  const { scheduleId } = await create({});
  assert.match(scheduleId, /^scd_/);
  const schedule = await schedules.get(scheduleId);
  assert.equal(schedule.method, 'POST');
  assert.equal(schedule.retries, 3);
  assert.equal(schedule.isPaused, false);
  for (const absent of ['body', 'delay', 'queueName', 'callback', 'flowControlKey', 'label']) {
    assert.equal(schedule[absent], undefined, absent);
  }
  assert.equal(schedule.lastScheduleTime, undefined);
  await schedules.delete(scheduleId);
  await refused(404, /^schedule scd_.* not found$/, schedules.get(scheduleId));
  await refused(404, /not found/, schedules.delete(scheduleId));
});

test('the list is a bare array of all of them', async () => {
  const made = [await create({}), await create({ scheduleId: 'listed' })];
  const list = await schedules.list();
  assert.ok(Array.isArray(list));
  for (const { scheduleId } of made) {
    assert.deepEqual(
      list.find((entry) => entry.scheduleId === scheduleId),
      await schedules.get(scheduleId),
    );
    await schedules.delete(scheduleId);
  }
  const left = (await schedules.list()).map((entry) => entry.scheduleId);
  for (const { scheduleId } of made) assert.ok(!left.includes(scheduleId));
});

test('the same id overwrites everything: what is not sent again is gone', async () => {
  const scheduleId = 'overwritten';
  await create({
    scheduleId,
    body: 'first',
    retries: 1,
    delay: 5,
    label: 'first',
    headers: { 'X-First': '1', 'Content-Type': 'text/plain' },
    callback: world.url('/cb'),
  });
  const first = await schedules.get(scheduleId);
  assert.equal(first.body, 'first');
  await schedules.pause({ schedule: scheduleId });
  await create({ scheduleId, cron: '0 5 * * *', destination: world.url('/second') });
  const second = await schedules.get(scheduleId);
  assert.equal(second.cron, '0 5 * * *');
  assert.equal(second.destination, world.url('/second'));
  for (const gone of ['body', 'delay', 'label', 'labels', 'callback']) {
    assert.equal(second[gone], undefined, gone);
  }
  assert.equal(second.retries, 3);
  assert.deepEqual(second.header, { 'Content-Type': ['application/json'] });
  assert.equal(second.createdAt, first.createdAt, 'it is still the same schedule');
  assert.equal(second.isPaused, true, 'and still paused');
  assert.equal((await schedules.list()).filter((s) => s.scheduleId === scheduleId).length, 1);
  await schedules.delete(scheduleId);
});

test('pause and resume by every verb that clients use', async () => {
  const { scheduleId } = await create({});
  await schedules.pause({ schedule: scheduleId });
  assert.equal((await schedules.get(scheduleId)).isPaused, true);
  assert.ok((await schedules.get(scheduleId)).nextScheduleTime > Date.now());
  await schedules.resume({ schedule: scheduleId });
  assert.equal((await schedules.get(scheduleId)).isPaused, false);
  for (const method of ['POST', 'PUT', 'PATCH']) {
    for (const [verb, isPaused] of [
      ['pause', true],
      ['pause', true],
      ['resume', false],
      ['resume', false],
    ]) {
      const path = `/v2/schedules/${scheduleId}/${verb}`;
      const response = await world.broker.request(path, { method });
      assert.equal(response.status, 200, `${method} ${verb}`);
      assert.equal((await schedules.get(scheduleId)).isPaused, isPaused);
    }
  }
  await refused(404, /not found/, schedules.pause({ schedule: 'nobody' }));
  await refused(404, /not found/, schedules.resume({ schedule: 'nobody' }));
  await schedules.delete(scheduleId);
});

test('a run makes a message that names its schedule, and the schedule tells how it went', async () => {
  const { scheduleId } = await schedules.create({
    destination: world.url('/runs'),
    cron: '@every 1s',
    body: JSON.stringify({ tick: true }),
    headers: { 'X-Trace': 'abc' },
    method: 'PUT',
    label: 'ticks',
    callback: world.url('/runs-callback'),
  });
  const [arrival] = await runs('/runs');
  assert.equal(arrival.method, 'PUT');
  assert.equal(arrival.text, '{"tick":true}');
  assert.equal(arrival.headers['content-type'], 'application/json');
  assert.equal(arrival.headers['x-trace'], 'abc');
  assert.equal(arrival.headers['upstash-schedule-id'], scheduleId);
  assert.equal(arrival.headers['upstash-caller-ip'], '127.0.0.1');
  const message = await world.client.messages.get(arrival.messageId);
  assert.equal(message.scheduleId, scheduleId);
  assert.deepEqual(message.labels, ['ticks']);
  await world.states(arrival.messageId, 'DELIVERED');
  await schedules.pause({ schedule: scheduleId });

  const schedule = await schedules.get(scheduleId);
  assert.equal(schedule.lastScheduleTime % 1000, 0, 'the time it was due');
  assert.ok(schedule.lastScheduleTime <= world.at('/runs').at(-1).at, 'never early');
  assert.ok(schedule.nextScheduleTime > schedule.lastScheduleTime);
  assert.equal(schedule.error, undefined);
  const states = await until('the last run has succeeded', async () => {
    const { lastScheduleStates } = await schedules.get(scheduleId);
    return (
      Object.values(lastScheduleStates).every((state) => state === 'SUCCESS') && lastScheduleStates
    );
  });
  assert.deepEqual(Object.keys(states), [world.at('/runs').at(-1).messageId]);

  const { logs } = await world.client.logs({ filter: { scheduleId, state: 'DELIVERED' } });
  assert.ok(logs.length >= 1);
  for (const row of logs) assert.equal(row.scheduleId, scheduleId);
  const [callback] = await world.waitAt('/runs-callback');
  assert.equal(JSON.parse(callback.text).scheduleId, scheduleId);
  await schedules.delete(scheduleId);
});

test('a run is never early and never doubled', async () => {
  const { scheduleId } = await schedules.create({
    destination: world.url('/each-once'),
    cron: '@every 1s',
  });
  await runs('/each-once', 3);
  const { createdAt, lastScheduleTime } = await schedules.get(scheduleId);
  await schedules.delete(scheduleId);
  const { logs } = await world.client.logs({ filter: { scheduleId, state: 'CREATED' } });
  const times = logs.map((row) => row.time).sort((a, b) => a - b);
  // One is due at each full second after the creation: the n-th cannot come before n of them.
  const dueUntil = (time) => Math.floor(time / 1000) - Math.floor(createdAt / 1000);
  for (const [i, time] of times.entries())
    assert.ok(i + 1 <= dueUntil(time), `${createdAt}: ${times}`);
  assert.ok(lastScheduleTime >= createdAt);
});

test('failing runs fill the dead letter queue, and say FAIL', async () => {
  const url = world.route('/run-fails', () => ({ status: 500 }));
  const { scheduleId } = await schedules.create({
    destination: url,
    cron: '@every 1s',
    retries: 0,
  });
  const [letter] = await world.deadLetters({ scheduleId });
  await schedules.pause({ schedule: scheduleId });
  assert.equal(letter.scheduleId, scheduleId);
  await until('the last run has failed', async () => {
    const { lastScheduleStates } = await schedules.get(scheduleId);
    return Object.values(lastScheduleStates).every((state) => state === 'FAIL');
  });
  await schedules.delete(scheduleId);
});

test('a paused schedule makes nothing, a deleted one nothing more', async () => {
  const { scheduleId } = await schedules.create({
    destination: world.url('/held'),
    cron: '@every 1s',
  });
  await schedules.pause({ schedule: scheduleId });
  await world.fence();
  const before = world.at('/held').length;
  // Another of the same rhythm tells that two of its seconds have passed.
  const clock = await schedules.create({ destination: world.url('/clock'), cron: '@every 1s' });
  await runs('/clock', 2);
  assert.equal(world.at('/held').length, before);
  await schedules.resume({ schedule: scheduleId });
  await runs('/held', before + 1);
  await schedules.delete(scheduleId);
  await world.fence();
  const left = world.at('/held').length;
  const ticked = world.at('/clock').length;
  await runs('/clock', ticked + 2);
  assert.equal(world.at('/held').length, left);
  await schedules.delete(clock.scheduleId);
});

test('messages on their way outlive their schedule; delay counts from the run', async () => {
  const { scheduleId } = await schedules.create({
    destination: world.url('/run-delayed'),
    cron: '@every 1s',
    delay: 2,
  });
  const [row] = await until('a run', async () => {
    const { logs } = await world.client.logs({ filter: { scheduleId, state: 'CREATED' } });
    return logs.length > 0 && logs;
  });
  await schedules.delete(scheduleId);
  const message = await world.client.messages.get(row.messageId);
  assert.equal(message.notBefore - message.createdAt, 2000);
  assert.ok((await world.arrival(row.messageId)).at >= message.notBefore);
});

test('a schedule may go through a queue, together with a delay', async () => {
  const queue = world.client.queue({ queueName: 'scheduled' });
  await queue.upsert({ parallelism: 2, paused: true });
  const { scheduleId } = await schedules.create({
    destination: world.url('/scheduled-queue'),
    cron: '@every 1s',
    queueName: 'scheduled',
    delay: '1s',
  });
  assert.equal((await schedules.get(scheduleId)).queueName, 'scheduled');
  await until('a run waits in the queue', async () => (await queue.get()).lag >= 1);
  await schedules.delete(scheduleId);
  assert.equal((await queue.get()).parallelism, 2, 'the queue stays as it was');
  await queue.resume();
  const [arrival] = await runs('/scheduled-queue');
  const message = await world.client.messages.get(arrival.messageId);
  assert.equal(message.queueName, 'scheduled');
  assert.equal(message.scheduleId, scheduleId);
  assert.ok(arrival.at >= message.notBefore);
});

test('a schedule for a URL group goes to the endpoints it has when it runs', async () => {
  const { scheduleId } = await schedules.create({
    destination: 'scheduled-group',
    cron: '@every 1s',
    body: 'tick',
  });
  assert.equal((await schedules.get(scheduleId)).destination, 'scheduled-group');
  const failed = await until('a run without the group', async () => {
    const schedule = await schedules.get(scheduleId);
    return schedule.error && schedule;
  });
  assert.match(failed.error, /scheduled-group/);
  const endpoints = [{ name: 'a', url: world.url('/sg/a') }, { url: world.url('/sg/b') }];
  await world.client.urlGroups.addEndpoints({ name: 'scheduled-group', endpoints });
  const [a] = await runs('/sg/a');
  await runs('/sg/b');
  await schedules.pause({ schedule: scheduleId });
  assert.equal(a.headers['upstash-topic-name'], 'scheduled-group');
  assert.equal(a.headers['upstash-schedule-id'], scheduleId);
  const schedule = await schedules.get(scheduleId);
  assert.equal(schedule.error, undefined);
  assert.equal(Object.keys(schedule.lastScheduleStates).length, 2);
  await schedules.delete(scheduleId);
});

test('flow control holds for what a schedule makes', async () => {
  const { scheduleId } = await schedules.create({
    destination: world.url('/scheduled-flow'),
    cron: '@every 1s',
    flowControl: { key: 'scheduled-flow', rate: 1, period: '1h' },
  });
  await runs('/scheduled-flow');
  await until('the next run waits', async () => {
    return (await world.client.flowControl.get('scheduled-flow')).waitListSize >= 1;
  });
  await schedules.delete(scheduleId);
  assert.equal(world.at('/scheduled-flow').length, 1);
  const { cancelled } = await world.client.messages.cancel({ filter: { scheduleId } });
  assert.ok(cancelled >= 1);
});

test('zones: the next run is at that hour there, on both sides of a change of clocks', async () => {
  const clock = (zone, time) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
    }).format(time);
  for (const [cron, zone, expected] of [
    ['CRON_TZ=America/New_York 0 4 * * *', 'America/New_York', '04:00'],
    ['CRON_TZ=Europe/Berlin 30 13 15 1 *', 'Europe/Berlin', '13:30'],
    ['CRON_TZ=Europe/Berlin 30 13 15 7 *', 'Europe/Berlin', '13:30'],
    ['TZ=Asia/Kolkata 45 6 * * 1-5', 'Asia/Kolkata', '06:45'],
    ['CRON_TZ=Australia/Lord_Howe 15 9 1 */3 *', 'Australia/Lord_Howe', '09:15'],
    ['@daily', 'UTC', '00:00'],
  ]) {
    const { scheduleId } = await create({ cron });
    const schedule = await schedules.get(scheduleId);
    assert.equal(schedule.cron, cron, 'the zone is kept');
    assert.ok(schedule.nextScheduleTime > Date.now());
    assert.equal(clock(zone, schedule.nextScheduleTime), expected, cron);
    await schedules.delete(scheduleId);
  }
});

test('Upstash-Cron-Seconds allows a sixth field in front, an extension', async () => {
  await refused(400, /cron/i, create({ cron: '*/2 * * * * *' }));
  const { scheduleId } = await create({
    destination: world.url('/seconds'),
    cron: '*/2 * * * * *',
    headers: { 'Upstash-Cron-Seconds': 'true' },
  });
  const [first, second] = await runs('/seconds', 2);
  await schedules.delete(scheduleId);
  for (const arrival of [first, second]) {
    const { createdAt } = await world.client.messages.get(arrival.messageId);
    assert.equal(Math.floor(createdAt / 1000) % 2, 0, `${createdAt} is an even second`);
  }
});

test('Upstash-Cron on a publish makes a schedule', async () => {
  const response = await world.broker.request(`/v2/publish/${never()}`, {
    method: 'POST',
    headers: { 'Upstash-Cron': yearly, 'Upstash-Schedule-Id': 'published' },
    body: 'x',
  });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { scheduleId: 'published' });
  assert.equal((await schedules.get('published')).body, 'x');
  await schedules.delete('published');
});

test('default headers of a group are part of a schedule for it', async () => {
  await world.client.urlGroups.addEndpoints({
    name: 'scheduled-defaults',
    endpoints: [{ url: world.url('/sd') }],
  });
  const patched = await world.broker.request('/v2/topics/scheduled-defaults', {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ headers: { 'Upstash-Retries': '7' } }),
  });
  assert.equal(patched.status, 200);
  const { scheduleId } = await create({ destination: 'scheduled-defaults' });
  assert.equal((await schedules.get(scheduleId)).retries, 7);
  await schedules.delete(scheduleId);
});

test('a redacted schedule shows nothing to readers and sends the original', async () => {
  const { scheduleId } = await schedules.create({
    destination: world.url('/scheduled-secret'),
    cron: '@every 1s',
    body: 'the secret',
    headers: { 'X-Secret': 'hush' },
    redact: { body: true, header: ['X-Secret'] },
  });
  const schedule = await schedules.get(scheduleId);
  assert.match(schedule.body, /^REDACTED:[0-9a-f]{64}$/);
  assert.match(schedule.header['X-Secret'][0], /^REDACTED:[0-9a-f]{64}$/);
  const [arrival] = await runs('/scheduled-secret');
  await schedules.delete(scheduleId);
  assert.equal(arrival.text, 'the secret');
  assert.equal(arrival.headers['x-secret'], 'hush');
  assert.match((await world.client.messages.get(arrival.messageId)).body, /^REDACTED:/);
});

test('schedules outlive a kill and go on', async (context) => {
  const first = await World.open();
  context.after(() => first.destination.stop());
  const { scheduleId } = await first.client.schedules.create({
    destination: first.url('/goes-on'),
    cron: '@every 1s',
    body: 'tick',
  });
  await first.waitAt('/goes-on');
  const before = await first.client.schedules.get(scheduleId);
  await first.broker.kill();
  const count = first.at('/goes-on').length;
  const second = await World.open({ dataDir: first.broker.dataDir });
  context.after(() => second.close());
  const { createdAt, cron, body } = await second.client.schedules.get(scheduleId);
  assert.deepEqual(
    { createdAt, cron, body },
    { createdAt: before.createdAt, cron: '@every 1s', body: 'tick' },
  );
  await first.waitAt('/goes-on', count + 2);
});

test('what cannot be is refused', async () => {
  await refused(400, /Invalid cron expression/, create({ cron: '61 * * * *' }));
  await refused(400, /Invalid cron expression/, create({ cron: '* * * *' }));
  await refused(400, /Invalid cron expression/, create({ cron: 'CRON_TZ=Mars/Olympus * * * * *' }));
  await refused(400, /Invalid cron expression/, create({ cron: '* * * * 7' }));
  await refused(400, /Invalid cron expression empty spec string/, create({ cron: '' }));
  await refused(400, /Schedule-Id/i, create({ scheduleId: 'not an id!' }));
  await refused(400, /invalid destination url/, create({ destination: 'ftp://example.com' }));
  await refused(400, /Upstash-Delay/, create({ delay: '1' }));
  const none = await world.broker.request(`/v2/schedules/${never()}`, { method: 'POST' });
  assert.equal(none.status, 400);
  const list = await schedules.list();
  assert.deepEqual(
    list.map((schedule) => schedule.scheduleId),
    ['minute'],
    'nothing was made, and the tests before cleaned up',
  );
});

test('every minute is every minute: one real run', async () => {
  assert.equal(minute.scheduleId, 'minute');
  const [arrival] = await world.waitAt('/minute', 1, { deadline: 75_000 });
  const schedule = await schedules.get('minute');
  assert.equal(schedule.lastScheduleTime % 60_000, 0, 'it was due at a full minute');
  const late = arrival.at - Math.floor(arrival.at / 60_000) * 60_000;
  assert.ok(late < 5_000, `${late} ms after the minute`);
  assert.equal(arrival.text, '{"every":"minute"}');
  assert.equal(arrival.headers['upstash-schedule-id'], 'minute');
  assert.equal((await world.client.messages.get(arrival.messageId)).scheduleId, 'minute');
});
