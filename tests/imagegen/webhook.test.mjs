// The webhook: who may call it, what it answers, and that it never draws twice.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Client } from '@upstash/qstash';
import { SignJWT } from 'jose';

import { until } from '../harness/conditions.mjs';
import { World } from './world.mjs';

/** A call as the broker would make it, signed with `key`; what of it is wrong is the caller's. */
async function call(world, { key, body, url, headers = {}, sign = true }) {
  const target = `${world.application.url}/api/process-generation-task`;
  const text = JSON.stringify(body);
  const now = Math.floor(Date.now() / 1000);
  const signature =
    sign &&
    (await new SignJWT({ body: createHash('sha256').update(text).digest('base64url') })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setIssuer('Upstash')
      .setSubject(url ?? target)
      .setIssuedAt(now)
      .setNotBefore(0)
      .setExpirationTime(now + 300)
      .setJti('jwt_test')
      .sign(new TextEncoder().encode(key)));
  const response = await fetch(target, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Upstash-Message-Id': 'msg_test',
      'Upstash-Retried': '0',
      ...(signature ? { 'Upstash-Signature': signature } : {}),
      ...headers,
    },
    body: text,
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

describe('the webhook', () => {
  let world;
  before(async () => (world = await World.open()));
  after(() => world.close());
  const callsFor = (text) => world.providers.calls().filter(({ prompt }) => prompt.includes(text));

  /** A task that was sent and whose own message comes only in a minute or later. */
  async function waiting(prompt) {
    const generation = await world.application.generation(['the first of two', prompt], {
      rateLimit: 60,
    });
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    const { taskId } = await until('it was sent', async () => {
      const [, task] = await world.application.tasks(generation.id);
      return task.phase === 'queued' && task.messageId && task;
    });
    return { generationId: generation.id, taskId };
  }

  test('refuses calls without a signature, with a wrong one, for another address or another body', async () => {
    const body = await waiting('nobody may draw this');
    const { current } = world.broker.keys;
    const wrong = [
      { sign: false, body },
      { key: 'sig_somebody-elses', body },
      { key: current, body, url: 'http://127.0.0.1:1/api/process-generation-task' },
      { key: current, body, headers: { 'Upstash-Signature': 'not.a.token' } },
    ];
    for (const options of wrong) {
      const { status, json } = await call(world, options);
      assert.equal(status, 401, JSON.stringify(options));
      assert.ok(json.error?.code ?? json.code, 'says why');
    }
    assert.equal(callsFor('nobody may draw this').length, 0);
  });

  test('takes calls signed with the current or the next key, and draws once for many calls', async () => {
    const body = await waiting('drawn once');
    const first = await call(world, { key: world.broker.keys.next, body });
    assert.equal(first.status, 200);
    assert.equal(first.json.status, 'done');
    assert.match(first.json.imageUrl, /^\/images\/img_/);
    const second = await call(world, { key: world.broker.keys.current, body });
    assert.equal(second.status, 200);
    assert.equal(second.json.duplicate, true);
    assert.equal(callsFor('drawn once').length, 1);

    const image = await world.application.request('GET', first.json.imageUrl);
    assert.equal(image.status, 200);
    assert.equal(image.headers.get('x-content-type-options'), 'nosniff');
    assert.match(image.headers.get('content-type'), /^image\/(png|jpeg|webp)$/);
  });

  test('answers 503 with Retry-After to a second call while the first runs', async () => {
    const body = await waiting('slowly #slow:2s');
    const key = world.broker.keys.current;
    const first = call(world, { key, body });
    await until('the provider was called', () => callsFor('slowly').length === 1);
    const second = await call(world, { key, body });
    assert.equal(second.status, 503);
    assert.equal(second.json.code ?? second.json.error?.code, 'already_running');
    assert.ok(Number(second.headers.get('retry-after')) > 0);
    assert.equal((await first).status, 200);
    assert.equal(callsFor('slowly').length, 1);
  });

  test('answers 489 for a task that does not exist, and the broker is told not to retry', async () => {
    const { status, headers } = await call(world, {
      key: world.broker.keys.current,
      body: { generationId: 'gen_none', taskId: 'tsk_none' },
    });
    assert.equal(status, 489);
    assert.equal(headers.get('upstash-nonretryable-error'), 'true');
  });

  test('takes a message that the unmodified client published', async () => {
    const body = await waiting('by the client');
    const client = new Client({ baseUrl: world.broker.url, token: world.broker.token });
    await client.publishJSON({
      url: `${world.application.url}/api/process-generation-task`,
      body,
      retries: 0,
    });
    await until('it is done', async () => {
      const [, task] = await world.application.tasks(body.generationId);
      return task.status === 'done';
    });
  });

  test('draws nothing for a task that was never sent, whoever signs', async () => {
    const generation = await world.application.generation(['a draft of a bird']);
    const [{ taskId }] = await world.application.tasks(generation.id);
    const { status } = await call(world, {
      key: world.broker.keys.current,
      body: { generationId: generation.id, taskId },
    });
    assert.equal(status, 200);
    assert.equal(callsFor('a draft of a bird').length, 0);
    const [task] = await world.application.tasks(generation.id);
    assert.deepEqual([task.status, task.phase], ['pending', 'draft']);
  });
});

describe('what the provider answers', () => {
  let world;
  before(async () => (world = await World.open()));
  after(() => world.close());

  const start = async (prompt, options = {}) => {
    const generation = await world.application.generation([prompt], options);
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    return generation;
  };
  const task = async ({ id }) => (await world.application.tasks(id))[0];
  const callsFor = (text) => world.providers.calls().filter(({ prompt }) => prompt.includes(text));

  test('two temporary faults are retried by the broker, with three calls in all', async () => {
    // The waits between attempts are the provider's own, not the broker's 12 s and 2 min 28 s.
    const generation = await start('a swan #429:1s:2');
    await until('a retry is awaited, with its reason', async () => {
      const { phase, error, dueAt } = await task(generation);
      return phase === 'retry_wait' && error?.code === 'rate_limited' && dueAt;
    });
    const finished = await world.application.finished(generation.id);
    assert.equal(finished.summary.done, 1);
    assert.equal(callsFor('a swan').length, 3);
    const { attempt, maxAttempts } = await task(generation);
    assert.deepEqual([attempt, maxAttempts], [3, 4]);
  });

  test('a permanent fault ends the task after one call, without retries', async () => {
    const generation = await start('a forbidden bird #safety');
    const finished = await world.application.finished(generation.id);
    assert.equal(finished.state, 'finished_with_errors');
    const { status, phase, error } = await task(generation);
    assert.deepEqual([status, phase, error.code], ['failed', 'permanent', 'blocked']);
    assert.equal(callsFor('a forbidden bird').length, 1);
    await until('the broker keeps it as a dead letter', async () => {
      const { messages } = await world.broker.json('/v2/dlq');
      return messages.some(({ label }) => JSON.stringify(label ?? '').includes(generation.id));
    });
  });

  test('four temporary faults use up the tries, and the last reason stays', async () => {
    const generation = await start('a tired bird #429:1s:9');
    await world.application.finished(generation.id);
    const { status, phase, error, attempt, maxAttempts } = await task(generation);
    assert.deepEqual([status, phase], ['failed', 'exhausted']);
    assert.deepEqual([attempt, maxAttempts], [4, 4]);
    assert.equal(error.httpStatus, 429);
    assert.equal(callsFor('a tired bird').length, 4);
  });

  test('«Повторить ошибки» sends the failed ones anew', async () => {
    const generation = await start('a second chance #503', { retries: 0 });
    await world.application.finished(generation.id);
    await world.application.json('POST', `/api/generations/${generation.id}/retry-failed`, {});
    await until('it is done', async () => (await task(generation)).status === 'done');
    assert.equal(callsFor('a second chance').length, 2);
  });

  test('an answer that breaks off leaves no half image and is tried again', async () => {
    const generation = await start('a torn picture #drop', { retries: 1 });
    const finished = await world.application.finished(generation.id, { deadline: 60_000 });
    assert.equal(finished.summary.done, 1);
    assert.equal(callsFor('a torn picture').length, 2);
  });

  test('a daily quota waits without using up tries', async () => {
    const generation = await start('tomorrow #429day', { retries: 0 });
    await until('it waits for the limit', async () => {
      const { status, phase, dueAt } = await task(generation);
      return (
        status === 'pending' && phase === 'waiting_limit' && Date.parse(dueAt) > Date.now() + 60_000
      );
    });
  });
});
