import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { Broker, temporaryDirectory } from '../harness/broker.mjs';
import { makeCertificates } from '../harness/certificates.mjs';
import { until } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';

async function startDestination(context, options) {
  const destination = await Destination.start(options);
  context.after(() => destination.stop());
  return destination;
}

async function startBroker(context, options) {
  const broker = await Broker.start(options);
  context.after(() => broker.kill());
  return broker;
}

const noRetries = { 'Upstash-Retries': '0' };

/** The error row of a message that fails its only attempt. */
const errorOf = (broker, messageId) =>
  until(`${messageId} fails`, async () => {
    const { events } = await broker.json(`/v2/events?messageId=${messageId}`);
    return events[0].state === 'FAILED' && events.find((event) => event.state === 'ERROR');
  });

const publishMany = (broker, url, count, headers = {}) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => broker.publish(url, { body: String(i), headers })),
  );

test('a destination that never answers delays nobody else', async (context) => {
  const slow = await startDestination(context, { host: '127.0.0.2', respond: () => undefined });
  const fast = await startDestination(context);
  const broker = await startBroker(context);
  await publishMany(broker, `${slow.url}/slow`, 1_000);
  await until('its slots are full', () => slow.arrivals.length >= 100);
  const ids = await publishMany(broker, `${fast.url}/fast`, 100);
  for (const id of ids) await fast.waitFor(id);
  assert.ok(slow.arrivals.every((arrival) => arrival.answeredAt === undefined));
  assert.ok(slow.arrivals.length < 1_000, 'attempts to one destination are bounded');
});

test('a destination that takes no connection delays nobody else', async (context) => {
  // A stopped process: the kernel takes connections until its short queue is full, and then drops.
  const script =
    "require('net').createServer().listen({port: 0, host: '127.0.0.3', backlog: 1}, " +
    'function () { console.log(this.address().port) })';
  const dead = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => dead.kill('SIGKILL'));
  const [line] = await once(dead.stdout, 'data');
  dead.kill('SIGSTOP');
  const fast = await startDestination(context);
  const broker = await startBroker(context);
  await publishMany(broker, `http://127.0.0.3:${String(line).trim()}/dead`, 600);
  const ids = await publishMany(broker, `${fast.url}/fast`, 100);
  for (const id of ids) await fast.waitFor(id);
});

test('HTTPS is verified: a known authority is taken, an unknown one and a wrong name are not', async (context) => {
  const certificates = makeCertificates(temporaryDirectory());
  const tls = await startDestination(context, { tls: certificates });
  const url = `${tls.url}/tls`;
  const misnamedCertificates = makeCertificates(temporaryDirectory(), {
    names: 'DNS:elsewhere.test',
  });
  const misnamed = await startDestination(context, { tls: misnamedCertificates });
  const allow = ['127.0.0.0/8', '::1/128'];

  for (const trust of [
    { args: ['--delivery-ca', certificates.caFile] },
    { env: { SSL_CERT_FILE: certificates.caFile } },
  ]) {
    const broker = await startBroker(context, { allow, ...trust });
    const messageId = await broker.publish(url, { body: 'sealed', headers: noRetries });
    const [arrival] = await tls.waitFor(messageId);
    assert.equal(arrival.text, 'sealed');
  }

  const unknowing = await startBroker(context, { allow });
  const refused = await unknowing.publish(url, { body: 'x', headers: noRetries });
  const error = await errorOf(unknowing, refused);
  assert.match(error.error, /certificate|verif/i);
  assert.deepEqual(tls.of(refused), []);

  const knowing = await startBroker(context, {
    allow,
    args: ['--delivery-ca', misnamedCertificates.caFile],
  });
  const wrong = await knowing.publish(`${misnamed.url}/tls`, { body: 'x', headers: noRetries });
  assert.match((await errorOf(knowing, wrong)).error, /certificate|verif|host ?name/i);
  assert.deepEqual(misnamed.of(wrong), []);
});

test('a server delivers to no private address that was not allowed, however it is spelled', async (context) => {
  const destination = await startDestination(context);
  const broker = await startBroker(context, { allow: [] });
  const { port } = destination;
  const spellings = [
    `127.0.0.1:${port}`,
    `localhost:${port}`,
    `[::1]:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `0.0.0.0:${port}`,
    `[::]:${port}`,
    `2130706433:${port}`,
    `0x7f000001:${port}`,
    `127.1:${port}`,
    `[64:ff9b::7f00:1]:${port}`,
    '169.254.169.254',
    '10.0.0.1',
    '192.168.0.1',
    '[fe80::1]',
    '[fd00::1]',
  ];
  for (const spelling of spellings) {
    const response = await broker.request(`/v2/publish/http://${spelling}/private`, {
      method: 'POST',
      body: 'x',
      headers: { ...noRetries, 'Upstash-Timeout': '5s' },
    });
    const answer = await response.json();
    if (response.status === 400) continue; // Told at publish: as good.
    assert.equal(response.status, 200, `${spelling}: ${JSON.stringify(answer)}`);
    const row = await errorOf(broker, answer.messageId);
    assert.ok(row.error, spelling);
  }
  assert.deepEqual(destination.arrivals, []);
});

