import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, after, test } from 'node:test';

import { binary, Broker, freePort, runToEnd, temporaryDirectory } from '../harness/broker.mjs';
import { Destination } from '../harness/destination.mjs';

let broker;
let destination;
before(async () => {
  broker = await Broker.start();
  destination = await Destination.start();
});
after(async () => {
  await broker.stop();
  await destination.stop();
});

const environment = () => ({ QSTASH_URL: `${broker.url}/`, QSTASH_TOKEN: broker.token });
const publish = (args, options = {}) => runToEnd(['publish', ...args], { env: environment(), ...options });

test('godwit publish sends a message with what its flags say, and prints the answer', async () => {
  const url = `${destination.url}/flags`;
  const args = [url, '--header', 'X-Order: 17', '--header', 'Content-Type: text/plain', '--label', 'cli', '--body', 'hello'];
  const { code, stdout, output } = await publish(args);
  assert.equal(code, 0, output);
  const { messageId } = JSON.parse(stdout);
  const [arrived] = await destination.waitFor(messageId);
  assert.equal(arrived.headers['x-order'], '17');
  assert.equal(arrived.headers['content-type'], 'text/plain');
  assert.equal(arrived.text, 'hello');
  const { events } = await broker.json('/v2/logs?label=cli');
  assert.equal(events[0].messageId, messageId);
});

test('godwit publish takes a body of any bytes from a file', async () => {
  const file = join(temporaryDirectory(), 'body');
  const bytes = Buffer.from([0, 255, 10, 13, 0]);
  writeFileSync(file, bytes);
  const { code, stdout, output } = await publish([`${destination.url}/file`, '--body-file', file]);
  assert.equal(code, 0, output);
  const [arrived] = await destination.waitFor(JSON.parse(stdout).messageId);
  assert.deepEqual(arrived.body, bytes);
});

test('godwit publish takes a body from standard input, which is read to its end', async () => {
  const file = join(temporaryDirectory(), 'body');
  writeFileSync(file, 'x'.repeat(200_000));
  const command = `"$PROGRAM" publish ${destination.url}/input --body-file - < ${file}`;
  const { code, stdout, output } = await runToEnd(['-c', command], { file: '/bin/sh', env: { ...environment(), PROGRAM: binary } });
  assert.equal(code, 0, output);
  const [arrived] = await destination.waitFor(JSON.parse(stdout).messageId);
  assert.equal(arrived.text, 'x'.repeat(200_000));
  const missing = await publish([`${destination.url}/`, '--body-file', '/nowhere/body']);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /\/nowhere\/body: it cannot be opened/);
});

test('godwit publish makes schedules, and puts into queues', async () => {
  const scheduled = await publish([`${destination.url}/never`, '--cron', '0 0 1 1 *', '--schedule-id', 'yearly']);
  assert.equal(scheduled.code, 0, scheduled.output);
  assert.equal((await broker.json('/v2/schedules/yearly')).cron, '0 0 1 1 *');
  const queued = await publish([`${destination.url}/queued`, '--queue', 'line', '--delay', '1h']);
  assert.equal(queued.code, 0, queued.output);
  assert.equal((await broker.json('/v2/queues/line')).lag, 1);
});

test('godwit publish says what went wrong, and never the token', async () => {
  const usage = await publish(['--dealy', '1s', `${destination.url}/`]);
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /did you mean "delay"/);
  const refused = await publish(['ftp://example.com/']);
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /answers 400: .*scheme/);
  const closed = `http://127.0.0.1:${await freePort()}`;
  const lost = await publish([`${destination.url}/`], { env: { ...environment(), QSTASH_URL: closed } });
  assert.equal(lost.code, 3);
  assert.match(lost.stderr, /connection refused[^]*--deduplication-id/);
  const without = await publish([`${destination.url}/`], { env: { ...environment(), QSTASH_TOKEN: '' } });
  assert.equal(without.code, 2);
  assert.match(without.stderr, /QSTASH_TOKEN/);
  const nowhere = await publish([`${destination.url}/`], { env: { ...environment(), QSTASH_URL: 'http://127.0.0.1:1/#x' } });
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.stderr, /QSTASH_URL .*without \? and #/);
  const wrong = await publish([`${destination.url}/`], { env: { ...environment(), QSTASH_TOKEN: 'sesame-sesame' } });
  assert.equal(wrong.code, 3);
  assert.match(wrong.stderr, /answers 401/);
  for (const { output } of [usage, refused, lost, wrong]) assert.ok(!output.includes(broker.token) && !output.includes('sesame'));
});
