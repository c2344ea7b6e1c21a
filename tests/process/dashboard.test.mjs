// The dashboard's server side, from outside: sessions, what a browser may and may not do, first steps.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { Broker, devToken, runToEnd, serverToken, temporaryDirectory } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';

/** A browser as far as the server can tell: its cookie, its token, and any header at all. */
class Browser {
  constructor(broker) {
    this.broker = broker;
    this.cookie = '';
    this.csrf = '';
  }

  ask(method, path, { body, headers = {} } = {}) {
    const own = { Host: `127.0.0.1:${this.broker.port}` };
    if (this.cookie) own.Cookie = this.cookie;
    if (this.csrf && method !== 'GET') own['X-CSRF-Token'] = this.csrf;
    const sent = Object.entries({ ...own, ...headers }).filter(([, value]) => value !== null);
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: this.broker.port,
          method,
          path,
          setHost: false,
          headers: Object.fromEntries(sent),
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece) => (text += piece));
          response.on('end', () => {
            let json;
            try {
              json = JSON.parse(text);
            } catch {
              json = undefined;
            }
            resolve({ status: response.statusCode, headers: response.headers, text, json });
          });
        },
      );
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async logIn(token) {
    const answer = await this.ask('POST', '/admin/v1/session', { body: { token } });
    assert.equal(answer.status, 200, answer.text);
    const set = answer.headers['set-cookie'];
    assert.equal(set.length, 1);
    this.cookie = set[0].split(';')[0];
    this.csrf = answer.json.csrfToken;
    return { set: set[0], session: answer.json };
  }
}

async function start(context, options) {
  const broker = await Broker.start(options);
  context.after(() => broker.stop());
  return broker;
}

async function createToken(dataDir, ...args) {
  const created = await runToEnd(['token', 'create', '--data-dir', dataDir, ...args]);
  assert.equal(created.code, 0, created.output);
  return created.stdout.trim();
}

test('a login gives a cookie that no script and no other site can use', async (context) => {
  const broker = await start(context);
  const browser = new Browser(broker);
  const before = await browser.ask('GET', '/admin/v1/session');
  assert.equal(before.status, 200);
  assert.equal(before.json.authenticated, false);
  assert.equal(before.json.publicToken, null);

  const { set, session } = await browser.logIn(serverToken);
  const attributes = set.split('; ').slice(1).sort();
  assert.deepEqual(attributes, ['HttpOnly', 'Max-Age=2592000', 'Path=/', 'SameSite=Strict']);
  assert.equal(session.authenticated, true);
  assert.equal(session.account, 'default');
  assert.ok(session.csrfToken.length >= 43);
  assert.ok(!set.includes(serverToken));
  assert.equal((await browser.ask('GET', '/admin/v1/settings')).status, 200);
  assert.equal((await browser.ask('GET', '/v2/queues')).status, 200, 'the cookie counts at /v2');

  const secret = statSync(join(broker.dataDir, 'dashboard-secret'));
  assert.equal(secret.mode & 0o777, 0o600);
  const out = await browser.ask('DELETE', '/admin/v1/session');
  assert.equal(out.status, 200);
  assert.match(out.headers['set-cookie'][0], /^godwit_session=; .*Max-Age=0/);
});

