// One broker, one destination and the official client, for the tests of a file. Every delivery
// that arrives is verified with the official Receiver, whatever the test is about.
import { Client, Receiver } from '@upstash/qstash';
import assert from 'node:assert/strict';

import { Broker } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';
import { Gate } from '../harness/gate.mjs';

// The client tells every failed status on stderr; tests that want failures are quieter without.
console.error = () => {};

export class World {
  static async open(options = {}) {
    const world = new World();
    world.routes = {};
    world.verifications = [];
    world.destination = await Destination.start({
      respond: (arrival) => {
        world.verifications.push(world.#verify(arrival));
        const route = world.routes[new URL(arrival.path, 'http://x').pathname];
        return route ? route(arrival) : { status: 200 };
      },
    });
    world.broker = await Broker.start(options);
    world.client = new Client({ baseUrl: world.broker.url, token: world.broker.token });
    world.receivers = [world.receiver(world.broker.keys)];
    return world;
  }

  receiver({ current, next }) {
    return new Receiver({ currentSigningKey: current, nextSigningKey: next });
  }

  /** Every receiver must accept it; a body that is not text is left to the test that sent it. */
  async #verify(arrival) {
    if (!Buffer.from(arrival.text).equals(arrival.body)) return;
    const request = {
      signature: arrival.headers['upstash-signature'],
      body: arrival.text,
      url: this.destination.url + arrival.path,
      upstashRegion: arrival.headers['upstash-region'],
    };
    for (const receiver of this.receivers) assert.ok(await receiver.verify(request));
  }

  url(path) {
    return this.destination.url + path;
  }

  /** Answers requests for `path` with `respond(arrival)`. */
  route(path, respond) {
    this.routes[path] = respond;
    return this.url(path);
  }

  /** A route whose answers wait for the test; `gate.url` is its address. */
  gate(path) {
    const gate = new Gate();
    gate.url = this.route(path, gate.respond);
    return gate;
  }

  /** What arrived at `path`, whatever its query. */
  at(path) {
    return this.destination.arrivals.filter(
      (arrival) => new URL(arrival.path, 'http://x').pathname === path,
    );
  }

  /** What arrived at `path`, once there are `count`. */
  waitAt(path, count = 1, options) {
    return until(
      `${count} arrival(s) at ${path}`,
      () => this.at(path).length >= count && this.at(path),
      options,
    ).catch((error) => {
      throw new Error(`${error.message}; there are ${this.at(path).length}`);
    });
  }

  /**
   * Publishes a plain message and waits for its arrival: whatever was free to start before it has
   * started by now. How the tests show that something did not happen.
   */
  async fence() {
    const { messageId } = await this.client.publish({ url: this.url('/fence') });
    await this.arrival(messageId);
  }

  arrival(messageId) {
    return this.destination.waitFor(messageId).then(([first]) => first);
  }

  /** The callbacks that arrived at `path` and tell of a message. */
  callbacks(path, messageId) {
    return this.at(path).filter(
      (arrival) => JSON.parse(arrival.text).sourceMessageId === messageId,
    );
  }

  /** Their bodies, once there are `count`. */
  async callbackBodies(path, messageId, count = 1) {
    const arrivals = await until(`${count} callback(s) at ${path} for ${messageId}`, () => {
      const found = this.callbacks(path, messageId);
      return found.length >= count && found;
    });
    return arrivals.map((arrival) => JSON.parse(arrival.text));
  }

  /** The messages of the dead letter queue that match, once there are `count`. */
  deadLetters(filter, count = 1) {
    return until(`${count} dead letter(s) for ${JSON.stringify(filter)}`, async () => {
      const { messages } = await this.client.dlq.listMessages({ filter });
      return messages.length >= count && messages;
    });
  }

  /** The states of a message, oldest first, once the last of them is `last`. */
  states(messageId, last) {
    let seen = [];
    return until(`${messageId} becomes ${last}`, async () => {
      const { logs } = await this.client.logs({ filter: { messageId } });
      seen = logs.map((log) => log.state).reverse();
      return seen.at(-1) === last && seen;
    }).catch((error) => {
      throw new Error(`${error.message}; it went ${seen.join(', ')}`);
    });
  }

  async close() {
    await this.broker.stop();
    await this.destination.stop();
    const outcomes = await Promise.allSettled(this.verifications);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.deepEqual(
      refused.map((outcome) => String(outcome.reason)),
      [],
      'deliveries that the Receiver refused',
    );
  }
}

/** Asserts that `promise` fails as a QstashError of this status with a JSON error that matches. */
export async function refused(status, pattern, promise) {
  const error = await promise.then(
    (value) => assert.fail(`expected ${status}, got ${JSON.stringify(value)}`),
    (thrown) => thrown,
  );
  assert.equal(error.name, 'QstashError', String(error));
  assert.equal(error.status, status, error.message);
  const body = JSON.parse(error.message);
  assert.match(body.error, pattern);
  return body;
}
