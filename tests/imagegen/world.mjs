// ImageGenService as it runs at people's: the real broker, the real application, a stand-in for the
// providers, and Debian's Chromium.
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { Browser } from '../harness/browser.mjs';
import { Broker, Program, freePort, temporaryDirectory } from '../harness/broker.mjs';
import { until } from '../harness/conditions.mjs';
import { Recorder } from './recorder.mjs';
import { startProviders } from './stand-in/providers.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const binary = resolve(
  process.env.IMAGEGEN_BINARY ?? join(root, 'build/release/bin/imagegen'),
);

/** Keys of the shapes that the providers give, which must be found nowhere afterwards. */
export const geminiKey = 'AIzaSyTestsOfImageGenService-Gemini-0001';
export const openaiKey = 'sk-proj-tests-of-imagegenservice-openai-0001';

/** The process of the application, with a session of its own for the tests' requests. */
export class Application extends Program {
  static async start({ port, dataDir, env = {}, file = binary, deadline = 20_000 } = {}) {
    const chosenPort = port ?? (await freePort());
    const directory = dataDir ?? temporaryDirectory('imagegen-data-');
    const application = new Application(file, [], {
      env: {
        IMAGEGEN_LISTEN: `127.0.0.1:${chosenPort}`,
        IMAGEGEN_DATA_DIR: directory,
        ...env,
      },
    });
    application.port = chosenPort;
    application.dataDir = directory;
    application.env = env;
    application.url = `http://127.0.0.1:${chosenPort}`;
    await until(
      'ImageGenService is ready',
      async () => {
        if (application.ended) return true;
        return (await fetch(`${application.url}/healthz`)).status === 200;
      },
      { deadline, every: 10 },
    ).catch((error) => {
      application.signal('SIGKILL');
      throw new Error(`${error.message}; it said:\n${application.output}`);
    });
    if (application.ended) {
      throw new Error(
        `ImageGenService left with ${JSON.stringify(application.ended)}:\n${application.output}`,
      );
    }
    return application;
  }

  async #session() {
    const response = await fetch(`${this.url}/api/session`);
    const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    this.session = { cookie: cookie.join('; '), csrf: (await response.json()).csrfToken };
  }

  /** A request of the page's kind: with a session, and a body as JSON. The answer as it came. */
  async request(method, path, body) {
    if (!this.session) await this.#session();
    return fetch(this.url + path, {
      method,
      headers: {
        Cookie: this.session.cookie,
        'X-CSRF-Token': this.session.csrf,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The JSON of an answer that must be 2xx. */
  async json(method, path, body) {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** {status, error} of an answer that must not be 2xx. */
  async refusal(method, path, body) {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (response.ok) throw new Error(`${method} ${path} was not refused: ${text}`);
    return { status: response.status, error: JSON.parse(text).error };
  }

  /** A generation of `prompts`, not started. */
  generation(prompts, options = {}) {
    return this.json('POST', '/api/generations', {
      name: 'Tests',
      prompts,
      rateLimit: 3600,
      model: 'gemini-3.1-flash-image',
      ...options,
    });
  }

  /** All tasks of a generation, by index. */
  async tasks(id) {
    return (await this.json('GET', `/api/generations/${id}/tasks?limit=2000`)).tasks;
  }

  /** The generation, once it has finished. */
  finished(id, { deadline = 60_000 } = {}) {
    return until(
      `the generation ${id} has finished`,
      async () => {
        const generation = await this.json('GET', `/api/generations/${id}`);
        return generation.state.startsWith('finished') && generation;
      },
      { deadline, every: 50 },
    );
  }

  async stop(deadline = 40_000) {
    if (!this.ended) this.signal('SIGTERM');
    return this.exited(deadline);
  }

  async kill() {
    this.signal('SIGKILL');
    return this.exited();
  }
}

/** Everything that a test file needs; close() ends it. */
export class World {
  browser = new Browser(chromium);

  /**
   * `broker` and `application`: options of their start. `withToken: false` starts the application
   * without the broker's token. `keys: false`: without provider keys. `providers`: options of the
   * stand-in. `recorded`: a Recorder stands between the application and the broker, from the first request
   * on; its options, or true.
   */
  static async open({
    broker = {},
    application = {},
    providers = {},
    withToken = true,
    keys = true,
    recorded = false,
  } = {}) {
    const world = new World();
    world.withToken = withToken;
    world.keys = keys;
    world.applicationOptions = application;
    try {
      world.providers = await startProviders({ geminiKey, openaiKey, ...providers });
      world.broker = await Broker.start(broker);
      if (recorded) world.recorder = await Recorder.start(() => world.broker, recorded);
      await world.startApplication();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** Starts the application (again), on the port and directory that it had. */
  async startApplication(options = {}) {
    const former = this.application;
    this.application = await Application.start({
      port: former?.port,
      dataDir: former?.dataDir,
      ...this.applicationOptions,
      ...options,
      env: {
        QSTASH_URL: (this.recorder ?? this.broker).url,
        ...(this.withToken ? { QSTASH_TOKEN: this.broker.token } : {}),
        GEMINI_BASE_URL: this.providers.geminiUrl,
        OPENAI_BASE_URL: this.providers.openaiUrl,
        ...(this.keys ? { GEMINI_API_KEY: geminiKey, OPENAI_API_KEY: openaiKey } : {}),
        ...this.applicationOptions.env,
        ...options.env,
      },
    });
    return this.application;
  }

  /** Starts the broker again, on the port and directory that it had. */
  async startBroker(options = {}) {
    const { port, dataDir } = this.broker;
    this.broker = await Broker.start({ port, dataDir, ...options });
    return this.broker;
  }

  /** A page of the application, whose `problems` must stay empty. */
  page(options = {}) {
    return this.browser.page(() => this.application.url, options);
  }

  async close() {
    await this.browser.close();
    if (this.application && !this.application.ended) await this.application.stop();
    if (this.broker && !this.broker.ended) await this.broker.stop();
    await this.providers?.close();
    await this.recorder?.close();
  }
}
