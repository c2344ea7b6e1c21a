import { Client } from '@upstash/qstash';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Broker, devToken, runToEnd, temporaryDirectory } from '../harness/broker.mjs';
import { World, refused } from './world.mjs';

test('a Receiver verifies before a rotation, after it, and with either pair', async (context) => {
  const world = await World.open();
  context.after(() => world.close());
  const publish = async () => {
    const { messageId } = await world.client.publishJSON({
      url: world.url('/signed'),
      body: { signed: true },
    });
    const arrival = await world.arrival(messageId);
    await Promise.all(world.verifications);
    return {
      signature: arrival.headers['upstash-signature'],
      body: arrival.text,
      url: world.url(arrival.path),
    };
  };

  const first = await world.broker.json('/v2/keys');
  assert.deepEqual(first, world.broker.keys);
  await publish();

  const second = await world.broker.json('/v2/keys/rotate', { method: 'POST' });
  assert.equal(second.current, first.next);
  assert.match(second.next, /^sig_/);
  assert.notEqual(second.next, first.next);
  assert.deepEqual(await world.broker.json('/v2/keys'), second);
  // The receivers of the world still hold the first pair; those with the new one are added.
  world.receivers.push(world.receiver(second));
  await publish();

  const third = await world.broker.json('/v2/keys/rotate', { method: 'POST' });
  world.receivers = [world.receiver(second), world.receiver(third)];
  const delivery = await publish();
  await assert.rejects(world.receiver(first).verify(delivery), { name: 'SignatureError' });
  await assert.rejects(world.receiver(third).verify({ ...delivery, body: '{"signed":false}' }), {
    name: 'SignatureError',
  });
  await assert.rejects(world.receiver(third).verify({ ...delivery, url: world.url('/other') }), {
    name: 'SignatureError',
  });
});

test('a rotation outlives a restart', async (context) => {
  const broker = await Broker.start();
  context.after(() => broker.kill());
  const rotated = await broker.json('/v2/keys/rotate', { method: 'POST' });
  await broker.kill();
  const again = await Broker.start({ dataDir: broker.dataDir });
  context.after(() => again.kill());
  assert.deepEqual(await again.json('/v2/keys'), rotated);
});

test('accounts are worlds of their own', async (context) => {
  const world = await World.open({ mode: 'dev' });
  context.after(() => world.close());
  const user = (name) =>
    Buffer.from(JSON.stringify({ UserID: name, Password: 'testPassword' })).toString('base64');
  const [one, two] = ['testUser1', 'testUser2'].map(
    (name) => new Client({ baseUrl: world.broker.url, token: user(name) }),
  );
  // Signed with the account's own keys, not with those of the default user.
  const keysOf = async (token) => {
    const response = await fetch(`${world.broker.url}/v2/keys`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return response.json();
  };
  const keys = await keysOf(user('testUser1'));
  assert.equal(keys.current, 'sig_7GVPjvuwsfqF65iC8fSrs1dfYruM');
  assert.notDeepEqual(keys, await keysOf(devToken));
  world.receivers = [world.receiver(keys)];

  const url = world.route('/mine', () => ({ status: 500 }));
  const { messageId } = await one.publishJSON({
    url,
    body: {},
    retries: 0,
    deduplicationId: 'shared',
  });
  await world.arrival(messageId);
  const waiting = await one.publishJSON({ url, body: {}, delay: '1h' });
  await refused(404, /not found/, two.messages.get(waiting.messageId));
  await refused(404, /not found/, two.messages.cancel(waiting.messageId));
  assert.deepEqual((await two.logs()).logs, []);
  assert.deepEqual((await two.dlq.listMessages()).messages, []);
  const same = await two.publishJSON({ url, body: {}, delay: '1h', deduplicationId: 'shared' });
  assert.notEqual(same.deduplicated, true);
  assert.equal((await one.messages.get(waiting.messageId)).messageId, waiting.messageId);
});

test('a read-only token reads everything but the keys, and changes nothing', async (context) => {
  const dataDir = temporaryDirectory();
  const created = await runToEnd(['token', 'create', '--read-only', '--data-dir', dataDir]);
  const token = /^eyJ[A-Za-z0-9+/=]{24,}$/m.exec(created.stdout)?.[0];
  assert.ok(token, created.output);
  const world = await World.open({ dataDir });
  context.after(() => world.close());
  const reader = new Client({ baseUrl: world.broker.url, token });
  const { messageId } = await world.client.publishJSON({
    url: world.url('/read'),
    body: {},
    delay: 60,
  });

  assert.equal((await reader.messages.get(messageId)).messageId, messageId);
  assert.equal((await reader.logs({ filter: { messageId } })).logs.length, 1);
  assert.deepEqual((await reader.dlq.listMessages()).messages, []);

  const readOnly = /read-only/;
  await refused(403, readOnly, reader.publishJSON({ url: world.url('/read'), body: {} }));
  await refused(403, readOnly, reader.messages.cancel(messageId));
  await refused(403, readOnly, reader.dlq.delete({ all: true }));
  await refused(403, readOnly, reader.dlq.retry({ all: true }));
  for (const [method, path] of [
    ['GET', '/v2/keys'],
    ['POST', '/v2/keys/rotate'],
  ]) {
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await fetch(world.broker.url + path, { method, headers })).status, 403, path);
  }
  await world.client.messages.cancel(messageId);
});
