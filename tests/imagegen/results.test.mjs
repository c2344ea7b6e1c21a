// What pages read: results by polling, images, archives.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { World } from './world.mjs';
import { readZip } from './zip.mjs';

describe('results', () => {
  let world;
  let generation;
  before(async () => {
    world = await World.open();
    const { id } = await world.application.generation([
      'a plover',
      'a dunlin',
      'a forbidden knot #safety',
    ]);
    await world.application.json('POST', `/api/generations/${id}/start`, {});
    generation = await world.application.finished(id);
  });
  after(() => world.close());

  test('two readers both see all results: reading never deletes', async () => {
    const path = `/api/task-results?generationId=${generation.id}`;
    const first = await world.application.json('GET', path);
    const second = await world.application.json('GET', path);
    assert.deepEqual(second, first);
    assert.equal(Object.keys(first.results).length, 3);
    assert.deepEqual([first.summary.done, first.summary.failed, first.summary.total], [2, 1, 3]);
    const since = await world.application.json('GET', `${path}&since=${first.cursor}`);
    assert.deepEqual(since.results, {});
  });

  test('an unchanged answer is 304', async () => {
    const path = `/api/task-results?generationId=${generation.id}`;
    const first = await world.application.request('GET', path);
    const response = await fetch(world.application.url + path, {
      headers: {
        Cookie: world.application.session.cookie,
        'If-None-Match': first.headers.get('etag'),
      },
    });
    assert.equal(response.status, 304);
  });

  test('a missing generationId is 400, an unknown one 404', async () => {
    const missing = await world.application.refusal('GET', '/api/task-results');
    assert.deepEqual([missing.status, missing.error.field], [400, 'generationId']);
    assert.equal(
      (await world.application.refusal('GET', '/api/task-results?generationId=gen_x')).status,
      404,
    );
  });

  test('the archive has every image and their data', async () => {
    const response = await world.application.request(
      'GET',
      `/api/generations/${generation.id}/zip`,
    );
    assert.equal(response.headers.get('content-type'), 'application/zip');
    const entries = readZip(Buffer.from(await response.arrayBuffer()));
    const images = entries.filter(({ name }) => /\.(png|jpe?g|webp)$/.test(name));
    assert.equal(images.length, 2);
    const text = (name) => entries.find((entry) => entry.name === name).bytes.toString('utf8');
    assert.match(text('prompts.csv'), /a plover/);
    const metadata = JSON.parse(text('metadata.json'));
    assert.equal(JSON.stringify(metadata).includes(generation.id), true);
  });

  test('changes need the token of the session', async () => {
    const path = `/api/generations/${generation.id}/start`;
    const session = world.application.session;
    const post = (headers) =>
      fetch(world.application.url + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: '{}',
      });
    assert.equal((await post({ Cookie: session.cookie })).status, 403);
    assert.equal((await post({ Cookie: session.cookie, 'X-CSRF-Token': 'x' })).status, 403);
    const foreign = {
      Cookie: session.cookie,
      'X-CSRF-Token': session.csrf,
      Origin: 'https://evil.example',
    };
    assert.equal((await post(foreign)).status, 403);
  });

  test('a foreign Host is refused', async () => {
    const status = await new Promise((resolve, reject) => {
      const call = request(
        {
          port: world.application.port,
          host: '127.0.0.1',
          path: '/api/session',
          headers: { Host: 'evil.example' },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      call.on('error', reject);
      call.end();
    });
    assert.equal(status, 403);
  });
});
