import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import {
  Broker,
  devToken,
  freePort,
  runToEnd,
  serverKeys,
  serverToken,
  temporaryDirectory,
} from '../harness/broker.mjs';
import { Destination } from '../harness/destination.mjs';

const dataDir = () => ['--data-dir', temporaryDirectory()];

test('a server without a token refuses to start and says how to get one', async () => {
  const { code, output } = await runToEnd(['server', ...dataDir()]);
  assert.notEqual(code, 0);
  assert.match(output, /GODWIT_TOKEN/);
  assert.match(output, /godwit token create/);
});

test('a server never accepts a public test token', async () => {
  const env = { GODWIT_TOKEN: devToken };
  const { code, output } = await runToEnd(['server', ...dataDir()], { env });
  assert.notEqual(code, 0);
  assert.match(output, /public|test/i);
  assert.ok(!output.includes(devToken));
});

test('godwit token create makes a token that a server takes', async (context) => {
  const dataDir = temporaryDirectory();
  const created = await runToEnd(['token', 'create', '--data-dir', dataDir]);
  assert.equal(created.code, 0, created.output);
  const token = /^eyJ[A-Za-z0-9+/=]{24,}$/m.exec(created.stdout)?.[0];
  assert.ok(token, created.stdout);
  const broker = await Broker.start({ dataDir, env: { GODWIT_TOKEN: '' } });
  context.after(() => broker.stop());
  assert.equal((await broker.request('/v2/keys')).status, 401, 'no other token is accepted');
  broker.token = token;
  assert.equal((await broker.request('/v2/keys')).status, 200);
});

test('a token may come from a file', async (context) => {
  const file = join(temporaryDirectory(), 'token');
  writeFileSync(file, `${serverToken}\n`);
  const broker = await Broker.start({ env: { GODWIT_TOKEN: '', GODWIT_TOKEN_FILE: file } });
  context.after(() => broker.stop());
  assert.equal((await broker.request('/v2/keys')).status, 200);
});

test('a server binds to 127.0.0.1 unless told otherwise', async () => {
  const { code, output } = await runToEnd(['config', 'print']);
  assert.equal(code, 0, output);
  assert.match(output, /listen\W+127\.0\.0\.1/);
});

test('config print tells where each value came from, and masks secrets', async () => {
  const file = join(temporaryDirectory(), 'godwit.toml');
  writeFileSync(file, '[delivery]\nallow = ["10.1.0.0/16"]\n');
  const port = await freePort();
  const env = {
    GODWIT_TOKEN: serverToken,
    GODWIT_CURRENT_SIGNING_KEY: serverKeys.current,
    GODWIT_NEXT_SIGNING_KEY: serverKeys.next,
    GODWIT_LISTEN: '127.0.0.1:1',
  };
  const args = ['config', 'print', '--config', file, '--listen', `127.0.0.1:${port}`];
  const { code, output } = await runToEnd(args, { env });
  assert.equal(code, 0, output);
  for (const secret of [serverToken, serverKeys.current, serverKeys.next]) {
    assert.ok(!output.includes(secret), 'a secret is shown');
  }
  const line = (pattern) => output.split('\n').find((text) => pattern.test(text)) ?? '';
  assert.match(
    line(/^listen\b/),
    new RegExp(`127\\.0\\.0\\.1:${port}`),
    'a flag wins over the environment',
  );
  assert.match(line(/^listen\b/), /--listen/);
  assert.match(line(/^allow\b/), /10\.1\.0\.0\/16.*godwit\.toml/);
  assert.match(line(/^\W*token\b/), /\*.*GODWIT_TOKEN/);
  assert.match(line(/^drain_time\b/), /default/);
});

test('an unknown flag, key or variable is refused, and the right one suggested', async () => {
  const flag = await runToEnd(['server', '--lisen', '127.0.0.1:1']);
  assert.notEqual(flag.code, 0);
  assert.match(flag.output, /--lisen/);
  assert.match(flag.output, /--listen/);

  const file = join(temporaryDirectory(), 'godwit.toml');
  writeFileSync(file, '[delivery]\nalow = ["10.0.0.0/8"]\n');
  const key = await runToEnd(['server', '--config', file, ...dataDir()], {
    env: { GODWIT_TOKEN: serverToken },
  });
  assert.notEqual(key.code, 0);
  assert.match(key.output, /alow/);
  assert.match(key.output, /\ballow\b/);

  const env = { GODWIT_TOKEN: serverToken, GODWIT_LISTN: '127.0.0.1:1' };
  const variable = await runToEnd(['server', ...dataDir()], { env });
  assert.notEqual(variable.code, 0);
  assert.match(variable.output, /GODWIT_LISTN/);
  assert.match(variable.output, /GODWIT_LISTEN/);

  const command = await runToEnd(['serve']);
  assert.notEqual(command.code, 0);
  assert.match(command.output, /server/);
});

