// Rounds of mixed load that end in kill -9, and the check of what may follow from them.
//
//   publishers --> Godwit --> destination      every moment by one clock, that of this process
//                    ^
//                    | kill -9 at a random moment, started again on the same data
//
// The promises that are checked, for every message:
//
// 1. Not lost: once acknowledged, it is delivered (answered with 200) in the end.
// 2. Not early: no attempt comes before the moment it was due when it was sent, and no retry before
//    its delay has passed.
// 3. Not twice but for a crash: an attempt is repeated (it comes after a success, or does not count
//    on from the last) only if there is a kill between the two, and the first was not answered, or
//    its end may not have been durable by then: commits follow in order, so it was if a publish that
//    was sent `grace` after that answer was acknowledged before the kill. However slow the disk is.
import { Agent, request as httpRequest } from 'node:http';

import {
  Broker,
  Program,
  freePort,
  serverKeys,
  serverToken,
  temporaryDirectory,
} from '../harness/broker.mjs';
import { pause, until } from '../harness/conditions.mjs';
import { Destination } from '../harness/destination.mjs';
import { Random } from '../harness/random.mjs';

const grace = 50; // From an answer's last byte to the broker's knowing of it.
const publishers = 16;
// Date.now() is whole milliseconds at both ends of a comparison.
const rounding = 1;

const kinds = {
  immediate: () => ({}),
  delayed: (random) => {
    const delay = random.between(50, 1_500);
    return { delay, headers: { 'Upstash-Delay': `${delay}ms` } };
  },
  slow: (random) => ({ answerAfter: random.between(10, 80) }),
  // Fails once or twice, then succeeds.
  failing: (random) => ({
    failures: random.between(1, 2),
    retryDelay: 60,
    headers: { 'Upstash-Retries': '5', 'Upstash-Retry-Delay': '60' },
  }),
};

class Rounds {
  constructor({ seed, file, args }) {
    this.random = new Random(seed);
    this.file = file;
    this.args = args;
    this.messages = [];
    this.kills = [];
    this.problems = [];
    this.agent = new Agent({ keepAlive: true, maxSockets: publishers });
    this.accepting = false;
    this.over = false;
  }

  async run(count) {
    this.dataDir = temporaryDirectory('godwit-crash-');
    this.port = await freePort();
    this.destination = await Destination.start({ respond: (arrival) => this.#respond(arrival) });
    await this.#start();
    const load = Array.from({ length: publishers }, () => this.#publish());
    for (let round = 0; round < count; ++round) {
      await pause(this.random.between(60, 450));
      await this.#kill();
      // Now and then the next process does not live to see its own recovery.
      if (this.random.between(1, 5) === 1) await this.#startAndKillAtOnce();
      await this.#start();
    }
    this.over = true;
    await Promise.all(load);
    await this.#settle();
    await this.broker.kill();
    this.agent.destroy();
    await this.destination.stop();
  }

  async #start() {
    this.broker = await Broker.start({
      file: this.file,
      port: this.port,
      dataDir: this.dataDir,
      args: this.args,
      deadline: 30_000,
    });
    this.accepting = true;
  }

  async #kill() {
    this.accepting = false;
    const at = Date.now();
    await this.broker.kill();
    await this.#noteKill(at);
  }

  async #startAndKillAtOnce() {
    const program = new Program(
      this.file,
      [
        'server',
        '--listen',
        `127.0.0.1:${this.port}`,
        '--data-dir',
        this.dataDir,
        '--delivery-allow',
        '127.0.0.0/8',
        ...this.args,
      ],
      {
        env: {
          GODWIT_TOKEN: serverToken,
          GODWIT_CURRENT_SIGNING_KEY: serverKeys.current,
          GODWIT_NEXT_SIGNING_KEY: serverKeys.next,
        },
      },
    );
    await pause(this.random.between(0, 100));
    const at = Date.now();
    program.signal('SIGKILL');
    await program.exited();
    await this.#noteKill(at);
  }

