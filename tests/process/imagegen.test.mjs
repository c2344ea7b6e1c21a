// `godwit dev --with-imagegen`: the broker starts, restarts and ends ImageGenService. A stand-in takes
// its place here, which tells what it was given; tests/imagegen has the real one.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  Broker,
  devKeys,
  devToken,
  freePort,
  runToEnd,
  serverToken,
  temporaryDirectory,
} from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';

/** A program in ImageGenService's place: says when it listens, and answers with what it knows. */
function standIn() {
  const file = join(temporaryDirectory(), 'stand-in');
  writeFileSync(
    file,
    `#!${process.execPath}
const { createServer } = require('node:http');
const [host, port] = process.env.IMAGEGEN_LISTEN.split(':');
const received = [];
createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    if (request.method === 'POST') received.push(body);
    response.end(JSON.stringify({ pid: process.pid, env: process.env, received }));
  });
}).listen(Number(port), host, () => console.log('ImageGenService is running at http://' + host + ':' + port));
process.on('SIGINT', () => console.log('heard SIGINT'));
process.on('SIGTERM', () => {
  console.log('ended well');
  process.exit(0);
});
`,
  );
  chmodSync(file, 0o755);
  return file;
}

async function start({ env = {} } = {}) {
  const port = await freePort();
  const broker = await Broker.start({
    mode: 'dev',
    args: ['--with-imagegen', '--imagegen-binary', standIn(), '--imagegen-listen', `127.0.0.1:${port}`],
    env,
  });
  broker.imagegen = `http://127.0.0.1:${port}`;
  broker.told = async () => (await fetch(broker.imagegen)).json();
  await until('ImageGenService said that it runs', () =>
    broker.stdout.includes(`ImageGenService is running at ${broker.imagegen}\n`),
  );
  return broker;
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('ImageGenService is wired to the broker, and deliveries reach it', async (context) => {
  const broker = await start({ env: { IMAGEGEN_GEMINI_BASE_URL: 'http://127.0.0.1:9' } });
  context.after(() => broker.stop());
  const { env } = await broker.told();
  assert.equal(env.QSTASH_URL, broker.url);
  assert.equal(env.QSTASH_TOKEN, devToken);
  assert.equal(env.QSTASH_CURRENT_SIGNING_KEY, devKeys.current);
  assert.equal(env.QSTASH_NEXT_SIGNING_KEY, devKeys.next);
  assert.equal(env.IMAGEGEN_DATA_DIR, join(broker.dataDir, 'imagegen'));
  assert.equal(env.IMAGEGEN_GEMINI_BASE_URL, 'http://127.0.0.1:9');
  assert.deepEqual(
    Object.keys(env).filter((name) => name.startsWith('GODWIT_')),
    [],
  );
  const lines = broker.stdout.trimEnd().split('\n');
  assert.deepEqual(lines.slice(-2), [
    `Godwit is running at ${broker.url}`,
    `ImageGenService is running at ${broker.imagegen}`,
  ]);

  await broker.publish(`${broker.imagegen}/task`, { body: 'draw' });
  await until('the message arrives', async () => (await broker.told()).received.includes('draw'));
});

test('ImageGenService is started again when it dies', async (context) => {
  const broker = await start();
  context.after(() => broker.stop());
  const { pid } = await broker.told();
  process.kill(pid, 'SIGKILL');
  const next = await until('another one answers', async () => {
    const told = await broker.told();
    return told.pid !== pid && told;
  });
  assert.ok(isAlive(next.pid));
  assert.match(broker.stderr, /event=companion_ended program=imagegen signal=9 restart_in_ms=500/);
});

test('SIGTERM ends both, and ImageGenService first hears of it', async () => {
  const broker = await start();
  const { pid } = await broker.told();
  assert.deepEqual(await broker.stop(), { code: 0, signal: null });
  assert.match(broker.stdout, /^ended well$/m);
  assert.ok(!isAlive(pid));
});

test('Ctrl-C in a terminal reaches ImageGenService through the broker only', async () => {
  const broker = await start();
  const { pid } = await broker.told();
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  assert.equal(group, pid, 'a terminal signals one process group');
  broker.signal('SIGINT');
  assert.deepEqual(await broker.exited(), { code: 0, signal: null });
  assert.doesNotMatch(broker.stdout, /heard SIGINT/);
  assert.match(broker.stdout, /^ended well$/m);
});

test('ImageGenService does not outlive a killed broker', async () => {
  const broker = await start();
  const { pid } = await broker.told();
  await broker.kill();
  await until('it is gone', () => !isAlive(pid));
  assert.doesNotMatch(broker.stdout, /ended well/);
});

test('what cannot work is refused with a reason', async () => {
  const dataDir = ['--data-dir', temporaryDirectory()];
  const missing = await runToEnd([
    'dev', ...dataDir, '--port', String(await freePort()),
    '--with-imagegen', '--imagegen-binary', '/nowhere/imagegen',
  ]);
  assert.equal(missing.code, 2);
  assert.match(missing.output, /\/nowhere\/imagegen: No such file/);
  assert.match(missing.output, /--imagegen-binary/);

  const server = await runToEnd(['server', ...dataDir, '--with-imagegen'], {
    env: { GODWIT_TOKEN: serverToken },
  });
  assert.equal(server.code, 2);
  assert.match(server.output, /with_imagegen: it is for `godwit dev`/);

  const ephemeral = await runToEnd(['dev', '--ephemeral', '--with-imagegen']);
  assert.equal(ephemeral.code, 2);
  assert.match(ephemeral.output, /leave out one of/);
});
