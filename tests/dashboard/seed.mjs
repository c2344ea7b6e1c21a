// Something of everything, so that every page has what it shows.

/** Fills an account; {paths}: every page of the dashboard, by name. */
export async function seed(world) {
  const { broker } = world;
  const json = { 'Content-Type': 'application/json' };
  const send = (method, path, { body, headers = {} } = {}) =>
    broker.json(path, {
      method,
      headers: { ...(body === undefined ? {} : json), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const delivered = await world.publish('/ok', { body: '{"hello":"world"}', headers: json });
  const waiting = await world.publish('/ok', {
    body: 'later',
    headers: {
      'Upstash-Delay': '1h',
      'Upstash-Label': 'seeded',
      'Upstash-Flow-Control-Key': 'seeded-key',
      'Upstash-Flow-Control-Value': 'parallelism=3, rate=60, period=1h',
    },
  });
  const failed = await world.publish('/status/500', {
    body: '{"order":1}',
    headers: { 'Upstash-Retries': '0', ...json },
  });
  await send('POST', '/v2/queues', { body: { queueName: 'seeded-queue', parallelism: 1 } });
  await send('POST', '/v2/queues/seeded-queue/pause');
  await send('POST', `/v2/enqueue/seeded-queue/${world.destination.url}/ok`);
  await send('POST', '/v2/topics/seeded-group/endpoints', {
    body: { endpoints: [{ url: `${world.destination.url}/ok`, name: 'first' }] },
  });
  await send('POST', `/v2/schedules/${world.destination.url}/ok`, {
    headers: { 'Upstash-Cron': '0 9 * * 1-5', 'Upstash-Schedule-Id': 'seeded-schedule' },
  });
  await world.inState(delivered, 'delivered');
  const { relations } = await world.inState(failed, 'failed');
  const letter = relations.deadLetter;
  return {
    delivered,
    waiting,
    failed,
    letter,
    paths: {
      overview: '/',
      'first steps': '/?guide=yes',
      messages: '/messages',
      'a delivered message': `/messages/${delivered}`,
      'a waiting message': `/messages/${waiting}`,
      'a failed message': `/messages/${failed}`,
      'dead letters by reason': '/dead-letters',
      'dead letters one by one': '/dead-letters?view=list',
      'a dead letter': `/dead-letters/${letter}`,
      logs: '/logs',
      queues: '/queues',
      'a queue': '/queues/seeded-queue',
      'flow control': '/flow-control',
      'a flow control key': '/flow-control/seeded-key',
      schedules: '/schedules',
      'the calendar of schedules': '/schedules?view=calendar',
      'a schedule': '/schedules/seeded-schedule',
      'a new schedule': '/new-schedule',
      "a schedule's editor": '/schedules/seeded-schedule/edit',
      'URL groups': '/url-groups',
      'a URL group': '/url-groups/seeded-group',
      'the request builder': '/publish',
      'the signature debugger': '/signature',
      settings: '/settings',
      limits: '/settings?tab=limits',
      configuration: '/settings?tab=configuration',
    },
  };
}

/** Makes a token through the interface of the pages; the token. */
export async function makeToken(world, name, readOnly) {
  const { token } = await world.broker.json('/admin/v1/tokens', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, readOnly }),
  });
  return token;
}