test('help and version answer and leave with 0', async () => {
  for (const args of [['--help'], ['server', '--help'], ['dev', '--help'], ['--version']]) {
    const { code, stdout } = await runToEnd(args);
    assert.equal(code, 0, args.join(' '));
    assert.notEqual(stdout, '', args.join(' '));
  }
});

test('a port in use and a data directory in use are told by name', async (context) => {
  const broker = await Broker.start();
  context.after(() => broker.stop());
  const env = { GODWIT_TOKEN: serverToken };
  const listen = (port) => ['--listen', `127.0.0.1:${port}`];
  const port = await runToEnd(['server', ...listen(broker.port), ...dataDir()], { env });
  assert.notEqual(port.code, 0);
  assert.match(port.output, /address already in use/i);
  assert.ok(port.output.includes(String(broker.port)));

  const directory = await runToEnd(
    ['server', ...listen(await freePort()), '--data-dir', broker.dataDir],
    { env },
  );
  assert.notEqual(directory.code, 0);
  assert.ok(directory.output.includes(broker.dataDir), directory.output);
  assert.equal((await broker.request('/v2/keys')).status, 200, 'the first one is unharmed');
});

test('health, readiness and metrics need no token', async (context) => {
  const broker = await Broker.start();
  context.after(() => broker.stop());
  for (const path of ['/healthz', '/readyz']) {
    assert.equal((await fetch(broker.url + path)).status, 200, path);
  }
  const metrics = await fetch(`${broker.url}/metrics`);
  assert.equal(metrics.status, 200);
  assert.match(metrics.headers.get('content-type'), /^text\/plain/);
  const text = await metrics.text();
  const sample = /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eEinfNa]+$/;
  for (const line of text.trimEnd().split('\n')) {
    assert.ok(line.startsWith('# ') || sample.test(line), `not Prometheus text: ${line}`);
  }
  assert.match(text, /^godwit_/m);
});

test('the log never holds a token, a signing key or a body', async (context) => {
  const destination = await Destination.start({
    respond: () => ({ status: 500, body: 'secret answer' }),
  });
  context.after(() => destination.stop());
  const broker = await Broker.start();
  const body = 'a-body-that-nobody-else-reads';
  const messageId = await broker.publish(`${destination.url}/log`, {
    body,
    headers: { 'Upstash-Retries': '0' },
  });
  await destination.waitFor(messageId);
  const wrong = 'a-wrong-token-of-somebody';
  await fetch(`${broker.url}/v2/keys?qstash_token=${wrong}`, {
    headers: { Authorization: `Bearer ${wrong}` },
  });
  await broker.stop();
  assert.notEqual(broker.output, '', 'something is logged');
  for (const secret of [
    broker.token,
    serverKeys.current,
    serverKeys.next,
    body,
    wrong,
    'secret answer',
  ]) {
    assert.ok(!broker.output.includes(secret), `the log holds ${secret}`);
  }
});

test('dev keeps its data in a directory, and with --ephemeral in memory', async () => {
  const first = await Broker.start({ mode: 'dev' });
  const messageId = await first.publish('http://127.0.0.1:9/later', {
    body: 'x',
    headers: { 'Upstash-Delay': '1h' },
  });
  await first.stop();
  const second = await Broker.start({ mode: 'dev', dataDir: first.dataDir });
  assert.equal((await second.json(`/v2/messages/${messageId}`)).messageId, messageId);
  await second.stop();
  const ephemeral = await Broker.start({
    mode: 'dev',
    dataDir: first.dataDir,
    args: ['--ephemeral'],
  });
  assert.equal((await ephemeral.request(`/v2/messages/${messageId}`)).status, 404);
  await ephemeral.stop();
});
