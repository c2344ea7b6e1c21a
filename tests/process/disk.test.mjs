import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Broker, temporaryDirectory } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';

/** A small file system of its own, or the reason why there is none. */
function smallDisk(context, mebibytes) {
  const directory = temporaryDirectory('godwit-disk-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', directory], {
      stdio: 'pipe',
    });
  } catch (error) {
    context.skip(
      `no small file system can be mounted here: ${String(error.stderr ?? error.message).trim()}`,
    );
    return undefined;
  }
  context.after(() => execFileSync('umount', ['-l', directory]));
  return directory;
}

test('a disk that is nearly full refuses publishes, keeps the rest, and recovers with room', async (context) => {
  const disk = smallDisk(context, 400);
  if (!disk) return;
  const destination = await Destination.start();
  context.after(() => destination.stop());
  const broker = await Broker.start({ dataDir: join(disk, 'data') });
  context.after(() => broker.kill());
  const url = `${destination.url}/disk`;
  const waiting = await broker.publish(url, { body: 'before', headers: { 'Upstash-Delay': '1h' } });
  const attempt = () => broker.request(`/v2/publish/${url}`, { method: 'POST', body: 'x' });

  const ballast = join(disk, 'ballast');
  writeFileSync(ballast, Buffer.alloc(300 << 20, 'b'));
  const refused = await until('publishes are refused', async () => {
    const response = await attempt();
    return response.status !== 200 && response;
  });
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.match((await refused.json()).error, /disk|space|storage/i);
  assert.equal((await broker.json(`/v2/messages/${waiting}`)).body, 'before', 'reading goes on');
  assert.equal(broker.ended, undefined);

  truncateSync(ballast, 0);
  rmSync(ballast);
  await until('publishes are taken again', async () => (await attempt()).status === 200);
  await until('and delivered', () => destination.arrivals.length > 0);
});

test('a disk with no room left loses nothing that was acknowledged', async (context) => {
  const disk = smallDisk(context, 600);
  if (!disk) return;
  const destination = await Destination.start();
  context.after(() => destination.stop());
  const dataDir = join(disk, 'data');
  const ballast = join(disk, 'ballast');
  const broker = await Broker.start({ dataDir });
  context.after(() => broker.kill());
  const acknowledged = [];
  const publish = async () => {
    const response = await broker.request(`/v2/publish/${destination.url}/full`, {
      method: 'POST',
      body: Buffer.alloc(1 << 20, 'x'),
      headers: { 'Upstash-Delay': '1h' },
    });
    const answer = await response.json();
    if (response.ok) acknowledged.push(answer.messageId);
    return response.ok;
  };
  await publish();
  // As full as it gets, at once: the check of free space may look only now and then.
  try {
    writeFileSync(ballast, Buffer.alloc(600 << 20, 'b'));
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  }
  // Refused, or the process stops: both are honest. What is acknowledged stays.
  for (let i = 0; i < 20; ++i) if (!(await publish().catch(() => false))) break;
  rmSync(ballast);
  await broker.kill();
  const again = await Broker.start({ dataDir });
  context.after(() => again.kill());
  assert.ok(acknowledged.length > 0);
  for (const id of acknowledged)
    assert.equal((await again.json(`/v2/messages/${id}`)).messageId, id);
});
