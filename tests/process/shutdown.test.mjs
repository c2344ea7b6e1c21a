import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Broker } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';

/** A destination whose answers wait until release() is called. */
async function holdingDestination(context) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const destination = await Destination.start({
    respond: () => released.then(() => ({ status: 200 })),
  });
  destination.release = release;
  context.after(async () => {
    release();
    await destination.stop();
  });
  return destination;
}

const refusesConnections = (broker) =>
  until('the port is closed', () =>
    fetch(`${broker.url}/healthz`).then(
      () => false,
      (error) => error.cause?.code === 'ECONNREFUSED',
    ),
  );

test('an idle server leaves with 0 on SIGTERM and on SIGINT', async () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const broker = await Broker.start();
    broker.signal(signal);
    assert.deepEqual(await broker.exited(), { code: 0, signal: null });
  }
});

test('SIGTERM stops accepting, finishes the attempts in flight and leaves with 0', async (context) => {
  const destination = await holdingDestination(context);
  const broker = await Broker.start();
  const inFlight = [];
  for (let i = 0; i < 20; ++i)
    inFlight.push(await broker.publish(`${destination.url}/held`, { body: String(i) }));
  for (const messageId of inFlight) await destination.waitFor(messageId);
  const waiting = await broker.publish(`${destination.url}/later`, {
    body: 'later',
    headers: { 'Upstash-Delay': '1h' },
  });

  broker.signal('SIGTERM');
  await refusesConnections(broker);
  assert.equal(broker.ended, undefined, 'it waits for the attempts');
  destination.release();
  assert.deepEqual(await broker.exited(), { code: 0, signal: null });

  // What was finished is known as finished, and what waited still waits.
  const again = await Broker.start({ dataDir: broker.dataDir });
  context.after(() => again.stop());
  for (const messageId of inFlight) {
    const { events } = await again.json(`/v2/events?messageId=${messageId}`);
    assert.equal(events[0].state, 'DELIVERED');
    assert.equal(destination.of(messageId).length, 1);
  }
  assert.equal((await again.json(`/v2/messages/${waiting}`)).messageId, waiting);
});

test('a second SIGTERM leaves at once, and the cut attempt is made again, not counted', async (context) => {
  const destination = await holdingDestination(context);
  const broker = await Broker.start();
  const messageId = await broker.publish(`${destination.url}/cut`, {
    body: 'x',
    headers: { 'Upstash-Retries': '0' },
  });
  await destination.waitFor(messageId);
  broker.signal('SIGTERM');
  await refusesConnections(broker);
  assert.equal(broker.ended, undefined);
  broker.signal('SIGTERM');
  await broker.exited(2_000);

  destination.release();
  const again = await Broker.start({ dataDir: broker.dataDir });
  context.after(() => again.stop());
  const [, second] = await destination.waitFor(messageId, { count: 2 });
  assert.equal(second.headers['upstash-retried'], '0');
});

test('a process that was stopped and goes on is late, and still exact', async (context) => {
  const destination = await Destination.start();
  context.after(() => destination.stop());
  const broker = await Broker.start();
  context.after(() => broker.kill());
  const publish = (delay) =>
    broker.publish(`${destination.url}/stopped`, {
      body: delay,
      headers: { 'Upstash-Delay': delay },
    });
  const ids = [await publish('300ms'), await publish('600ms'), await publish('900ms')];
  broker.signal('SIGSTOP');
  const stoppedAt = Date.now();
  await until('all of them are overdue', () => Date.now() > stoppedAt + 1_500);
  assert.deepEqual(destination.arrivals, []);
  broker.signal('SIGCONT');
  for (const id of ids) await destination.waitFor(id);
  for (const id of ids) assert.equal(destination.of(id).length, 1);
  assert.equal((await broker.request('/v2/keys')).status, 200);
});

test('what was acknowledged outlives kill -9: waiting, dead and delivered', async (context) => {
  const destination = await Destination.start({
    respond: (arrival) => ({ status: arrival.path === '/broken' ? 500 : 200 }),
  });
  context.after(() => destination.stop());
  const broker = await Broker.start();
  const delivered = await broker.publish(`${destination.url}/ok`, { body: 'a' });
  const dead = await broker.publish(`${destination.url}/broken`, {
    body: 'b',
    headers: { 'Upstash-Retries': '0' },
  });
  const soon = await broker.publish(`${destination.url}/soon`, {
    body: 'c',
    headers: { 'Upstash-Delay': '2s' },
  });
  const late = await broker.publish(`${destination.url}/late`, {
    body: 'd',
    headers: { 'Upstash-Delay': '1d' },
  });
  const { notBefore } = await broker.json(`/v2/messages/${soon}`);
  await until('one is dead', async () => (await broker.json('/v2/dlq')).messages.length === 1);
  await until(
    'one is delivered',
    async () =>
      (await broker.json(`/v2/events?messageId=${delivered}`)).events[0].state === 'DELIVERED',
  );
  await broker.kill();

  const again = await Broker.start({ dataDir: broker.dataDir });
  context.after(() => again.stop());
  assert.equal((await again.json('/v2/dlq')).messages[0].messageId, dead);
  assert.equal((await again.json(`/v2/messages/${late}`)).body, 'd');
  const [arrival] = await destination.waitFor(soon);
  assert.ok(arrival.at >= notBefore, 'not early');
  assert.equal((await again.json(`/v2/events?messageId=${delivered}`)).events.length, 3);
  assert.equal(destination.of(delivered).length, 1);
});