test('behind a trusted proxy with https the cookie is Secure', async (context) => {
  const broker = await start(context, {
    args: ['--dashboard-trusted-proxies', '127.0.0.1', '--dashboard-hosts', 'godwit.example'],
  });
  const answer = await new Browser(broker).ask('POST', '/admin/v1/session', {
    body: { token: serverToken },
    headers: { Host: 'godwit.example', 'X-Forwarded-Proto': 'https' },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.headers['set-cookie'][0], /; Secure$/);
});

test('without the token of its page a session changes nothing', async (context) => {
  const broker = await start(context);
  const browser = new Browser(broker);
  await browser.logIn(serverToken);
  const queue = { body: { queueName: 'a', parallelism: 1 } };
  for (const [path, body] of [
    ['/admin/v1/tokens', { name: 'x', readOnly: true }],
    ['/v2/queues', queue.body],
  ]) {
    const refused = await browser.ask('POST', path, { body, headers: { 'X-CSRF-Token': null } });
    assert.equal(refused.status, 403, `${path}: ${refused.text}`);
    const wrong = await browser.ask('POST', path, { body, headers: { 'X-CSRF-Token': 'A'.repeat(43) } });
    assert.equal(wrong.status, 403, path);
  }
  assert.equal((await browser.ask('POST', '/v2/queues', queue)).status, 200);
  assert.equal((await broker.request('/v2/queues', { method: 'POST', body: '{"queueName":"b"}' })).status, 200);
});

test('a read-only token sees and cannot act', async (context) => {
  const dataDir = temporaryDirectory();
  const token = await createToken(dataDir, '--read-only');
  const broker = await start(context, { dataDir });
  const browser = new Browser(broker);
  const { session } = await browser.logIn(token);
  assert.equal(session.readOnly, true);
  assert.equal((await browser.ask('GET', '/admin/v1/tokens')).status, 200);
  const environment = await browser.ask('GET', '/admin/v1/environment');
  assert.equal(environment.json.currentSigningKey, null);
  const refused = await browser.ask('POST', '/admin/v1/tokens', { body: { name: 'x', readOnly: true } });
  assert.equal(refused.status, 403);
  assert.equal(refused.json.error.code, 'read_only');
  assert.equal((await browser.ask('DELETE', '/admin/v1/catcher')).status, 403);
  assert.equal((await browser.ask('POST', '/v2/queues', { body: { queueName: 'a' } })).status, 403);
});

test('a session outlives a restart, and ends with its token', async (context) => {
  const dataDir = temporaryDirectory();
  let broker = await Broker.start({ dataDir });
  const owner = new Browser(broker);
  await owner.logIn(serverToken);
  const made = await owner.ask('POST', '/admin/v1/tokens', { body: { name: 'page', readOnly: false } });
  assert.equal(made.status, 201, made.text);
  const guest = new Browser(broker);
  await guest.logIn(made.json.token);
  await broker.stop();

  broker = await start(context, { dataDir });
  owner.broker = broker;
  guest.broker = broker;
  assert.equal((await guest.ask('GET', '/admin/v1/session')).json.tokenName, 'page');
  const own = await guest.ask('DELETE', `/admin/v1/tokens/${made.json.record.id}`);
  assert.equal(own.status, 409);
  assert.equal(own.json.error.code, 'own_token');

  assert.equal((await guest.ask('GET', '/v2/queues')).status, 200);
  const bearer = { headers: { Authorization: `Bearer ${made.json.token}` } };
  assert.equal((await broker.request('/v2/queues', bearer)).status, 200);
  const revoked = await owner.ask('DELETE', `/admin/v1/tokens/${made.json.record.id}`);
  assert.equal(revoked.status, 200, revoked.text);
  assert.equal((await guest.ask('GET', '/admin/v1/session')).json.authenticated, false);
  assert.equal((await guest.ask('GET', '/admin/v1/tokens')).status, 401);
  assert.equal((await guest.ask('GET', '/v2/queues')).status, 401);
  assert.equal((await broker.request('/v2/queues', bearer)).status, 401, 'nor does its bearer go on');
  assert.equal((await owner.ask('GET', '/admin/v1/tokens')).status, 200);
});

test('a token that the command line revokes ends its sessions at SIGHUP', async (context) => {
  const dataDir = temporaryDirectory();
  const token = await createToken(dataDir, '--name', 'cli');
  const broker = await start(context, { dataDir });
  const browser = new Browser(broker);
  await browser.logIn(token);
  const list = await browser.ask('GET', '/admin/v1/tokens');
  const { id } = list.json.tokens.find((each) => each.current);
  const revoked = await runToEnd(['token', 'revoke', id, '--data-dir', dataDir]);
  assert.equal(revoked.code, 0, revoked.output);
  broker.signal('SIGHUP');
  await until('the session is over', async () => {
    return (await browser.ask('GET', '/admin/v1/tokens')).status === 401;
  });
});

test('other hosts and other sites are refused', async (context) => {
  const broker = await start(context);
  const browser = new Browser(broker);
  await browser.logIn(serverToken);
  for (const headers of [
    { Host: 'evil.example' },
    { Host: `evil.example:${broker.port}` },
    { Origin: 'http://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ]) {
    for (const path of ['/admin/v1/tokens', '/v2/queues']) {
      const refused = await browser.ask('GET', path, { headers });
      assert.equal(refused.status, 403, `${path} ${JSON.stringify(headers)}: ${refused.text}`);
    }
  }
  const own = { Origin: `http://127.0.0.1:${broker.port}`, 'Sec-Fetch-Site': 'same-origin' };
  assert.equal((await browser.ask('GET', '/admin/v1/tokens', { headers: own })).status, 200);
});

test('wrong tokens are answered with 429 before long', async (context) => {
  const broker = await start(context, { args: ['--dashboard-logins-per-minute', '3'] });
  const browser = new Browser(broker);
  for (let i = 0; i < 3; ++i) {
    const wrong = await browser.ask('POST', '/admin/v1/session', { body: { token: 'guess' } });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.json.error.code, 'wrong_token');
  }
  const refused = await browser.ask('POST', '/admin/v1/session', { body: { token: serverToken } });
  assert.equal(refused.status, 429);
  assert.equal(refused.json.error.code, 'too_many_logins');
  const wait = Number(refused.headers['retry-after']);
  assert.ok(wait > 0 && wait <= 60, String(wait));
});

test('the catcher receives a real delivery, and nothing else passes the guard', async (context) => {
  // Deliveries to loopback are refused here: only the catcher's own address is not.
  const broker = await start(context, { allow: [] });
  const browser = new Browser(broker);
  await browser.logIn(serverToken);
  const { url } = (await browser.ask('GET', '/admin/v1/catcher')).json;
  assert.match(url, new RegExp(`^http://127\\.0\\.0\\.1:${broker.port}/catch/[\\w-]{22}$`));
  const sent = await browser.ask('POST', `/v2/publish/${url}`, {
    body: { hello: 'мир' },
    headers: { 'Content-Type': 'application/json' },
  });
  assert.equal(sent.status, 200, sent.text);
  let caught;
  await until('the message arrives', async () => {
    ({ caught } = (await browser.ask('GET', '/admin/v1/catcher')).json);
    return caught.length > 0;
  });
  assert.equal(caught.length, 1);
  assert.equal(caught[0].messageId, sent.json.messageId);
  assert.equal(caught[0].method, 'POST');
  assert.equal(caught[0].body.text, '{"hello":"мир"}');
  const signature = caught[0].headers.find((each) => each.name.toLowerCase() === 'upstash-signature');
  const check = await browser.ask('POST', '/admin/v1/signature/check', {
    body: { signature: signature.value, body: caught[0].body.text, url },
  });
  assert.equal(check.json.valid, true, check.text);
  assert.ok(check.json.checks.every((each) => each.ok === true), check.text);

  for (const other of [`${url}x`, url.replace('/catch/', '/catch/x'), `${broker.url}/healthz`]) {
    const published = await browser.ask('POST', `/v2/publish/${other}`, {
      body: {},
      headers: { 'Upstash-Retries': '0' },
    });
    assert.equal(published.status, 200, published.text);
    await until(`${other} is refused`, async () => {
      const path = `/v2/logs?messageId=${published.json.messageId}&state=FAILED`;
      const { logs } = (await browser.ask('GET', path)).json;
      return logs.length > 0 && /destination refused: 127\.0\.0\.1 is a loopback/.test(logs[0].error);
    });
  }
  const emptied = await browser.ask('DELETE', '/admin/v1/catcher');
  assert.deepEqual(emptied.json.caught, []);
});

test('secrets are neither in settings nor in the log', async (context) => {
  const broker = await start(context, { args: ['--log-level', 'debug'] });
  const browser = new Browser(broker);
  await browser.logIn(serverToken);
  const { text, json } = await browser.ask('GET', '/admin/v1/settings');
  assert.ok(!text.includes(serverToken) && !text.includes(broker.keys.current));
  const token = json.settings.find((each) => each.name === 'token');
  assert.deepEqual([token.value, token.origin, token.secret], ['set', 'environment', true]);
  const listen = json.settings.find((each) => each.name === 'listen');
  assert.deepEqual([listen.origin, listen.originName], ['flag', '--listen']);
  const { url } = (await browser.ask('GET', '/admin/v1/catcher')).json;
  await browser.ask('POST', new URL(url).pathname, { body: {} });
  assert.ok(!broker.output.includes(serverToken));
  assert.ok(!broker.output.includes(browser.cookie.split('=')[1]));
  assert.ok(!broker.output.includes(new URL(url).pathname.split('/')[2]), 'the catcher is a secret');
});

test('dev on loopback offers its public token, and a program gets JSON at /', async (context) => {
  const broker = await start(context, { mode: 'dev', args: ['--ephemeral'] });
  const browser = new Browser(broker);
  assert.equal((await browser.ask('GET', '/admin/v1/session')).json.publicToken, devToken);
  const root = await browser.ask('GET', '/', { headers: { Accept: '*/*' } });
  assert.equal(root.json.name, 'Godwit');
  await browser.logIn(devToken);
  const environment = (await browser.ask('GET', '/admin/v1/environment')).json;
  assert.equal(environment.url, broker.url);
  assert.equal(environment.token, devToken);
  assert.equal(environment.currentSigningKey, broker.keys.current);
  const made = await browser.ask('POST', '/admin/v1/tokens', { body: { name: 'x', readOnly: true } });
  assert.equal(made.json.error.code, 'ephemeral');
});

test('schedules are previewed, run out of turn and laid out over days', async (context) => {
  const broker = await start(context, { allow: [] });
  const browser = new Browser(broker);
  await browser.logIn(serverToken);
  const preview = await browser.ask('GET', '/admin/v1/schedules/preview?count=3&cron=CRON_TZ%3DEurope%2FMoscow+0+9+*+*+*');
  assert.equal(preview.json.valid, true, preview.text);
  assert.equal(preview.json.timeZone, 'Europe/Moscow');
  assert.equal(preview.json.next.length, 3);
  assert.match(preview.json.next[0], /T06:00:00\.000Z$/);
  const wrong = await browser.ask('GET', '/admin/v1/schedules/preview?cron=nonsense');
  assert.equal(wrong.status, 200);
  assert.equal(wrong.json.valid, false);

  const { url } = (await browser.ask('GET', '/admin/v1/catcher')).json;
  const made = await browser.ask('POST', `/v2/schedules/${url}`, {
    body: { run: 1 },
    headers: { 'Upstash-Cron': '0 0 1 1 *' },
  });
  const run = await browser.ask('POST', `/admin/v1/schedules/${made.json.scheduleId}/run`);
  assert.equal(run.status, 200, run.text);
  await until('its message arrives', async () => {
    const { caught } = (await browser.ask('GET', '/admin/v1/catcher')).json;
    return caught.some((each) => each.messageId === run.json.messageId);
  });
  await browser.ask('POST', `/v2/schedules/${url}`, { body: {}, headers: { 'Upstash-Cron': '0 * * * *' } });
  await browser.ask('POST', `/v2/schedules/${url}`, { body: {}, headers: { 'Upstash-Cron': '*/30 * * * *' } });
  const calendar = (await browser.ask('GET', '/admin/v1/schedules/calendar?days=2')).json;
  assert.equal(calendar.hours.length, 48);
  assert.equal(calendar.hours[5].runs, 3);
  assert.equal(calendar.hours[5].busiestMinuteRuns, 2);
  assert.equal(calendar.collisions[0].schedules.length, 2);
  assert.equal((await browser.ask('POST', '/admin/v1/schedules/none/run')).status, 404);
});

test('the description of the API names every endpoint of the dashboard', async (context) => {
  const broker = await start(context);
  const { paths } = await broker.json('/openapi.json');
  for (const path of ['/admin/v1/session', '/admin/v1/tokens/{id}', '/admin/v1/events', '/admin/v1/catcher']) {
    assert.ok(paths[path], path);
  }
  assert.deepEqual(Object.keys(paths['/admin/v1/session']).sort(), ['delete', 'get', 'post']);
});

test('without the dashboard nothing of it is there', async (context) => {
  const broker = await start(context, { args: ['--dashboard-enabled=no'] });
  const browser = new Browser(broker);
  assert.equal((await browser.ask('GET', '/admin/v1/session')).status, 404);
  assert.equal((await browser.ask('GET', '/', { headers: { Accept: 'text/html' } })).json.name, 'Godwit');
});
