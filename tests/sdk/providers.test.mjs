import { anthropic, custom, openai, resend, upstash } from '@upstash/qstash';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Destination } from '../harness/destination.mjs';
import { World, refused } from './world.mjs';

// To Godwit a provider is a URL with forwarded headers. Those with an address of their own are
// looked at in the message, which is delayed and cancelled; the others are delivered.

let world;
before(async () => (world = await World.open()));
after(() => world.close());

const question = { model: 'any-model', messages: [{ role: 'user', content: 'hello?' }] };
const completion = JSON.stringify({
  choices: [{ message: { role: 'assistant', content: 'yes' } }],
});
const callback = () => world.url('/completion');

/** The message of a publish that is delayed, which is cancelled then. */
async function waitingMessage(request) {
  const { messageId } = await world.client.publishJSON({ ...request, delay: '1h' });
  const message = await world.client.messages.get(messageId);
  await world.client.messages.cancel(messageId);
  return message;
}

/** One that is delivered to our own server, which answers as a provider does. */
function provider() {
  world.route('/v1/chat/completions', () => ({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: completion,
  }));
  return custom({ baseUrl: world.destination.url, token: 'provider-token' });
}

async function assertAsked(messageId) {
  const arrival = await world.arrival(messageId);
  assert.equal(arrival.method, 'POST');
  assert.equal(arrival.path, '/v1/chat/completions');
  assert.equal(arrival.headers.authorization, 'Bearer provider-token');
  assert.equal(arrival.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(arrival.text), question);
  const [body] = await world.callbackBodies('/completion', messageId);
  return body;
}

test('an OpenAI-compatible provider is asked, and the callback brings its answer', async () => {
  const { messageId } = await world.client.publishJSON({
    api: { name: 'llm', provider: provider() },
    body: question,
    callback: callback(),
  });
  const body = await assertAsked(messageId);
  assert.equal(body.status, 200);
  assert.equal(Buffer.from(body.body, 'base64').toString(), completion);
  assert.equal(body.url, world.url('/v1/chat/completions'));
});

test('the same in a queue', async () => {
  const queue = world.client.queue({ queueName: 'llm' });
  const { messageId } = await queue.enqueueJSON({
    api: { name: 'llm', provider: provider() },
    body: question,
    callback: callback(),
  });
  await assertAsked(messageId);
  assert.equal((await world.client.messages.get(messageId)).queueName, 'llm');
});

test('the same in a batch', async () => {
  const answers = await world.client.batchJSON([
    { api: { name: 'llm', provider: provider() }, body: question, callback: callback() },
    { api: { name: 'llm', provider: provider() }, body: question, callback: callback() },
  ]);
  for (const { messageId } of answers) await assertAsked(messageId);
});

test('OpenAI: its address, the token, the organization', async () => {
  const message = await waitingMessage({
    api: { name: 'llm', provider: openai({ token: 'sk-test', organization: 'org-test' }) },
    body: question,
    callback: callback(),
  });
  assert.equal(message.url, 'https://api.openai.com/v1/chat/completions');
  assert.equal(message.method, 'POST');
  assert.deepEqual(message.header, {
    Authorization: ['Bearer sk-test'],
    'Content-Type': ['application/json'],
    'Openai-Organization': ['org-test'],
  });
  assert.equal(message.callback, callback());
  assert.deepEqual(JSON.parse(message.body), question);
});

test('Anthropic: its address, key and version', async () => {
  const message = await waitingMessage({
    api: { name: 'llm', provider: anthropic({ token: 'sk-ant-test' }) },
    body: { model: 'any', max_tokens: 10, messages: [] },
    callback: callback(),
  });
  assert.equal(message.url, 'https://api.anthropic.com/v1/messages');
  assert.deepEqual(message.header, {
    'Anthropic-Version': ['2023-06-01'],
    'Content-Type': ['application/json'],
    'X-Api-Key': ['sk-ant-test'],
  });
});

test('Helicone: the gateway gets the target and both tokens', async () => {
  const message = await waitingMessage({
    api: {
      name: 'llm',
      provider: openai({ token: 'sk-test' }),
      analytics: { name: 'helicone', token: 'helicone-token' },
    },
    body: question,
    callback: callback(),
  });
  assert.equal(message.url, 'https://gateway.helicone.ai/v1/chat/completions');
  assert.deepEqual(message.header, {
    Authorization: ['Bearer sk-test'],
    'Content-Type': ['application/json'],
    'Helicone-Auth': ['Bearer helicone-token'],
    'Helicone-Target-Url': ['https://api.openai.com'],
  });
});

test('Resend: one e-mail and a batch of them', async () => {
  const email = { from: 'a@example.com', to: 'b@example.com', subject: 's', html: '<p>x</p>' };
  for (const [batch, url, body] of [
    [false, 'https://api.resend.com/emails', email],
    [true, 'https://api.resend.com/emails/batch', [email, email]],
  ]) {
    const message = await waitingMessage({
      api: { name: 'email', provider: resend({ token: 're_test', batch }) },
      body,
    });
    assert.equal(message.url, url);
    assert.equal(message.method, 'POST');
    assert.deepEqual(message.header, {
      Authorization: ['Bearer re_test'],
      'Content-Type': ['application/json'],
    });
    assert.deepEqual(JSON.parse(message.body), body);
  }
});

test('the hosted LLM is not here, and says so everywhere', async () => {
  const request = () => ({
    api: { name: 'llm', provider: upstash() },
    body: question,
    callback: callback(),
  });
  const unsupported = /^api destinations are not supported/;
  await refused(400, unsupported, world.client.publishJSON(request()));
  await refused(400, unsupported, world.client.queue({ queueName: 'llm' }).enqueueJSON(request()));
  const [item] = await world.client.batchJSON([request()]);
  assert.match(item.error, unsupported);
  const schedule = { destination: 'api/llm', cron: '0 0 1 1 *' };
  await refused(400, unsupported, world.client.schedules.create(schedule));
});

test('the chat client reaches its provider itself; that of the vendor is not found here', async (context) => {
  const direct = await Destination.start({ respond: () => ({ status: 200, body: completion }) });
  context.after(() => direct.stop());
  const provider = custom({ baseUrl: direct.url, token: 'provider-token' });
  const answer = await world.client.chat().create({ ...question, provider });
  assert.deepEqual(answer, JSON.parse(completion));
  const [arrival] = direct.arrivals;
  assert.equal(arrival.path, '/v1/chat/completions');
  assert.equal(arrival.headers['upstash-message-id'], undefined, 'not by way of Godwit');
  const chat = world.client.chat();
  await refused(404, /./, chat.create({ ...question, provider: upstash() }));
  const prompt = { system: 's', user: 'u', model: 'm', provider: upstash() };
  await refused(404, /./, chat.prompt(prompt));
});
