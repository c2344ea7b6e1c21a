// The stand-in must be as strict as the providers, or tests against it prove nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startProviders } from './stand-in/providers.mjs';

const model = 'gemini-3.1-flash-image';

describe('the stand-in for the providers', () => {
  let providers;
  before(async () => (providers = await startProviders()));
  after(() => providers.close());

  const gemini = (
    body,
    { key = 'gemini-key', path = `/v1beta/models/${model}:generateContent` } = {},
  ) =>
    fetch(providers.geminiUrl + path, {
      method: 'POST',
      headers: { 'x-goog-api-key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const draw = (prompt, config = {}) => ({
    contents: [{ role: 'user', parts: [{ text: prompt }] }],
    generationConfig: { responseModalities: ['IMAGE'], ...config },
  });
  const imageOf = async (response) => {
    const { candidates } = await response.json();
    const part = candidates[0].content.parts.at(-1);
    return Buffer.from(part.inlineData.data, 'base64');
  };

  test('draws the same picture for the same prompt, in the size and ratio that was asked for', async () => {
    const config = { imageConfig: { aspectRatio: '16:9', imageSize: '512' } };
    const first = await imageOf(await gemini(draw('a curlew', config)));
    const second = await imageOf(await gemini(draw('a curlew', config)));
    const other = await imageOf(await gemini(draw('a whimbrel', config)));
    assert.ok(first.equals(second));
    assert.ok(!first.equals(other));
    assert.deepEqual([first.readUInt32BE(16), first.readUInt32BE(20)], [683, 384]);
    assert.equal(providers.calls().filter(({ prompt }) => prompt === 'a curlew').length, 2);
  });

  test('refuses what Google refuses', async () => {
    const cases = [
      [await gemini(draw('x', { imageConfig: { aspectRatio: '7:5' } })), 400, 'INVALID_ARGUMENT'],
      [await gemini(draw('x', { imageConfig: { imageSize: '1k' } })), 400, 'INVALID_ARGUMENT'],
      [await gemini({ ...draw('x'), colour: 'red' }), 400, 'INVALID_ARGUMENT'],
      [await gemini(draw('x'), { key: 'wrong' }), 400, 'INVALID_ARGUMENT'],
      [
        await gemini(draw('x'), { path: '/v1beta/models/imagen-4.0-generate-001:predict' }),
        404,
        'NOT_FOUND',
      ],
    ];
    for (const [response, status, name] of cases) {
      assert.equal(response.status, status);
      assert.equal((await response.json()).error.status, name);
    }
  });

  test('a token of the prompt fails once, or as often as it says', async () => {
    const statuses = [];
    for (let i = 0; i < 4; ++i) statuses.push((await gemini(draw('a knot #503:3'))).status);
    assert.deepEqual(statuses, [503, 503, 503, 200]);
    const limited = await gemini(draw('a ruff #429:2s'));
    assert.equal(limited.status, 429);
    const { error } = await limited.json();
    assert.equal(error.details.find(({ retryDelay }) => retryDelay).retryDelay, '2s');
    await assert.rejects(async () => (await gemini(draw('a stint #drop'))).arrayBuffer());
    assert.equal((await gemini(draw('a stint #drop'))).status, 200);
  });

  test('its limit by the minute is a true one, with the time that is left', async () => {
    const strict = await startProviders({ ipm: 2 });
    const ask = () =>
      fetch(`${strict.geminiUrl}/v1beta/models/${model}:generateContent`, {
        method: 'POST',
        headers: { 'x-goog-api-key': 'gemini-key' },
        body: JSON.stringify(draw('a gull')),
      });
    assert.deepEqual([(await ask()).status, (await ask()).status], [200, 200]);
    const third = await ask();
    assert.equal(third.status, 429);
    const wait = (await third.json()).error.details.find(({ retryDelay }) => retryDelay).retryDelay;
    assert.ok(parseFloat(wait) > 55 && parseFloat(wait) <= 60, wait);
    await strict.close();
  });

  test("OpenAI's side fits the schema and refuses one that is not strict", async () => {
    const ask = (schema) =>
      fetch(`${providers.openaiUrl}/responses`, {
        method: 'POST',
        headers: { Authorization: 'Bearer openai-key' },
        body: JSON.stringify({
          model: 'gpt-5.4-mini',
          input: 'give me 7 values',
          text: { format: { type: 'json_schema', name: 'values', strict: true, schema } },
        }),
      });
    const schema = {
      type: 'object',
      additionalProperties: false,
      required: ['values'],
      properties: { values: { type: 'array', items: { type: 'string' } } },
    };
    const answer = await (await ask(schema)).json();
    const message = answer.output.find(({ type }) => type === 'message');
    assert.equal(JSON.parse(message.content[0].text).values.length, 7);
    assert.equal((await ask({ ...schema, required: [] })).status, 400);
  });
});
