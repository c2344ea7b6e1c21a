// What people and programs write is text on every page: it never runs, breaks out or leads elsewhere.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { until } from '../harness/conditions.mjs';
import { corpus, invisible } from './corpus.mjs';
import { makeToken } from './seed.mjs';
import { World, allowStatuses, patience, settled } from './world.mjs';

const all = corpus.join('\n');
const evilHeaders = (prefix) =>
  Object.fromEntries(corpus.map((text, at) => [`${prefix}X-Evil-${at}`, text]));
const encoded = encodeURIComponent;
// As long as names of tokens may be.
const tokenNames = corpus.map((text) => text.slice(0, 100));

/** Bodies that a browser would make something of, if it were let. */
const bodies = [
  ['text/html', `<!doctype html><title>evil</title>${all}`],
  [
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg" onload="window.evil=1"><script>window.evil=1</script></svg>',
  ],
  ['application/json', JSON.stringify(Object.fromEntries(corpus.map((text) => [text, [text]])))],
  ['text/plain', invisible],
  [corpus[0].replaceAll(/[<>]/g, ''), all],
];

/** What a page shows, as a reader sees it: texts, and what stands in fields. */
const shown = (page) =>
  page.evaluate(() =>
    [
      document.body.textContent,
      ...[...document.querySelectorAll('input, textarea')].map(({ value }) => value),
    ].join('\n'),
  );

/** Nothing of the corpus became a part of the page, and none of it ran. */
async function harmless(page, what) {
  const found = await page.evaluate(() => ({
    evil: window.evil,
    foreign: [
      ...document.querySelectorAll(
        'body script, iframe, object, embed, base, form[action], link:not([href^="/"]), #evil-link, a[href^="javascript:" i], [srcdoc]',
      ),
    ].map(({ outerHTML }) => outerHTML.slice(0, 200)),
    handlers: [...document.querySelectorAll('*')]
      .filter(({ attributes }) => [...attributes].some(({ name }) => /^on/i.test(name)))
      .map(({ outerHTML }) => outerHTML.slice(0, 200)),
  }));
  assert.deepEqual(found, { evil: undefined, foreign: [], handlers: [] }, what);
}

