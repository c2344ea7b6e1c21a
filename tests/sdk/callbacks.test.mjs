import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { World, refused } from './world.mjs';

// That each callback is signed for its own URL is checked by the World, like every delivery.

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const base64 = (text) => Buffer.from(text).toString('base64');

test('a callback tells the response and the message, field by field', async () => {
  const url = world.route('/answers', () => ({
    status: 201,
    headers: { 'Content-Type': 'text/plain', 'X-Answer': ['one', 'two'] },
    body: 'made it: grüße',
  }));
  const { messageId } = await world.client.publishJSON({
    url: `${url}?x=1`,
    method: 'PUT',
    body: { invoice: 42 },
    headers: { 'X-Trace': 'abc' },
    retries: 2,
    callback: world.url('/callback?of=publish'),
  });
  const [body] = await world.callbackBodies('/callback', messageId);
  const message = await world.client.messages.get(messageId);
  const { header, ...rest } = body;
  assert.deepEqual(rest, {
    status: 201,
    body: base64('made it: grüße'),
    retried: 0,
    maxRetries: 2,
    sourceMessageId: messageId,
    url: world.url('/answers?x=1'),
    method: 'PUT',
    sourceHeader: { 'Content-Type': ['application/json'], 'X-Trace': ['abc'] },
    sourceBody: base64('{"invoice":42}'),
    notBefore: message.notBefore,
    createdAt: message.createdAt,
    callerIP: '127.0.0.1',
  });
  assert.deepEqual(header['Content-Type'], ['text/plain']);
  assert.deepEqual(header['X-Answer'], ['one', 'two']);

  const [arrival] = world.callbacks('/callback', messageId);
  assert.equal(arrival.method, 'POST');
  assert.equal(arrival.path, '/callback?of=publish');
  assert.equal(arrival.headers['content-type'], 'application/json');
  assert.equal(arrival.headers['upstash-retried'], '0');
  assert.equal(arrival.headers['x-trace'], undefined, 'not what was meant for the destination');
  assert.equal(arrival.headers['upstash-caller-ip'], '127.0.0.1');
});

test('a callback is a message: its own id, rows, retries and dead letter', async () => {
  const callback = world.route('/callback-fails', () => ({ status: 503, body: 'not now' }));
  const { messageId } = await world.client.publishJSON({
    url: world.url('/fine'),
    body: {},
    retries: 1,
    label: 'of-the-source',
    callback,
    headers: { 'Upstash-Callback-Retry-Delay': '50' },
  });
  await world.callbackBodies('/callback-fails', messageId, 2);
  const [first, second] = world.callbacks('/callback-fails', messageId);
  const id = first.messageId;
  assert.notEqual(id, messageId);
  assert.equal(second.messageId, id);
  assert.deepEqual(
    [first, second].map((arrival) => arrival.headers['upstash-retried']),
    ['0', '1'],
  );
  const [letter] = await world.deadLetters({ messageId: id });
  assert.equal(letter.url, callback);
  assert.equal(letter.maxRetries, 1, 'those of its source');
  assert.equal(letter.responseBody, 'not now');
  assert.equal(letter.label, undefined, 'labels are not inherited');
  assert.equal(JSON.parse(letter.body).sourceMessageId, messageId);
  assert.deepEqual(await world.states(id, 'FAILED'), [
    'CREATED',
    'ACTIVE',
    'ERROR',
    'RETRY',
    'ACTIVE',
    'ERROR',
    'FAILED',
  ]);
  assert.equal((await world.states(messageId, 'DELIVERED')).length, 3, 'the source is delivered');
});