test('an allowed network opens itself and no other', async (context) => {
  const open = await startDestination(context, { host: '127.0.0.2' });
  const closed = await startDestination(context, { host: '127.0.0.1' });
  const broker = await startBroker(context, { allow: ['127.0.0.2/32'] });
  const yes = await broker.publish(`${open.url}/yes`, { body: 'x', headers: noRetries });
  await open.waitFor(yes);
  const no = await broker.publish(`${closed.url}/no`, { body: 'x', headers: noRetries });
  await errorOf(broker, no);
  assert.deepEqual(closed.arrivals, []);
});

test('a redirect is a failure and is not followed', async (context) => {
  const target = await startDestination(context);
  const destination = await startDestination(context, {
    respond: () => ({ status: 302, headers: { Location: `${target.url}/followed` } }),
  });
  const broker = await startBroker(context);
  const messageId = await broker.publish(`${destination.url}/redirect`, {
    body: 'x',
    headers: noRetries,
  });
  assert.equal((await errorOf(broker, messageId)).responseStatus, 302);
  assert.deepEqual(target.arrivals, []);
});

test('a destination that talks nonsense fails its own message and nothing else', async (context) => {
  const endless = (socket, text) => {
    const write = () => {
      while (!socket.destroyed && socket.write(text));
      if (!socket.destroyed) socket.once('drain', write);
    };
    write();
  };
  const nonsense = {
    'not HTTP': (socket) => socket.end('SSH-2.0-nonsense\r\n'),
    silence: (socket) => socket.end(),
    reset: (socket) => socket.resetAndDestroy?.() ?? socket.destroy(),
    'half a head': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'),
    'half a body': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
    'an endless head': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endless(socket, 'X-More: and more\r\n'.repeat(1_000));
    },
    'a bad chunk': (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    'both lengths': (socket) =>
      socket.end(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n',
      ),
    'a status that is none': (socket) =>
      socket.end('HTTP/1.1 9x9 What\r\nContent-Length: 0\r\n\r\n'),
    'a blank before a colon': (socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'),
  };
  const broker = await startBroker(context);
  for (const [kind, answer] of Object.entries(nonsense)) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    });
    context.after(() => server.close());
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}/nonsense`;
    const messageId = await broker.publish(url, {
      body: 'x',
      headers: { ...noRetries, 'Upstash-Timeout': '5s' },
    });
    const row = await errorOf(broker, messageId).catch((error) => {
      throw new Error(`${kind}: ${error.message}`);
    });
    assert.ok(row.error, `${kind}: the reason is told`);
  }
  const fine = await startDestination(context);
  await fine.waitFor(await broker.publish(`${fine.url}/fine`, { body: 'x' }));
});

test('a long answer is cut to its bound and judged by its status', async (context) => {
  const destination = await startDestination(context, {
    respond: () => ({ status: 500, body: Buffer.alloc(20 << 20, 'x') }),
  });
  const broker = await startBroker(context);
  const messageId = await broker.publish(`${destination.url}/long`, {
    body: 'x',
    headers: noRetries,
  });
  const row = await errorOf(broker, messageId);
  assert.equal(row.responseStatus, 500);
  const { messages } = await broker.json(`/v2/dlq?messageId=${messageId}`);
  assert.ok(
    messages[0].responseBody.length <= 10 << 20,
    `${messages[0].responseBody.length} bytes are kept`,
  );
});

test('connections to a destination are kept, and a dead one is replaced in silence', async (context) => {
  const sockets = new Set();
  const destination = await startDestination(context, {
    respond: (_, request) => {
      sockets.add(request.socket);
      return { status: 200 };
    },
  });
  const broker = await startBroker(context);
  const deliver = async (body) => {
    const id = await broker.publish(`${destination.url}/kept`, { body, headers: noRetries });
    await destination.waitFor(id);
  };
  for (let i = 0; i < 10; ++i) await deliver(String(i));
  assert.ok(sockets.size < 10, `${sockets.size} connections for 10 deliveries`);
  destination.server.closeIdleConnections();
  await deliver('after the connections died');
});
