// Quotas and rate limits: settings, each with a refusal that names its quota and its setting.
import { QstashDailyRatelimitError, QstashRatelimitError } from '@upstash/qstash';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World, refused } from './world.mjs';

let world;
before(async () => {
  world = await World.open({
    args: [
      ['--engine-queues-max', '2'],
      ['--engine-schedules-max', '1'],
      ['--engine-url-groups-max', '1'],
      ['--engine-endpoints-max', '2'],
      ['--api-queue-parallelism-max', '5'],
      ['--api-retries-max', '5'],
      ['--api-delay-max', '1h'],
      ['--api-message-size-max', '1KiB'],
    ].flat(),
  });
});
after(() => world.close());

const yearly = '0 0 1 1 *';
const queueOf = (queueName) => world.client.queue({ queueName });
const publish = (options) =>
  world.client.publish({ url: world.url('/limits'), body: 'x', ...options });

test('the number of queues, and their parallelism', async () => {
  await queueOf('one').upsert({});
  await queueOf('two').enqueue({ url: world.url('/limits') });
  const exceeded = /^quota maxQueues exceeded, current limit: 2\b.*engine\.queues_max/;
  await refused(412, exceeded, queueOf('three').upsert({}));
  await refused(412, exceeded, queueOf('three').enqueue({ url: world.url('/never') }));
  await queueOf('one').upsert({ parallelism: 5 });
  await refused(
    412,
    /^quota maxParallelism exceeded, current limit: 5\b.*api\.queue_parallelism_max/,
    queueOf('one').upsert({ parallelism: 6 }),
  );
  await queueOf('one').delete();
  await queueOf('three').upsert({});
});

test('the number of schedules', async () => {
  const create = (scheduleId) =>
    world.client.schedules.create({ scheduleId, destination: world.url('/never'), cron: yearly });
  await create('one');
  await create('one');
  await refused(
    412,
    /^quota maxSchedules exceeded, current limit: 1\b.*engine\.schedules_max/,
    create('two'),
  );
  await world.client.schedules.delete('one');
  await create('two');
});

test('the number of URL groups, and of their endpoints', async () => {
  const add = (name, ...paths) =>
    world.client.urlGroups.addEndpoints({
      name,
      endpoints: paths.map((path) => ({ url: world.url(path) })),
    });
  await add('one', '/a');
  await refused(
    412,
    /^quota maxTopics exceeded, current limit: 1\b.*engine\.url_groups_max/,
    add('two', '/a'),
  );
  await add('one', '/b');
  await refused(
    412,
    /^quota maxEndpoints exceeded, current limit: 2\b.*engine\.endpoints_max/,
    add('one', '/c'),
  );
  assert.equal((await world.client.urlGroups.get('one')).endpoints.length, 2);
});

test('retries, delays and sizes', async () => {
  await publish({ retries: 5, delay: '1h' });
  await refused(
    412,
    /^quota maxRetries exceeded, current limit: 5\b.*api\.retries_max/,
    publish({ retries: 6 }),
  );
  await refused(
    412,
    /^quota maxDelay exceeded, current limit: 3600\b.*api\.delay_max/,
    publish({ delay: '1h1s' }),
  );
  await refused(
    412,
    /^quota maxDelay exceeded/,
    publish({ notBefore: Math.floor(Date.now() / 1000) + 7200 }),
  );
  await refused(
    412,
    /^quota maxMessageSize exceeded\b.*api\.message_size_max/,
    publish({ body: 'x'.repeat(1025) }),
  );
  const answers = await world.client.batch([
    { url: world.url('/limits'), body: 'x'.repeat(1025) },
    { url: world.url('/limits'), body: 'small' },
  ]);
  assert.match(answers[0].error, /^quota maxMessageSize exceeded/);
  await world.arrival(answers[1].messageId);
});

test('messages per day: the SDK knows the limit, what is left and when it ends', async (context) => {
  const limited = await World.open({ args: ['--api-messages-per-day', '3'] });
  context.after(() => limited.close());
  const url = limited.url('/daily');
  for (let i = 0; i < 3; ++i) await limited.client.publish({ url });
  const error = await limited.client.publish({ url }).catch((thrown) => thrown);
  assert.ok(error instanceof QstashDailyRatelimitError, String(error));
  assert.equal(error.status, 429);
  assert.equal(error.limit, '3');
  assert.equal(error.remaining, '0');
  assert.equal(Number(error.reset) % 86_400, 0, 'the next midnight');
  assert.ok(Number(error.reset) > Date.now() / 1000);
  const answer = await limited.broker.request(`/v2/publish/${url}`, { method: 'POST' });
  assert.equal(answer.status, 429);
  assert.equal(typeof (await answer.json()).error, 'string');
  assert.deepEqual((await limited.client.dlq.listMessages()).messages, [], 'reading goes on');
});

test('requests per second: management is limited, publishing is not', async (context) => {
  const limited = await World.open({ args: ['--api-requests-per-second', '5'] });
  context.after(() => limited.close());
  const answers = await Promise.allSettled(
    Array.from({ length: 30 }, () => limited.client.queue({ queueName: 'q' }).list()),
  );
  const errors = answers
    .filter((answer) => answer.status === 'rejected')
    .map((answer) => answer.reason);
  // Thirty requests cannot take more than a few of the windows of a second.
  assert.ok(errors.length > 0, 'none was refused');
  for (const error of errors) {
    assert.ok(error instanceof QstashRatelimitError, String(error));
    assert.equal(error.limit, '5');
    assert.equal(error.remaining, '0');
    assert.ok(Number(error.reset) > 1_700_000_000);
  }
  const published = await Promise.all(
    Array.from({ length: 30 }, () => limited.client.publish({ url: limited.url('/free') })),
  );
  for (const { messageId } of published) await limited.arrival(messageId);
});