test('a callback follows every attempt; the last one is told by retried = maxRetries', async () => {
  const url = world.route('/three-times', (arrival) => ({
    status: 500 + Number(arrival.headers['upstash-retried']),
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 2,
    retryDelay: '50',
    callback: world.url('/every-attempt'),
    failureCallback: world.url('/every-failure'),
  });
  const bodies = await world.callbackBodies('/every-attempt', messageId, 3);
  bodies.sort((a, b) => a.retried - b.retried);
  assert.deepEqual(
    bodies.map((body) => [body.status, body.retried, body.maxRetries, body.dlqId]),
    [
      [500, 0, 2, undefined],
      [501, 1, 2, undefined],
      [502, 2, 2, undefined],
    ],
  );
  const [failure] = await world.callbackBodies('/every-failure', messageId);
  await world.fence();
  assert.equal(world.callbacks('/every-attempt', messageId).length, 3, 'one for each attempt');
  assert.equal(world.callbacks('/every-failure', messageId).length, 1, 'one for the end');
  assert.equal(failure.status, 502);
  assert.equal(failure.retried, 2);
});

test('a retry that succeeds ends the callbacks', async () => {
  const url = world.route('/second-time', (arrival) => ({
    status: arrival.headers['upstash-retried'] === '0' ? 500 : 200,
    body: arrival.headers['upstash-retried'],
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 5,
    retryDelay: '50',
    callback: world.url('/until-success'),
    failureCallback: world.url('/no-failure'),
  });
  const bodies = await world.callbackBodies('/until-success', messageId, 2);
  assert.deepEqual(bodies.map((body) => [body.status, body.body]).sort(), [
    [200, base64('1')],
    [500, base64('0')],
  ]);
  await world.states(messageId, 'DELIVERED');
  await world.fence();
  assert.equal(world.callbacks('/until-success', messageId).length, 2);
  assert.equal(world.at('/no-failure').length, 0);
});

test('a failure callback names the dead letter', async () => {
  const url = world.route('/fails', () => ({
    status: 500,
    headers: { 'Content-Type': 'text/plain' },
    body: 'it broke',
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: { a: 1 },
    retries: 0,
    failureCallback: world.url('/failure'),
  });
  const [body] = await world.callbackBodies('/failure', messageId);
  const [letter] = await world.deadLetters({ messageId });
  assert.equal(body.dlqId, letter.dlqId);
  assert.equal(body.status, 500);
  assert.equal(body.body, base64('it broke'));
  assert.deepEqual(body.header['Content-Type'], ['text/plain']);
  assert.equal(body.retried, 0);
  assert.equal(body.maxRetries, 0);
  assert.equal(body.url, url);
  assert.equal(body.sourceBody, base64('{"a":1}'));
});

test('an error that is final at once calls the failure callback at once', async () => {
  const url = world.route('/final', () => ({
    status: 489,
    headers: { 'Upstash-NonRetryable-Error': 'true' },
  }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 5,
    failureCallback: world.url('/final-failure'),
  });
  const [body] = await world.callbackBodies('/final-failure', messageId);
  assert.equal(body.status, 489);
  assert.equal(body.retried, 0);
  assert.equal(body.maxRetries, 5);
});

test('no response is status 0 and an empty body', async () => {
  const { messageId } = await world.client.publishJSON({
    url: 'http://127.0.0.1:1/nobody',
    body: {},
    retries: 0,
    callback: world.url('/unreachable'),
    failureCallback: world.url('/unreachable-failure'),
  });
  for (const path of ['/unreachable', '/unreachable-failure']) {
    const [body] = await world.callbackBodies(path, messageId);
    assert.equal(body.status, 0);
    assert.equal(body.body, '');
  }
});

test('bodies are base64 of the bytes, text or not, also none', async () => {
  const bytes = Buffer.from([0, 255, 254, 128, 10]);
  const url = world.route('/bytes', () => ({ status: 200, body: bytes }));
  const { messageId } = await world.client.publish({
    url,
    body: new Uint8Array([255, 0, 1]),
    callback: world.url('/bytes-callback'),
  });
  const [body] = await world.callbackBodies('/bytes-callback', messageId);
  assert.equal(body.body, bytes.toString('base64'));
  assert.equal(body.sourceBody, Buffer.from([255, 0, 1]).toString('base64'));
  const empty = await world.client.publish({
    url: world.url('/empty'),
    callback: world.url('/bytes-callback'),
  });
  const [none] = await world.callbackBodies('/bytes-callback', empty.messageId);
  assert.equal(none.body, '');
  assert.equal(none.sourceBody ?? '', '');
});

test('callbacks have settings of their own', async () => {
  const callback = world.route('/own-settings', (arrival) => ({
    status: arrival.headers['upstash-retried'] === '0' ? 500 : 200,
  }));
  const { messageId } = await world.client.publishJSON({
    url: world.url('/settings'),
    body: {},
    retries: 0,
    callback,
    headers: {
      'X-Trace': 'for the destination',
      'Upstash-Callback-Method': 'PUT',
      'Upstash-Callback-Retries': '1',
      'Upstash-Callback-Retry-Delay': '200',
      'Upstash-Callback-Timeout': '20s',
      'Upstash-Callback-Forward-X-Kind': 'done',
      'Upstash-Callback-Forward-Authorization': 'Bearer for-the-callback',
      'Upstash-Callback-Label': 'callbacks',
      'Upstash-Callback-Nobody-Knows': 'ignored',
    },
  });
  await world.callbackBodies('/own-settings', messageId, 2);
  const [first, second] = world.callbacks('/own-settings', messageId);
  for (const arrival of [first, second]) {
    assert.equal(arrival.method, 'PUT');
    assert.equal(arrival.headers['x-kind'], 'done');
    assert.equal(arrival.headers.authorization, 'Bearer for-the-callback');
    assert.equal(arrival.headers['x-trace'], undefined);
    assert.equal(arrival.headers['content-type'], 'application/json');
  }
  assert.ok(second.at - first.answeringAt >= 199);
  const message = await world.client.messages.get(first.messageId);
  assert.equal(message.method, 'PUT');
  assert.equal(message.maxRetries, 1);
  assert.equal(message.timeout, 20);
  assert.equal(message.retryDelayExpression, '200');
  assert.deepEqual(message.labels, ['callbacks']);
});

test('failure callbacks have settings of their own too', async () => {
  const url = world.route('/fails-own', () => ({ status: 500 }));
  const { messageId } = await world.client.publishJSON({
    url,
    body: {},
    retries: 0,
    failureCallback: world.url('/own-failure'),
    headers: {
      'Upstash-Failure-Callback-Method': 'PATCH',
      'Upstash-Failure-Callback-Retries': '7',
      'Upstash-Failure-Callback-Forward-X-Kind': 'failed',
      'Upstash-Callback-Forward-X-Kind': 'not this',
    },
  });
  await world.callbackBodies('/own-failure', messageId);
  const [arrival] = world.callbacks('/own-failure', messageId);
  assert.equal(arrival.method, 'PATCH');
  assert.equal(arrival.headers['x-kind'], 'failed');
  assert.equal((await world.client.messages.get(arrival.messageId)).maxRetries, 7);
});

test('get tells the callbacks of a message and the headers they will carry', async () => {
  const { messageId } = await world.client.publish({
    url: world.url('/waits'),
    delay: 60,
    callback: world.url('/cb/?foo=bar'),
    failureCallback: world.url('/fail/?foo=baz'),
    headers: {
      'Upstash-Callback-Forward-X-Kind': 'done',
      'Upstash-Failure-Callback-Forward-X-Kind': 'failed',
    },
  });
  const message = await world.client.messages.get(messageId);
  assert.equal(message.callback, world.url('/cb/?foo=bar'));
  assert.equal(message.failureCallback, world.url('/fail/?foo=baz'));
  assert.deepEqual(message.callbackHeader, { 'X-Kind': ['done'] });
  assert.deepEqual(message.failureCallbackHeader, { 'X-Kind': ['failed'] });
  assert.equal(message.header, undefined);
  const { logs } = await world.client.logs({ filter: { messageId } });
  assert.equal(logs[0].callback, message.callback);
  assert.equal(logs[0].failureCallback, message.failureCallback);
  await world.client.messages.cancel(messageId);
});

test('a callback may have a flow control key', async () => {
  const gate = world.gate('/callback-flow');
  const request = {
    url: world.url('/many'),
    callback: gate.url,
    headers: {
      'Upstash-Callback-Flow-Control-Key': 'callbacks',
      'Upstash-Callback-Flow-Control-Value': 'parallelism=1',
    },
  };
  for (let i = 0; i < 3; ++i) await world.client.publish(request);
  await world.waitAt('/many', 3);
  await gate.waitFor(1);
  await until('two wait', async () => {
    return (await world.client.flowControl.get('callbacks')).waitListSize === 2;
  });
  gate.open();
  await until('all have come', () => gate.arrivals.length === 3);
  assert.equal(gate.peak, 1);
});

test('a callback that fails for good calls its own failure callback, and that is the end', async () => {
  const callback = world.route('/broken-callback', () => ({ status: 500 }));
  const last = world.route('/last-resort', () => ({ status: 500 }));
  const { messageId } = await world.client.publish({
    url: world.url('/ok'),
    retries: 0,
    callback,
    headers: { 'Upstash-Callback-Failure-Callback': last },
  });
  const [body] = await until('the last resort is called', () => {
    const bodies = world.at('/last-resort').map((arrival) => JSON.parse(arrival.text));
    return bodies.length > 0 && bodies;
  });
  const [failed] = world.callbacks('/broken-callback', messageId);
  assert.equal(body.sourceMessageId, failed.messageId);
  assert.equal(body.url, callback);
  assert.equal(body.status, 500);
  assert.match(body.dlqId, /^\d+-\d+$/);
  const source = JSON.parse(Buffer.from(body.sourceBody, 'base64'));
  assert.equal(source.sourceMessageId, messageId);
  await world.deadLetters({ messageId: world.at('/last-resort')[0].messageId });
});

test('a cancelled message calls nobody', async () => {
  const gate = world.gate('/cancelled');
  const waiting = await world.client.publish({
    url: world.url('/cancelled-early'),
    delay: '1h',
    callback: world.url('/cancelled-callback'),
    failureCallback: world.url('/cancelled-callback'),
  });
  await world.client.messages.cancel(waiting.messageId);
  const running = await world.client.publish({
    url: gate.url,
    retries: 3,
    failureCallback: world.url('/cancelled-callback'),
  });
  await gate.waitFor(1);
  await world.client.messages.cancel(running.messageId);
  gate.release({ status: 500 });
  await world.states(running.messageId, 'CANCELED');
  await world.fence();
  assert.equal(world.at('/cancelled-callback').length, 0);
});

test('the callback of a redacted message is redacted for readers, whole for its receiver', async () => {
  const { messageId } = await world.client.publishJSON({
    url: world.url('/secret'),
    body: { card: '4111' },
    redact: { body: true },
    callback: world.url('/secret-callback'),
  });
  const [body] = await world.callbackBodies('/secret-callback', messageId);
  assert.equal(body.sourceBody, base64('{"card":"4111"}'));
  const [arrival] = world.callbacks('/secret-callback', messageId);
  const message = await world.client.messages.get(arrival.messageId);
  assert.match(message.body, /^REDACTED:[0-9a-f]{64}$/);
});

test('a dead letter that is retried has its callbacks again', async () => {
  let healed = false;
  const url = world.route('/heals', () => ({ status: healed ? 200 : 500 }));
  const { messageId } = await world.client.publish({
    url,
    retries: 0,
    callback: world.url('/heals-callback'),
  });
  const [letter] = await world.deadLetters({ messageId });
  healed = true;
  const { responses } = await world.client.dlq.retry(letter.dlqId);
  const [body] = await world.callbackBodies('/heals-callback', responses[0].messageId);
  assert.equal(body.status, 200);
});

test('every endpoint of a group calls back, and says which it is', async () => {
  await world.client.urlGroups.addEndpoints({
    name: 'called-back',
    endpoints: [{ name: 'named', url: world.url('/e1') }, { url: world.url('/e2') }],
  });
  const [one, two] = await world.client.publishJSON({
    urlGroup: 'called-back',
    body: {},
    callback: world.url('/group-callback'),
  });
  const [first] = await world.callbackBodies('/group-callback', one.messageId);
  const [second] = await world.callbackBodies('/group-callback', two.messageId);
  assert.equal(first.topicName, 'called-back');
  assert.equal(first.endpointName, 'named');
  assert.equal(second.topicName, 'called-back');
  assert.equal(second.endpointName, undefined);
});

test('what cannot be a callback is refused', async () => {
  const publish = (options) => world.client.publish({ url: world.url('/never'), ...options });
  await refused(400, /invalid/, publish({ callback: 'nowhere' }));
  await refused(400, /invalid/, publish({ failureCallback: 'ftp://example.com' }));
  const callback = world.url('/callback');
  for (const [name, value] of [
    ['Upstash-Callback-Retries', 'many'],
    ['Upstash-Callback-Method', 'BREW'],
    ['Upstash-Callback-Timeout', '1'],
    ['Upstash-Callback-Retry-Delay', 'pow('],
    ['Upstash-Callback-Delay', '10s'],
  ]) {
    await refused(400, new RegExp(name), publish({ callback, headers: { [name]: value } }));
  }
});
