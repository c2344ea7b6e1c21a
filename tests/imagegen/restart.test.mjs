// Processes that die: nothing is lost, nothing is drawn twice.
import assert from 'node:assert/strict';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World } from './world.mjs';

const prompts = (count) => Array.from({ length: count }, (_, i) => `an egret, number ${i}.`);

test('the broker dies while tasks wait: all are made after its return, none twice', async () => {
  const world = await World.open();
  const generation = await world.application.generation(prompts(6));
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
  await until('two are done', async () => {
    const { summary } = await world.application.json('GET', `/api/generations/${generation.id}`);
    return summary.done >= 2;
  });
  await world.broker.kill();
  await world.startBroker();
  const finished = await world.application.finished(generation.id);
  assert.equal(finished.summary.done, 6);
  for (let i = 0; i < 6; ++i) {
    const calls = world.providers.calls().filter(({ prompt }) => prompt.includes(`number ${i}.`));
    assert.equal(calls.length, 1, `image ${i}`);
  }
  await world.close();
});

test('the application dies while tasks wait: it goes on where it was', async () => {
  const world = await World.open();
  const generation = await world.application.generation(prompts(6));
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
  await until('two are done', async () => {
    const { summary } = await world.application.json('GET', `/api/generations/${generation.id}`);
    return summary.done >= 2;
  });
  await world.application.kill();
  await world.startApplication();
  const finished = await world.application.finished(generation.id, { deadline: 90_000 });
  assert.equal(finished.summary.done, 6);
  await world.close();
});

test('an application killed right after the click still sends all tasks', async () => {
  const world = await World.open();
  const generation = await world.application.generation(prompts(300), { rateLimit: 60 });
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
  await world.application.kill();
  await world.startApplication();
  await until(
    'every task has its message',
    async () => {
      const tasks = await world.application.tasks(generation.id);
      return tasks.every(({ messageId, status }) => messageId || status === 'done');
    },
    { deadline: 60_000, every: 100 },
  );
  const tasks = await world.application.tasks(generation.id);
  assert.equal(new Set(tasks.map(({ messageId }) => messageId)).size, 300);
  await world.close();
});

test('an application killed in the middle of a call repairs the task by itself', async () => {
  const world = await World.open();
  const generation = await world.application.generation(['a patient bird #slow:3s']);
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
  await until('the provider is drawing', () => world.providers.calls().length === 1);
  await world.application.kill();
  await world.startApplication();
  const finished = await world.application.finished(generation.id, { deadline: 120_000 });
  assert.equal(finished.summary.done, 1);
  assert.equal(world.providers.calls().length, 2, 'one call was cut by the kill');
  await world.close();
});

test('an application killed between the provider’s answer and saving does not ask twice', async () => {
  const world = await World.open();
  const { dataDir } = world.application;
  const images = join(dataDir, 'images');
  // Nothing can be saved where a file stands in the directory's place: the answer stays in the spool.
  renameSync(images, `${images}.away`);
  writeFileSync(images, '');
  const generation = await world.application.generation(['a bittern that is paid for once']);
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
  await until('the answer is in the spool', () => {
    return readdirSync(join(dataDir, 'spool')).some((name) => !name.endsWith('.tmp'));
  });
  await world.application.kill();
  rmSync(images);
  renameSync(`${images}.away`, images);
  await world.startApplication();
  const finished = await world.application.finished(generation.id, { deadline: 120_000 });
  assert.equal(finished.summary.done, 1);
  assert.equal(world.providers.calls().length, 1, 'the provider was asked once');
  assert.deepEqual(readdirSync(join(dataDir, 'spool')), [], 'the spool is empty again');
  await world.close();
});
