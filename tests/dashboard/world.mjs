// The dashboard as it runs at people's: the real broker, a destination, a load, Debian's Chromium.
import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

import { Browser } from '../harness/browser.mjs';
import { Broker } from '../harness/broker.mjs';
import { pause, until } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';

/** Machines that build something else meanwhile are slow; conditions are what is exact. */
export const patience = 60_000;

/** Answers as the path says: /status/503 with that status, anything else with 200. */
function byPath({ path }) {
  const status = Number(/^\/status\/(\d{3})/.exec(path)?.[1] ?? 200);
  return { status, headers: { 'Content-Type': 'text/plain' }, body: `answer ${status}` };
}

/** Messages that come all the time, until it is stopped. */
class Load {
  #stopped = false;
  #running;
  published = 0;

  constructor(world, perRound) {
    this.#running = this.#run(world, perRound);
  }

  async #run(world, perRound) {
    while (!this.#stopped) {
      await world.batch(
        Array.from({ length: perRound }, () => ({
          path: '/load',
          headers: { 'Upstash-Label': 'load' },
          body: `{"number":${this.published}}`,
        })),
      );
      this.published += perRound;
      await pause(100);
    }
  }

  async stop() {
    this.#stopped = true;
    await this.#running;
  }
}

export class World {
  #pages = [];

  /** `broker` are options of Broker.start; `load` is how many messages a round of 100 ms publishes. */
  static async open({ broker = {}, load = 0 } = {}) {
    const world = new World();
    world.browser = new Browser(chromium);
    world.destination = await Destination.start({ respond: byPath });
    world.brokerOptions = broker;
    world.broker = await Broker.start({ deadline: patience, ...broker });
    if (load > 0) world.load = new Load(world, load);
    return world;
  }

  /** Ends the broker and starts it again, on the port and directory that it had. */
  async restart() {
    const { port, dataDir } = this.broker;
    await this.broker.stop(patience);
    this.broker = await Broker.start({ deadline: patience, ...this.brokerOptions, port, dataDir });
  }

  /** Publishes to a path of the destination; the id. */
  publish(path, options) {
    return this.broker.publish(this.destination.url + path, options);
  }

  /** Publishes {path, headers, body}s in one request; their ids in order. */
  async batch(items) {
    const answers = await this.broker.json('/v2/batch', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(
        items.map(({ path, ...rest }) => ({ destination: this.destination.url + path, ...rest })),
      ),
    });
    return answers.map(({ messageId }) => messageId);
  }

  /** The ids of the messages with this label that were cancelled, by the log of /v2. */
  async canceled(label) {
    const { logs } = await this.broker.json(`/v2/logs?label=${label}&state=CANCELED&count=1000`);
    return logs.map(({ messageId }) => messageId);
  }

  /** A message's detail, once it is in this state. */
  inState(id, state) {
    return until(
      `${id} is ${state}`,
      async () => {
        const message = await this.broker.json(`/admin/v1/messages/${id}`);
        return message.state === state && message;
      },
      { deadline: patience, every: 50 },
    );
  }

  /** A page without a session. */
  async page(options = {}) {
    const page = await this.browser.page(() => this.broker.url, {
      reducedMotion: 'reduce',
      ...options,
    });
    page.setDefaultTimeout(patience);
    // Of which request a refusal was: the console does not tell.
    page.on('response', (response) => {
      if (response.status() >= 500) page.problems.push(`${response.status()} ${response.url()}`);
    });
    this.#pages.push(page);
    return page;
  }

  /** A page that is still empty, for somebody who has signed in with the broker's token or another. */
  async enter({ token = this.broker.token, ...options } = {}) {
    const page = await this.page(options);
    const answer = await page.context().request.post(`${this.broker.url}/admin/v1/session`, {
      data: { token },
    });
    assert.equal(answer.status(), 200, await answer.text());
    return page;
  }

  /** The same, with this page of the dashboard. */
  async open(path, options) {
    const page = await this.enter(options);
    await page.goto(this.broker.url + path);
    return page;
  }

  /** Closes the pages that are open, each of which must have had no problem. */
  async closePages() {
    const pages = this.#pages.splice(0);
    const problems = pages.map((page) => page.problems);
    await Promise.all(pages.map((page) => page.context().close()));
    assert.deepEqual(
      problems.flat(),
      [],
      'no error, no dialog, no request elsewhere, and nothing that the policy of the pages forbids',
    );
  }

  async close() {
    await this.load?.stop();
    await this.browser.close();
    if (!this.broker.ended) await this.broker.stop(patience);
    await this.destination.stop();
  }
}

/** Waits until the page has what it was asked for: the heading of the page, and nothing that is being loaded. */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await until(
    `${page.url()} has loaded`,
    async () => (await page.locator('.skeleton, .overview-shapes').count()) === 0,
    { deadline: patience, every: 20 },
  );
}

/** Chooses an entry of the menu that a button opens. */
export async function choose(page, button, entry) {
  await button.click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** The text of an element, with every blank an ordinary one. */
export const textOf = async (locator) => (await locator.innerText()).replaceAll(/\s/g, ' ');

/** What the console says of answers that a page handles: with these statuses they are no problem here. */
export function allowStatuses(page, ...statuses) {
  const pattern = new RegExp(`status of (${statuses.join('|')})`);
  page.problems = page.problems.filter((problem) => !pattern.test(problem));
}
