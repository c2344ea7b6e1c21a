import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Broker, Program, binary, freePort, temporaryDirectory } from '../harness/broker.mjs';
import { Destination } from '../harness/destination.mjs';

// A program of a user: QSTASH_DEV is all it knows. The package that downloads the vendor's server
// finds no network here, whatever the machine has: it must get along with what it finds.
const userProgram = `
import https from 'node:https';
import { EventEmitter } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
https.get = () => {
  const request = new EventEmitter();
  request.setTimeout = () => {};
  process.nextTick(() => request.emit('error', new Error('no network in this test')));
  return request;
};
syncBuiltinESMExports();
const { Client } = await import(${JSON.stringify(
  import.meta.url.replace('dev-server.test.mjs', 'node_modules/@upstash/qstash/index.mjs'),
)});
const client = new Client();
const published = await client.publishJSON({ url: process.argv[2], body: { from: 'dev' } });
console.log(JSON.stringify(published));
process.exit(0);
`;

function user(destination, port, home) {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, 'user.mjs'), userProgram);
  const env = { QSTASH_DEV: 'true', QSTASH_DEV_PORT: String(port), HOME: home };
  return new Program(process.execPath, [join(cwd, 'user.mjs'), `${destination.url}/dev`], {
    env,
    cwd,
  });
}

const messageIdIn = (output) => JSON.parse(/^\{"messageId".*\}$/m.exec(output)[0]).messageId;

test('with QSTASH_DEV=true the SDK uses a running godwit dev by itself', async (context) => {
  const destination = await Destination.start();
  context.after(() => destination.stop());
  const broker = await Broker.start({ mode: 'dev' });
  context.after(() => broker.stop());
  const program = user(destination, broker.port, temporaryDirectory());
  assert.equal((await program.exited(30_000)).code, 0, program.output);
  assert.match(program.stdout, /already running/);
  await destination.waitFor(messageIdIn(program.stdout));
});

test('with godwit in the place of the cached binary, the SDK starts it by itself', async (context) => {
  const destination = await Destination.start();
  context.after(() => destination.stop());
  const home = temporaryDirectory('godwit-home-');
  const cache = join(home, '.cache/upstash/qstash-dev');
  mkdirSync(cache, { recursive: true });
  symlinkSync(binary, join(cache, 'qstash'));
  const program = user(destination, await freePort(), home);
  assert.equal((await program.exited(40_000)).code, 0, program.output);
  await destination.waitFor(messageIdIn(program.stdout));
});

test('godwit dev prints the four variables that a client needs', async (context) => {
  const broker = await Broker.start({ mode: 'dev' });
  context.after(() => broker.stop());
  assert.match(
    broker.stdout,
    new RegExp(`QSTASH_URL="?http://(127\\.0\\.0\\.1|localhost):${broker.port}`),
  );
  assert.ok(broker.stdout.includes(broker.token));
  assert.match(broker.stdout, new RegExp(`QSTASH_CURRENT_SIGNING_KEY="?${broker.keys.current}`));
  assert.match(broker.stdout, new RegExp(`QSTASH_NEXT_SIGNING_KEY="?${broker.keys.next}`));
  assert.match(broker.stdout, /runn+ing( at|\.)/i, 'the line that the SDK waits for');
});