  /** A kill lasts until the last bytes that the dead process sent have been read here. */
  async #noteKill(at) {
    const connections = () =>
      new Promise((resolve, reject) =>
        this.destination.server.getConnections((error, count) =>
          error ? reject(error) : resolve(count),
        ),
      );
    await until('its connections are closed', async () => (await connections()) === 0, {
      every: 1,
    });
    this.kills.push({ at, over: Date.now() });
    await pause(2); // The next process's arrivals get a later millisecond.
  }

  async #publish() {
    while (!this.over) {
      if (!this.accepting) {
        await pause(2);
        continue;
      }
      const kind = this.random.pick(Object.keys(kinds));
      const message = { key: this.messages.length, kind, ...kinds[kind](this.random) };
      this.messages.push(message);
      message.sentAt = Date.now();
      try {
        const { status, text } = await this.#send(message);
        if (status === 200) {
          message.id = JSON.parse(text).messageId;
          message.acknowledgedAt = Date.now();
        } else if (status !== 503 && status !== 429) {
          this.problems.push(`publish of ${message.key} was answered with ${status}: ${text}`);
        }
      } catch {
        await pause(2); // It died: whether this one was taken, nobody knows.
      }
    }
  }

  #send({ key, headers }) {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        {
          host: '127.0.0.1',
          port: this.port,
          agent: this.agent,
          method: 'POST',
          path: `/v2/publish/${this.destination.url}/crash`,
          headers: { Authorization: `Bearer ${serverToken}`, ...headers },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode, text }));
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(String(key));
    });
  }

  async #respond(arrival) {
    const message = this.messages[Number(arrival.text)];
    arrival.retried = Number(arrival.headers['upstash-retried']);
    arrival.status = arrival.retried < (message.failures ?? 0) ? 500 : 200;
    message.arrivals = [...(message.arrivals ?? []), arrival];
    if (message.answerAfter) await pause(message.answerAfter);
    if (arrival.status === 200) message.delivered = true;
    return { status: arrival.status };
  }

  /** Waits until all that was acknowledged is delivered, or nothing comes any more. */
  async #settle() {
    const missing = () => this.messages.some((message) => message.id && !message.delivered);
    let arrivals = 0;
    let quietSince = performance.now();
    await until(
      'all is delivered or nothing comes',
      () => {
        if (this.destination.arrivals.length !== arrivals) quietSince = performance.now();
        arrivals = this.destination.arrivals.length;
        return !missing() || performance.now() - quietSince > 4_000;
      },
      { deadline: 120_000 },
    );
  }

  check() {
    const lost = this.messages.filter((message) => message.id && !message.delivered);
    for (const message of this.messages) this.#checkMessage(message);
    return {
      kills: this.kills.length,
      published: this.messages.length,
      acknowledged: this.messages.filter((message) => message.id).length,
      lost: lost.length,
      firstLost: lost.slice(0, 5).map(({ key, kind, id, sentAt }) => ({ key, kind, id, sentAt })),
      repeated: this.repeated,
      problems: this.problems,
    };
  }

  repeated = 0;

  #checkMessage(message) {
    const arrivals = message.arrivals ?? [];
    const since = (moment) => (moment === undefined ? 'never' : moment - message.sentAt);
    const story = () =>
      `${message.kind} ${message.key}, due ${message.delay ?? 0} ms after it was sent; arrived ` +
      arrivals
        .map(
          (a) => `at ${since(a.at)} (retried ${a.retried}, ${a.status} at ${since(a.answeredAt)})`,
        )
        .join(', ') +
      '; kills at ' +
      this.kills
        .filter((kill) => kill.over >= message.sentAt && kill.at <= arrivals.at(-1).at)
        .map((kill) => `${since(kill.at)} to ${since(kill.over)}`)
        .join(', ');
    for (const [i, arrival] of arrivals.entries()) {
      if (message.id && arrival.messageId !== message.id) {
        this.problems.push(`under another id than acknowledged: ${story()}`);
      }
      if (arrival.at + rounding < message.sentAt + (message.delay ?? 0)) {
        this.problems.push(`early: ${story()}`);
      }
      if (i === 0) {
        if (arrival.retried !== 0) this.problems.push(`begins with a retry: ${story()}`);
        continue;
      }
      const last = arrivals[i - 1];
      const countsOn =
        last.status !== 200 && last.answeredAt && arrival.retried === last.retried + 1;
      if (countsOn) {
        if (arrival.at + rounding < last.answeringAt + message.retryDelay) {
          this.problems.push(`a retry too early: ${story()}`);
        }
      } else if (arrival.retried === last.retried && this.#repeatAllowed(last, arrival)) {
        this.repeated += 1;
      } else {
        this.problems.push(`a repeat that no crash explains: ${story()}`);
      }
    }
  }

  #repeatAllowed(last, next) {
    return this.kills.some(
      (kill) =>
        last.at <= kill.over &&
        next.at >= kill.over &&
        (last.answeredAt === undefined || last.answeredAt > this.#durableUntil(kill) - grace),
    );
  }

  /** When the last publish was sent that was acknowledged before the kill. */
  #durableUntil(kill) {
    kill.durableUntil ??= this.messages.reduce(
      (latest, { sentAt, acknowledgedAt }) => (acknowledgedAt <= kill.at && sentAt > latest ? sentAt : latest),
      0,
    );
    return kill.durableUntil;
  }
}

/** Runs `rounds` rounds; what happened, as counts and a list of broken promises. */
export async function crashRounds({ rounds, ...options }) {
  const run = new Rounds(options);
  await run.run(rounds);
  return run.check();
}
