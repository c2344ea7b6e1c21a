// A broker that has QStash's public interface and nothing of Godwit's own, as the hosted service has:
// the whole life of a generation works there too, and the unmodified client sees it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '@upstash/qstash';

import { until } from '../harness/conditions.mjs';
import { World } from './world.mjs';

describe('a broker that is not Godwit', () => {
  let world;
  let client;
  before(async () => {
    world = await World.open({ recorded: { hosted: true } });
    client = new Client({ baseUrl: world.recorder.url, token: world.broker.token });
  });
  after(async () => {
    await world.close();
  });

  const post = (generation, action) =>
    world.application.json('POST', `/api/generations/${generation.id}/${action}`, {});
  const view = ({ id }) => world.application.json('GET', `/api/generations/${id}`);

  test('success, a temporary fault and a refusal end as they should, and the client sees how', async () => {
    const generation = await world.application.generation([
      'a snipe',
      'a busy snipe #429:1s',
      'a forbidden snipe #safety',
    ]);
    await post(generation, 'start');
    const finished = await world.application.finished(generation.id);
    assert.deepEqual([finished.summary.done, finished.summary.failed], [2, 1]);
    assert.equal(world.providers.calls().filter(({ prompt }) => /snipe/.test(prompt)).length, 4);

    const filter = { label: generation.label };
    await until('the client sees two deliveries and one failure', async () => {
      const { logs } = await client.logs({ filter, count: 100 });
      const ended = (state) =>
        new Set(logs.filter((row) => row.state === state).map(({ messageId }) => messageId)).size;
      return ended('DELIVERED') === 2 && ended('FAILED') === 1;
    });
    await until('the client finds the refused one among the dead letters', async () => {
      const { messages } = await client.dlq.listMessages({ filter });
      return messages.length === 1 && messages[0].responseStatus === 489;
    });
  });

  test('a test message comes back, and nothing that only Godwit has is needed', async () => {
    const begun = await world.application.json('POST', '/api/settings/test-callback', {});
    const ended = await until('the test message came back', async () => {
      const now = await world.application.json('GET', `/api/settings/test-callback/${begun.id}`);
      return now.finished && now;
    });
    assert.equal(ended.ok, true, JSON.stringify(ended.legs));
    const { broker } = await until('the broker was looked at', async () => {
      const status = await world.application.json('GET', '/api/status');
      return status.broker.reachable && status;
    });
    assert.deepEqual([broker.kind, broker.version, broker.consoleUrl], ['unknown', null, null]);
    // Who the broker is was asked, and it was no fault to be told nothing.
    assert.deepEqual([...new Set(world.recorder.refused)], ['/']);
  });

  test('pause, resume, stop and comparing work with the public interface alone', async () => {
    const prompts = Array.from({ length: 4 }, (_, i) => `a rail, number ${i}`);
    const generation = await world.application.generation(prompts, { rateLimit: 60 });
    await post(generation, 'start');
    await until('all was sent', async () => (await view(generation)).sending?.active !== true);
    assert.equal((await post(generation, 'pause')).state, 'paused');
    await post(generation, 'resume');
    await until('it goes on', async () => (await view(generation)).state === 'running');
    assert.equal((await post(generation, 'reconcile')).summary.failed, 0);
    assert.equal((await post(generation, 'stop')).state, 'ready');
    const { summary } = await view(generation);
    await until('the client sees them canceled', async () => {
      const { logs } = await client.logs({ filter: { label: generation.label }, count: 100 });
      const canceled = logs.filter(({ state }) => state === 'CANCELED');
      return new Set(canceled.map(({ messageId }) => messageId)).size >= summary.pending;
    });
  });
});
