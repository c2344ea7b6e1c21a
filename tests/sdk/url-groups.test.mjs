import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { World, refused } from './world.mjs';

let world;
let groups;
before(async () => {
  world = await World.open();
  groups = world.client.urlGroups;
});
after(() => world.close());

const endpointsOf = async (name) => (await groups.get(name)).endpoints;

const patch = (name, headers) =>
  world.broker.request(`/v2/topics/${name}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ headers }),
  });

const raw = (group, headers = {}, body = '') =>
  world.broker.request(`/v2/publish/${group}`, { method: 'POST', headers, body });

test('addEndpoints makes a group; get and list tell exactly what was given', async () => {
  const before = Date.now();
  const endpoints = [{ name: 'with a name', url: world.url('/a') }, { url: world.url('/b?x=1') }];
  await groups.addEndpoints({ name: 'made.by_add-1', endpoints });
  const group = await groups.get('made.by_add-1');
  assert.equal(group.name, 'made.by_add-1');
  assert.deepEqual(group.endpoints, endpoints, 'in order, without further keys');
  assert.ok(group.createdAt >= before && group.createdAt <= Date.now());
  assert.ok(group.updatedAt >= group.createdAt);
  assert.deepEqual(
    (await groups.list()).filter((entry) => entry.name === group.name),
    [group],
  );
  assert.deepEqual(await world.client.topics.get('made.by_add-1'), group, 'the older name');
});

test('an endpoint is found again by its name, else by its URL', async () => {
  const name = 'upserted';
  await groups.addEndpoints({
    name,
    endpoints: [{ name: 'one', url: world.url('/one') }, { url: world.url('/two') }],
  });
  await groups.addEndpoints({
    name,
    endpoints: [
      { name: 'one', url: world.url('/one-moved') },
      { url: world.url('/two') },
      { url: world.url('/three') },
    ],
  });
  assert.deepEqual(await endpointsOf(name), [
    { name: 'one', url: world.url('/one-moved') },
    { url: world.url('/two') },
    { url: world.url('/three') },
  ]);
});

test('removeEndpoints takes names and URLs; with its last endpoint the group goes', async () => {
  const name = 'shrinking';
  await groups.addEndpoints({
    name,
    endpoints: [
      { name: 'one', url: world.url('/one') },
      { url: world.url('/two') },
      { url: world.url('/three') },
    ],
  });
  await groups.removeEndpoints({
    name,
    endpoints: [{ name: 'one' }, { url: world.url('/three') }, { url: world.url('/unknown') }],
  });
  assert.deepEqual(await endpointsOf(name), [{ url: world.url('/two') }]);
  await groups.removeEndpoints({ name, endpoints: [{ url: world.url('/two') }] });
  await refused(404, /^topic shrinking not found$/, groups.get(name));
  await refused(404, /not found/, groups.removeEndpoints({ name, endpoints: [{ name: 'one' }] }));
});

test('delete removes a group, and is no error when there is none', async () => {
  await groups.addEndpoints({ name: 'deleted', endpoints: [{ url: world.url('/x') }] });
  await groups.delete('deleted');
  await groups.delete('deleted');
  assert.ok((await groups.list()).every((group) => group.name !== 'deleted'));
  await refused(
    404,
    /^topic deleted not found$/,
    world.client.publishJSON({ urlGroup: 'deleted', body: {} }),
  );
});

test('a publish goes to each endpoint, is answered in their order, and each is its own message', async () => {
  const endpoints = [
    { name: 'first', url: world.url('/fan/1?keep=this') },
    { url: world.url('/fan/2') },
    { name: 'third', url: world.url('/fan/3') },
  ];
  await groups.addEndpoints({ name: 'fan', endpoints });
  const answers = await world.client.publishJSON({
    urlGroup: 'fan',
    body: { hello: 'all' },
    headers: { 'X-Trace': 'abc' },
    label: 'fanned',
  });
  assert.ok(Array.isArray(answers));
  assert.deepEqual(
    answers.map((answer) => answer.url),
    endpoints.map((endpoint) => endpoint.url),
  );
  assert.equal(new Set(answers.map((answer) => answer.messageId)).size, 3);
  for (const [i, { messageId }] of answers.entries()) {
    const arrival = await world.arrival(messageId);
    assert.equal(world.destination.url + arrival.path, endpoints[i].url);
    assert.equal(arrival.text, '{"hello":"all"}');
    assert.equal(arrival.headers['x-trace'], 'abc');
    assert.equal(arrival.headers['upstash-topic-name'], 'fan');
    const message = await world.client.messages.get(messageId);
    assert.equal(message.urlGroup, 'fan');
    assert.equal(message.topicName, 'fan');
    assert.equal(message.endpointName, endpoints[i].name);
    assert.equal(message.url, endpoints[i].url);
    await world.states(messageId, 'DELIVERED');
  }
  const { logs } = await world.client.logs({ filter: { urlGroup: 'fan', state: 'DELIVERED' } });
  assert.deepEqual(
    new Set(logs.map((row) => row.messageId)),
    new Set(answers.map((answer) => answer.messageId)),
  );
  for (const row of logs) assert.equal(row.urlGroup, 'fan');
  const names = logs.map((row) => row.endpointName).sort();
  assert.deepEqual(names, ['first', 'third', undefined]);
});

test('topic is the older name of urlGroup in a publish', async () => {
  await groups.addEndpoints({ name: 'older', endpoints: [{ url: world.url('/older') }] });
  const [{ messageId }] = await world.client.publish({ topic: 'older', body: 'x' });
  await world.arrival(messageId);
});

test('a group of one still answers an array', async () => {
  await groups.addEndpoints({ name: 'one', endpoints: [{ url: world.url('/only') }] });
  const answers = await world.client.publish({ urlGroup: 'one' });
  assert.equal(answers.length, 1);
  await world.arrival(answers[0].messageId);
});

test('each endpoint has its retries, its dead letter and its retry by hand', async () => {
  let healed = false;
  const bad = world.route('/half-bad', () => ({ status: healed ? 200 : 500 }));
  await groups.addEndpoints({
    name: 'half',
    endpoints: [{ url: world.url('/half-good') }, { name: 'bad one', url: bad }],
  });
  const [good, failed] = await world.client.publishJSON({ urlGroup: 'half', body: {}, retries: 0 });
  const [letter] = await world.deadLetters({ urlGroup: 'half' });
  assert.equal(letter.messageId, failed.messageId);
  assert.equal(letter.urlGroup, 'half');
  assert.equal(letter.endpointName, 'bad one');
  await world.arrival(good.messageId);
  healed = true;
  const { responses } = await world.client.dlq.retry({ filter: { urlGroup: 'half' } });
  assert.equal(responses.length, 1);
  await world.arrival(responses[0].messageId);
  assert.equal(world.at('/half-good').length, 1, 'the other endpoint gets nothing again');
  assert.equal(world.at('/half-bad').length, 2);
});

test('deduplication is per endpoint: one that joined later still gets its message', async () => {
  const name = 'deduplicated';
  await groups.addEndpoints({ name, endpoints: [{ url: world.url('/d/1') }] });
  const headers = { 'Upstash-Deduplication-Id': 'of-the-group' };
  const first = await raw(name, headers);
  assert.equal(first.status, 200);
  const [one] = await first.json();
  await groups.addEndpoints({ name, endpoints: [{ url: world.url('/d/2') }] });
  const second = await raw(name, headers);
  assert.equal(second.status, 200, 'something was published');
  const [again, two] = await second.json();
  assert.equal(again.messageId, one.messageId);
  assert.equal(again.deduplicated, true);
  assert.notEqual(two.deduplicated, true);
  await world.arrival(two.messageId);
  const third = await raw(name, headers);
  assert.equal(third.status, 202, 'nothing was');
  assert.ok((await third.json()).every((answer) => answer.deduplicated === true));
  await world.fence();
  assert.equal(world.at('/d/1').length, 1);
  assert.equal(world.at('/d/2').length, 1);
});

test('default headers count where the request says nothing, and PATCH replaces them all', async () => {
  const name = 'defaults';
  await groups.addEndpoints({ name, endpoints: [{ url: world.url('/defaults') }] });
  const given = { 'Upstash-Retries': '1', 'Upstash-Forward-X-Team': ['blue'] };
  assert.equal((await patch(name, given)).status, 200);
  const { headers } = await groups.get(name);
  assert.deepEqual(new Set(Object.keys(headers)), new Set(Object.keys(given)));
  assert.deepEqual(await endpointsOf(name), [{ url: world.url('/defaults') }]);

  const [byDefault] = await world.client.publish({ urlGroup: name, delay: 60 });
  const message = await world.client.messages.get(byDefault.messageId);
  assert.equal(message.maxRetries, 1);
  assert.deepEqual(message.header, { 'X-Team': ['blue'] });
  const [own] = await world.client.publish({ urlGroup: name, retries: 2, delay: 60 });
  assert.equal((await world.client.messages.get(own.messageId)).maxRetries, 2, 'a header wins');
  const query = await world.broker.request(
    `/v2/publish/${name}?upstash-retries=4&upstash-delay=1m`,
    {
      method: 'POST',
    },
  );
  const [byQuery] = await query.json();
  assert.equal(
    (await world.client.messages.get(byQuery.messageId)).maxRetries,
    4,
    'so does a query',
  );

  assert.equal((await patch(name, { 'Upstash-Label': 'patched' })).status, 200);
  const [replaced] = await world.client.publish({ urlGroup: name, delay: 60 });
  const after = await world.client.messages.get(replaced.messageId);
  assert.equal(after.maxRetries, 3);
  assert.equal(after.label, 'patched');
  for (const { messageId } of [byDefault, own, byQuery, replaced]) {
    await world.client.messages.cancel(messageId);
  }
  assert.equal((await patch('nobody', {})).status, 404);
});

test('a webhook needs only the URL: the group says to forward all headers', async () => {
  const name = 'webhooks';
  await groups.addEndpoints({ name, endpoints: [{ url: world.url('/webhooks') }] });
  await patch(name, { 'Upstash-Header-Forward': ['true'] });
  const token = encodeURIComponent(world.broker.token);
  const response = await fetch(`${world.broker.url}/v2/publish/${name}?qstash_token=${token}`, {
    method: 'POST',
    headers: { 'X-GitHub-Event': 'push', 'Content-Type': 'application/json' },
    body: '{"ref":"main"}',
  });
  assert.equal(response.status, 200);
  const [{ messageId }] = await response.json();
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.headers['x-github-event'], 'push');
  assert.equal(arrival.headers['content-type'], 'application/json');
  assert.equal(arrival.text, '{"ref":"main"}');
});

test('messages on their way outlive their group', async () => {
  await groups.addEndpoints({ name: 'short-lived', endpoints: [{ url: world.url('/outlives') }] });
  const [{ messageId }] = await world.client.publish({ urlGroup: 'short-lived', delay: 1 });
  await groups.delete('short-lived');
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.headers['upstash-topic-name'], 'short-lived');
});

test('groups outlive a restart', async (context) => {
  const first = await World.open();
  const endpoints = [{ name: 'n', url: first.url('/kept') }];
  await first.client.urlGroups.addEndpoints({ name: 'kept', endpoints });
  const before = await first.client.urlGroups.get('kept');
  await first.broker.kill();
  await first.destination.stop();
  const second = await World.open({ dataDir: first.broker.dataDir });
  context.after(() => second.close());
  assert.deepEqual(await second.client.urlGroups.get('kept'), before);
});

test('what cannot be is refused', async () => {
  await refused(404, /^topic nobody not found$/, groups.get('nobody'));
  const bad = { name: 'not a name!', endpoints: [{ url: world.url('/x') }] };
  await refused(400, /topic|group|name/i, groups.addEndpoints(bad));
  await refused(400, /url/i, groups.addEndpoints({ name: 'no-url', endpoints: [{ name: 'x' }] }));
  await refused(
    400,
    /invalid/,
    groups.addEndpoints({ name: 'bad-url', endpoints: [{ url: 'ftp://example.com' }] }),
  );
  await refused(404, /not found/, groups.get('bad-url'));
});
