// Settings and secrets: saved, masked, kept across restarts, found nowhere else.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { World, geminiKey, openaiKey } from './world.mjs';

/** Every byte of every file below `directory`. */
function bytesBelow(directory) {
  return Buffer.concat(
    readdirSync(directory).map((name) => {
      const path = join(directory, name);
      return statSync(path).isDirectory() ? bytesBelow(path) : readFileSync(path);
    }),
  );
}

test('without a token «Запустить» warns, and nothing leaves', async () => {
  const world = await World.open({
    withToken: false,
    recorded: true,
  });
  const generation = await world.application.generation(['a bird']);
  const { status, error } = await world.application.refusal(
    'POST',
    `/api/generations/${generation.id}/start`,
    {},
  );
  assert.equal(status, 409);
  assert.equal(error.code, 'qstash_token_missing');
  assert.deepEqual(world.recorder.published(), []);
  const { summary } = await world.application.json('GET', `/api/generations/${generation.id}`);
  assert.equal(summary.pending, 1);
  await world.close();
});

test('without a token, local processing makes the images when it is chosen', async () => {
  const world = await World.open({ withToken: false });
  const generation = await world.application.generation(['a heron', 'a crane']);
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {
    mode: 'local',
  });
  const finished = await world.application.finished(generation.id);
  assert.equal(finished.summary.done, 2);
  assert.equal(finished.mode, 'local');
  await world.close();
});

test('saved secrets survive a restart, are masked, and are on disk and in logs in no readable form', async () => {
  const world = await World.open({ withToken: false, keys: false });
  const secrets = {
    qstashToken: world.broker.token,
    openaiApiKey: openaiKey,
    geminiApiKey: geminiKey,
  };
  await world.application.json('PUT', '/api/settings', { secrets });

  await world.application.stop();
  const { output, dataDir } = world.application;
  await world.startApplication();
  const text = await (await world.application.request('GET', '/api/settings')).text();
  const settings = JSON.parse(text);
  for (const [name, value] of Object.entries(secrets)) {
    assert.deepEqual(settings.secrets[name], {
      set: true,
      source: 'saved',
      masked: `••••${value.slice(-4)}`,
    });
  }
  const generation = await world.application.generation(['a wild goose over a harbour']);
  await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
  await world.application.finished(generation.id);
  const pages = await Promise.all(
    [
      '/',
      '/api/settings',
      '/api/status',
      '/api/diagnostics',
      '/api/diagnostics/report',
      '/metrics',
    ].map(async (path) => (await world.application.request('GET', path)).text()),
  );
  await world.application.stop();
  await world.broker.stop();
  const places = {
    'the log': output + world.application.output,
    'the data directory': bytesBelow(dataDir).toString('latin1'),
    "the broker's log": world.broker.output,
    "the broker's data": bytesBelow(world.broker.dataDir).toString('latin1'),
    'pages and answers': pages.join('\n'),
  };
  for (const [place, content] of Object.entries(places)) {
    for (const [name, value] of Object.entries(secrets)) {
      assert.equal(content.includes(value), false, `${name} is in ${place}`);
    }
  }
  await world.close();
});

test('keys of the environment are shown as such and cannot be changed', async () => {
  const world = await World.open();
  const settings = await world.application.json('GET', '/api/settings');
  assert.equal(settings.secrets.geminiApiKey.source, 'environment');
  const { status, error } = await world.application.refusal('PUT', '/api/settings', {
    secrets: { geminiApiKey: 'AIzaSyAnother-Key-Of-Somebody-Else-00002' },
  });
  assert.equal(status, 400);
  assert.equal(error.field, 'secrets.geminiApiKey');
  await world.close();
});

test("VERCEL_URL makes the webhook's address", async () => {
  const world = await World.open({ application: { env: { VERCEL_URL: 'app.example.com' } } });
  const settings = await world.application.json('GET', '/api/settings');
  assert.equal(settings.broker.webhookUrl, 'https://app.example.com/api/process-generation-task');
  assert.equal(settings.broker.publicUrl.source, 'environment');
  await world.close();
});

test('checks tell a good key from a bad one, with the reason', async () => {
  const world = await World.open();
  for (const what of ['qstashToken', 'openaiApiKey', 'geminiApiKey']) {
    const good = await world.application.json('POST', '/api/settings/check', { what });
    assert.equal(good.ok, true, `${what}: ${JSON.stringify(good)}`);
    const bad = await world.application.json('POST', '/api/settings/check', {
      what,
      value: 'something-that-is-not-a-key',
    });
    assert.equal(bad.ok, false, what);
    assert.ok(bad.problem.message.length > 10);
  }
  await world.close();
});
