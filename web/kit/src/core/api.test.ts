import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError, createApiClient, errorOf, isAbort, problemOf } from './api';

interface Seen {
  path: string;
  init: RequestInit;
}

function client(answer: () => Response | Promise<Response>): { api: ReturnType<typeof createApiClient>; seen: Seen[]; statuses: number[] } {
  const seen: Seen[] = [];
  const statuses: number[] = [];
  const api = createApiClient({
    csrfToken: () => 'the-token',
    onStatus: (status) => void statuses.push(status),
    fetch: async (path, init) => {
      seen.push({ path: String(path), init: init ?? {} });
      return answer();
    },
  });
  return { api, seen, statuses };
}

const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError);
  return error;
};

test('a problem of the server arrives whole', async () => {
  const body = { error: { code: 'name_taken', message: 'The name is taken.', field: 'name', params: { name: 'bird' } } };
  const { api, statuses } = client(() => new Response(JSON.stringify(body), { status: 409 }));
  const error = await failure(api.post('/api/parameters', {}));
  assert.equal(error.status, 409);
  assert.deepEqual(error.problem, body.error);
  assert.deepEqual(statuses, [409]);
});

test('an answer that is no JSON still makes a sentence', () => {
  assert.deepEqual(errorOf(502, 'Bad Gateway', '<html>').problem, { code: 'http_502', message: '502 Bad Gateway' });
  assert.equal(errorOf(500, '', '{"error":"text"}').code, 'http_500');
  assert.equal(errorOf(500, '', 'null').code, 'http_500');
});

test('the wait that the server asks for is kept', () => {
  assert.equal(errorOf(429, '', '{}', '7').retryAfterMs, 7000);
  assert.equal(errorOf(429, '', '{}', 'Tue, 24 Nov 2026 10:00:00 GMT').retryAfterMs, null);
});

test('a lost connection is an error of its own, an abort is not', async () => {
  const lost = client(() => Promise.reject(new TypeError('failed to fetch')));
  assert.equal((await failure(lost.api.get('/api/status'))).code, 'network');
  assert.deepEqual(lost.statuses, [0]);
  const aborted = client(() => Promise.reject(new DOMException('aborted', 'AbortError')));
  await assert.rejects(aborted.api.get('/api/status'), isAbort);
  assert.deepEqual(aborted.statuses, []);
});

test('changes carry the token and JSON; reading carries neither', async () => {
  const { api, seen } = client(() => new Response('{}'));
  await api.put('/api/settings', { a: 1 });
  await api.delete('/api/x');
  await api.get('/api/settings');
  const headers = seen.map(({ init }) => init.headers as Record<string, string> | undefined);
  assert.equal(headers[0]?.['X-CSRF-Token'], 'the-token');
  assert.equal(headers[0]?.['Content-Type'], 'application/json');
  assert.equal(seen[0]?.init.body, '{"a":1}');
  assert.equal(headers[1]?.['X-CSRF-Token'], 'the-token');
  assert.equal(headers[2]?.['X-CSRF-Token'], undefined);
});

test('what has not changed is not read again', async () => {
  const answers = [new Response('{"n":1}', { headers: { ETag: '"1"' } }), new Response(null, { status: 304 })];
  const { api, seen } = client(() => answers.shift() ?? assert.fail('one question too many'));
  const first = await api.getIfChanged<{ n: number }>('/api/task-results', null);
  assert.deepEqual(first, { value: { n: 1 }, etag: '"1"' });
  assert.equal(await api.getIfChanged('/api/task-results', '"1"'), undefined);
  assert.equal((seen[1]?.init.headers as Record<string, string>)['If-None-Match'], '"1"');
});

test('a 2xx that is not JSON is an error', async () => {
  const { api } = client(() => new Response('<html>'));
  assert.equal((await failure(api.get('/api/status'))).code, 'not_json');
});

test('whatever was thrown has a problem to show', () => {
  assert.equal(problemOf(new Error('boom')).message, 'boom');
  assert.equal(problemOf('text').code, 'unexpected');
});

test('a change refused for its token is made once more with a new one', async () => {
  let token = 'old';
  const seen: string[] = [];
  const make = (good: string) =>
    createApiClient({
      csrfToken: () => token,
      renewCsrfToken: async () => {
        token = 'new';
      },
      fetch: async (_, init) => {
        const sent = (init?.headers as Record<string, string>)['X-CSRF-Token'] ?? '';
        seen.push(sent);
        return sent === good ? new Response('{"ok":true}') : new Response('{"error":{"code":"csrf","message":"no"}}', { status: 403 });
      },
    });
  assert.deepEqual(await make('new').post('/api/x'), { ok: true });
  assert.deepEqual(seen, ['old', 'new']);
  token = 'old';
  assert.equal((await failure(make('never').post('/api/x'))).code, 'csrf');
  assert.deepEqual(seen.slice(2), ['old', 'new']);
});