describe('texts that would run if a page let them', () => {
  let world;
  const made = { letters: [], failed: [], living: [], queues: [], keys: [], schedules: [], groups: [] };

  before(async () => {
    world = await World.open();
    const { broker, destination } = world;
    destination.respond = ({ path }) => {
      if (!path.startsWith('/fail')) return { status: 200 };
      const [type, body] = bodies[Number(/^\/fail\/(\d)/.exec(path)?.[1] ?? 0)];
      return { status: 500, headers: { 'Content-Type': type, ...evilHeaders('') }, body };
    };
    const ask = (method, path, { body, headers = {}, raw } = {}) =>
      broker.request(path, {
        method,
        headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
        ...(raw !== undefined ? { body: raw } : body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    /** True when the wire let it through; else it must have said that it is wrong. */
    const accepted = async (response, what) => {
      const text = await response.text();
      assert.ok(response.ok || [400, 404, 405, 412, 422].includes(response.status), `${what}: ${response.status} ${text}`);
      return response.ok;
    };

    // Bodies, headers and labels of messages that fail, and of what their destination answers.
    for (const [at, [type, body]] of bodies.entries()) {
      made.failed.push(
        await broker.publish(`${destination.url}/fail/${at}?q=${encoded(corpus[at])}`, {
          body,
          headers: {
            'Content-Type': type,
            'Upstash-Retries': '0',
            'Upstash-Label': corpus.slice(at * 3, at * 3 + 4).join(','),
            ...evilHeaders('Upstash-Forward-'),
          },
        }),
      );
    }
    // Every text in an address, as it stands if the wire lets it, and as a label and a key.
    const address = async (text) => {
      const headers = { 'Upstash-Delay': '1h', 'Upstash-Label': text };
      const key = { 'Upstash-Flow-Control-Key': text, 'Upstash-Flow-Control-Value': 'parallelism=9' };
      const item = (address, more) => ({
        body: [{ destination: address, headers: { ...headers, ...more }, body: text }],
      });
      const literal = `${destination.url}/${text}?q=${text}`;
      const plain = `${destination.url}/${encoded(text)}?q=${encoded(text)}`;
      const send = async (wanted) => (await (await ask('POST', '/v2/batch', wanted)).json())[0];
      const [withKey, asItIs, encodedOne] = await Promise.all(
        [item(plain, key), item(literal, {}), item(plain, {})].map(send),
      );
      if (withKey.messageId) made.keys.push(text);
      if (asItIs.messageId) made.living.push(asItIs.messageId);
      assert.ok(encodedOne.messageId, JSON.stringify(encodedOne));
    };
    await Promise.all(corpus.map(address));
    // Names, as far as their letters let them; those of JavaScript's own objects always do.
    const named = async (name) => {
      if (await accepted(await ask('POST', '/v2/queues', { body: { queueName: name, parallelism: 1 } }), 'a queue')) {
        made.queues.push(name);
      }
      const schedule = await ask('POST', `/v2/schedules/${destination.url}/${encoded(name)}`, {
        raw: all,
        headers: {
          'Upstash-Cron': '0 0 1 1 *',
          'Upstash-Schedule-Id': name,
          'Upstash-Label': corpus[2],
          'Content-Type': 'text/html',
          ...evilHeaders('Upstash-Forward-'),
        },
      });
      if (await accepted(schedule, 'a schedule')) made.schedules.push(name);
      const group = await ask('POST', `/v2/topics/${encoded(name)}/endpoints`, {
        body: {
          endpoints: corpus.map((text, at) => ({ name: text, url: `${destination.url}/${at}/${encoded(text)}` })),
        },
      });
      if (await accepted(group, 'a group')) {
        made.groups.push(name);
        await accepted(
          await ask('PATCH', `/v2/topics/${encoded(name)}`, { body: { headers: { 'Upstash-Forward-X-Evil': corpus } } }),
          'headers of a group',
        );
      }
    };
    await Promise.all([...corpus, '__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(named));
    await Promise.all(tokenNames.map((name) => makeToken(world, name, true)));
    const catcher = await broker.json('/admin/v1/catcher');
    for (const [type, body] of bodies) {
      const id = await broker.publish(catcher.url, { body, headers: { 'Content-Type': type, ...evilHeaders('Upstash-Forward-') } });
      await world.inState(id, 'delivered');
    }
    for (const id of made.failed) {
      const { relations } = await world.inState(id, 'failed');
      made.letters.push(relations.deadLetter);
    }
    // A dead letter that was edited: what changed is kept with the message that it became.
    const [letter] = made.letters.splice(0, 1);
    const replay = await ask('POST', `/admin/v1/dead-letters/${letter}/replay`, {
      body: {
        url: `${destination.url}/ok/${encoded(corpus[0])}`,
        headers: corpus.map((value, at) => ({ name: `X-Edited-${at}`, value })),
        body: `${all}\nedited`,
      },
    });
    assert.ok(replay.ok, await replay.clone().text());
    made.edited = (await replay.json()).messageId;
  });
  after(() => world.close());
  afterEach(() => world.closePages());

  /** Opens a page and looks at it once everything that must stand there does, letter by letter. */
  async function visit(page, path, texts, act = async () => {}) {
    await page.goto(world.broker.url + path);
    await settled(page);
    await act(page);
    const plain = (text) => text.replaceAll(/\s+/g, ' ');
    await until(
      `${path} shows every text as it is`,
      async () => {
        const there = plain(await shown(page));
        const missing = texts.filter((text) => !there.includes(plain(text)));
        if (missing.length > 0) throw new Error(`missing: ${missing.join(' | ')}`);
        return true;
      },
      { deadline: patience, every: 50 },
    );
    await harmless(page, path);
  }
  const openAll = async (page) => {
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      await harmless(page, 'a tab');
    }
    await page.locator('details').evaluateAll((found) => found.forEach((details) => (details.open = true)));
  };

  test('the wire let in what the pages are to be tried with', () => {
    assert.equal(made.living.length > 0, true);
    assert.deepEqual(
      ['__proto__', 'constructor', 'toString'].filter((name) => !made.queues.includes(name)),
      [],
    );
    assert.equal(made.letters.length, bodies.length - 1);
  });

  test('messages: lists, details, bodies of every kind, answers and edits', async () => {
    const page = await world.open('/messages');
    await visit(page, '/messages', [corpus[0], corpus[3]]);
    for (const id of made.failed) {
      await visit(page, `/messages/${id}`, corpus);
      for (const view of await page.locator('.payload .segment').all()) {
        await view.click();
        await harmless(page, `${id}: a view of a body`);
      }
      await page.getByRole('tab', { name: 'Заголовки ответа' }).click();
      await page.getByRole('tabpanel').getByText(corpus.at(-2)).waitFor();
      await harmless(page, `${id}: headers of the answer`);
    }
    await visit(page, `/messages/${made.edited}`, [...corpus, 'edited']);
    for (const id of made.living.slice(-3)) await visit(page, `/messages/${id}`, []);
    for (const text of corpus.slice(0, 4)) {
      await visit(page, `/messages?label=${encoded(text)}`, [text]);
    }
    await visit(page, `/messages?q=${encoded(corpus[1])}`, []);
  });

  test('dead letters: groups, list, search, editor', async () => {
    const page = await world.open('/');
    await visit(page, '/dead-letters', []);
    await visit(page, `/dead-letters?view=list&text=${encoded(corpus[2])}&host=${encoded(corpus[1])}`, [corpus[2], corpus[1]]);
    await visit(page, '/dead-letters?view=list', []);
    for (const letter of made.letters) await visit(page, `/dead-letters/${letter}`, corpus, openAll);
  });

  test('queues, keys, schedules and groups: lists and details', async () => {
    const page = await world.open('/');
    await visit(page, '/queues', made.queues);
    for (const name of made.queues) await visit(page, `/queues/${encoded(name)}`, [name]);
    await visit(page, '/flow-control', made.keys);
    for (const key of made.keys.slice(0, 5)) await visit(page, `/flow-control/${encoded(key)}`, [key]);
    await visit(page, '/schedules', made.schedules);
    await visit(page, '/schedules?view=calendar', []);
    for (const name of made.schedules) {
      await visit(page, `/schedules/${encoded(name)}`, [name, ...corpus]);
      await visit(page, `/schedules/${encoded(name)}/edit`, [name, ...corpus]);
    }
    await visit(page, '/url-groups', made.groups);
    for (const name of made.groups) await visit(page, `/url-groups/${encoded(name)}`, [name]);
  });

  test('overview, logs, settings, builder and signature', async () => {
    const page = await world.open('/');
    await visit(page, '/', []);
    await visit(page, '/?guide=yes', corpus, openAll);
    await visit(page, '/logs', []);
    await visit(page, `/logs?text=${encoded(corpus[0])}`, [corpus[0]]);
    await visit(page, '/settings', tokenNames);
    await visit(page, `/settings?tab=configuration&q=${encoded(corpus[1])}`, [corpus[1]]);
    await visit(page, `/publish?url=${encoded(corpus[8])}&body=${encoded(all)}`, []);
    await visit(page, '/signature', [], async () => {
      await page.getByLabel('Upstash-Signature').fill(
        ['{"alg":"<img src=x onerror=window.evil=1>"}', JSON.stringify({ iss: corpus[0], sub: corpus[8] }), 'x']
          .map((part) => Buffer.from(part).toString('base64url'))
          .join('.'),
      );
      await page.getByTestId('verdict').waitFor();
    });
  });

  test('addresses that nobody made', async () => {
    const page = await world.open('/');
    const places = ['/queues/', '/nowhere/', '/messages/', '/dead-letters/', '/schedules/'];
    for (const [at, text] of corpus.entries()) {
      const path = places[at % places.length] + encoded(text);
      await page.goto(world.broker.url + path);
      await page.getByRole('heading').first().waitFor();
      await harmless(page, path);
      // A name that is not there is a 404 that the console mentions.
      allowStatuses(page, 400, 404);
    }
  });
});
