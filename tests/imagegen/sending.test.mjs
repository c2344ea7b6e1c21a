// «Запустить»: what leaves the application for the broker, and what does not.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World } from './world.mjs';

const seconds = (delay) => {
  if (delay === undefined) return 0;
  assert.match(delay, /^\d+s$/);
  return Number(delay.slice(0, -1));
};

describe('sending a generation', () => {
  let world;
  // Each test has a ledger of its own: calls of another would delay its first task.
  beforeEach(async () => {
    world = await World.open({ recorded: true });
  });
  afterEach(async () => {
    await world.close();
  });

  /** Starts it, waits until all was sent, and returns the messages that left. */
  async function send(generation) {
    const already = world.recorder.published().length;
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    await until('all was sent', async () => {
      const { sending } = await world.application.json('GET', `/api/generations/${generation.id}`);
      return !sending?.active;
    });
    return world.recorder.published().slice(already);
  }
  const stop = (generation) =>
    world.application.json('POST', `/api/generations/${generation.id}/stop`, {});
  const prompts = (count) => Array.from({ length: count }, (_, i) => `a bird, number ${i}`);

  test('60 an hour sends five tasks a minute apart, the first at once', async () => {
    const generation = await world.application.generation(prompts(5), { rateLimit: 60 });
    assert.deepEqual(generation.summary, {
      pending: 5,
      processing: 0,
      done: 0,
      failed: 0,
      canceled: 0,
      total: 5,
    });
    assert.equal(world.recorder.published().length, 0, 'creation sends nothing');

    const sent = await send(generation);
    assert.deepEqual(
      sent.map(({ headers }) => seconds(headers['upstash-delay'])),
      [0, 60, 120, 180, 240],
    );
    const tasks = await world.application.tasks(generation.id);
    for (const [i, { destination, headers, body }] of sent.entries()) {
      assert.equal(destination, `${world.application.url}/api/process-generation-task`);
      assert.equal(headers['upstash-retries'], '3');
      assert.equal(headers['upstash-label'], `imagegen:${generation.id}`);
      assert.match(headers['upstash-deduplication-id'], new RegExp(`^${tasks[i].taskId}-\\d+$`));
      assert.match(headers['upstash-flow-control-key'], /^imagegen:gemini:[0-9a-f]{12}$/);
      assert.match(
        headers['upstash-flow-control-value'],
        /rate=60\b.*period=1h|period=1h.*rate=60\b/,
      );
      assert.equal(
        headers['upstash-failure-callback'],
        `${world.application.url}/api/task-results`,
      );
      assert.deepEqual(JSON.parse(body), {
        generationId: generation.id,
        taskId: tasks[i].taskId,
        run: 1,
      });
      assert.equal(tasks[i].messageId.startsWith('msg_'), true);
    }
  });

  test('only pending tasks are sent, and a second click sends nothing', async () => {
    const generation = await world.application.generation(prompts(3), { rateLimit: 60 });
    assert.equal((await send(generation)).length, 3);
    const already = world.recorder.published().length;
    const refusal = await world.application.refusal(
      'POST',
      `/api/generations/${generation.id}/start`,
      {},
    );
    assert.equal(refusal.status, 409);
    assert.equal(refusal.error.code, 'nothing_pending');
    assert.equal(world.recorder.published().length, already);
  });

  test('a second generation of the same key is planned behind the first', async () => {
    const first = await world.application.generation(prompts(3), { rateLimit: 60 });
    const second = await world.application.generation(prompts(2), { rateLimit: 60 });
    await send(first);
    const delays = (await send(second)).map(({ headers }) => seconds(headers['upstash-delay']));
    // The first has slots at 0, 60 and 120 s; what passed between the two clicks is not waited again.
    assert.ok(delays[0] > 165 && delays[0] <= 180, `${delays}`);
    assert.equal(delays[1] - delays[0], 60);
  });

  test('«Остановить» takes back what is not delivered, and starting again goes on', async () => {
    const generation = await world.application.generation(prompts(4), { rateLimit: 60 });
    await send(generation);
    await until('the first image is there', async () => {
      const { summary } = await world.application.json('GET', `/api/generations/${generation.id}`);
      return summary.done === 1;
    });
    const stopped = await stop(generation);
    assert.equal(stopped.state, 'ready');
    assert.deepEqual([stopped.summary.pending, stopped.summary.done], [3, 1]);
    await until('the broker has none of its messages left', async () => {
      const { events } = await world.broker
        .json(`/v2/logs?label=${encodeURIComponent(generation.label)}&groupBy=messageId`)
        .then((page) => ({ events: page.logs ?? page.messages ?? page.events ?? [] }));
      const text = JSON.stringify(events);
      return (text.match(/CANCELED/g) ?? []).length >= 3;
    });
    const again = await send(generation);
    assert.equal(again.length, 3);
    assert.equal(
      world.providers.calls().filter(({ prompt }) => prompt.includes('number 0')).length > 0,
      true,
    );
  });

  test('while the broker is away the reason is told, and all is sent when it is back', async () => {
    const generation = await world.application.generation(prompts(3), { rateLimit: 60 });
    const view = () => world.application.json('GET', `/api/generations/${generation.id}`);
    world.recorder.cut = true;
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    const waiting = await until('the reason is told', async () => {
      const shown = await view();
      return shown.sending?.problem && shown;
    });
    assert.deepEqual([waiting.summary.pending, waiting.sending.sent], [3, 0]);
    world.recorder.cut = false;
    await until('all was sent', async () => !(await view()).sending?.active, { deadline: 60_000 });
    assert.equal(world.recorder.published().filter(({ headers }) => headers).length, 3);
    await until('the problem is gone', async () => !(await view()).problem);
  });
});
