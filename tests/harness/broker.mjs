// A real Godwit process: started on a free port with a data directory of its own, and ended with
// the process that started it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { until, within } from './conditions.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The program under test; GODWIT_BINARY names another. */
export const binary = resolve(process.env.GODWIT_BINARY ?? join(root, 'build/release/bin/godwit'));
/** The test-only variant whose store forgets what was not synced when it is killed. */
export const powercutBinary = resolve(
  process.env.GODWIT_POWERCUT_BINARY ?? join(root, 'build/release/bin/godwit-powercut'),
);

export const devToken = 'eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=';
export const devKeys = {
  current: 'sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r',
  next: 'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs',
};

export const serverToken = Buffer.from(
  JSON.stringify({ UserID: 'processTests', Password: 'a-long-enough-secret-for-tests' }),
).toString('base64');
export const serverKeys = {
  current: 'sig_ProcessTestsCurrentKey111111',
  next: 'sig_ProcessTestsNextKey222222222',
};

/** A port that nobody listened on a moment ago. */
export function freePort() {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolvePort(port));
    });
  });
}

const directories = new Set();
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

export function temporaryDirectory(label = 'godwit-test-') {
  const directory = mkdtempSync(join(process.env.GODWIT_TEST_DIR ?? tmpdir(), label));
  directories.add(directory);
  return directory;
}

/** The environment without what would configure Godwit or the SDK by accident. */
export function cleanEnvironment(extra = {}) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(GODWIT_|QSTASH_|UPSTASH_|SSL_CERT_|NODE_TEST_CONTEXT)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** A process whose output is kept, ready or not. */
export class Program {
  constructor(file, args, { env = {}, cwd } = {}) {
    if (!existsSync(file)) throw new Error(`${file} is not built; ./dev build makes it`);
    this.stdout = '';
    this.stderr = '';
    this.child = spawn(file, args, {
      env: cleanEnvironment(env),
      cwd: cwd ?? temporaryDirectory('godwit-cwd-'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text));
    this.ended = undefined;
    /** {code, signal}, once it is gone and all its output is read. */
    this.exit = new Promise((resolveExit, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        running.delete(this.child);
        this.ended = { code, signal };
        resolveExit(this.ended);
      });
    });
    this.exit.catch(() => {});
  }

  get pid() {
    return this.child.pid;
  }

  get output() {
    return this.stdout + this.stderr;
  }

  signal(name) {
    this.child.kill(name);
  }

  /** Waits for the end. */
  exited(deadline = 10_000) {
    return within(deadline, `${this.child.spawnfile} ends; it said:\n${this.output}`, this.exit);
  }
}

/** Runs to the end: {code, signal, stdout, stderr, output}. */
export async function runToEnd(args, options = {}) {
  const program = new Program(options.file ?? binary, args, options);
  const { code, signal } = await program.exited(options.deadline);
  return {
    code,
    signal,
    stdout: program.stdout,
    stderr: program.stderr,
    output: program.output,
  };
}

export class Broker extends Program {
  /**
   * `mode` is `server` or `dev`. A server may deliver to 127.0.0.0/8 unless `allow` says otherwise.
   * Resolves once /readyz answers 200.
   */
  static async start({
    mode = 'server',
    file = binary,
    port,
    dataDir,
    allow = mode === 'server' ? ['127.0.0.0/8'] : [],
    args = [],
    env = {},
    deadline = 20_000,
  } = {}) {
    const chosenPort = port ?? (await freePort());
    const directory = dataDir ?? temporaryDirectory('godwit-data-');
    const identity =
      mode === 'server'
        ? {
            GODWIT_TOKEN: serverToken,
            GODWIT_CURRENT_SIGNING_KEY: serverKeys.current,
            GODWIT_NEXT_SIGNING_KEY: serverKeys.next,
          }
        : {};
    const broker = new Broker(
      file,
      [
        mode,
        '--listen',
        `127.0.0.1:${chosenPort}`,
        '--data-dir',
        directory,
        ...allow.flatMap((target) => ['--delivery-allow', target]),
        ...args,
      ],
      { env: { ...identity, ...env } },
    );
    broker.port = chosenPort;
    broker.dataDir = directory;
    broker.url = `http://127.0.0.1:${chosenPort}`;
    broker.token = mode === 'server' ? serverToken : devToken;
    broker.keys = mode === 'server' ? serverKeys : devKeys;
    await until(
      'Godwit is ready',
      async () => {
        if (broker.ended) return true;
        return (await fetch(`${broker.url}/readyz`)).status === 200;
      },
      { deadline, every: 5 },
    ).catch((error) => {
      broker.signal('SIGKILL');
      throw new Error(`${error.message}; it said:\n${broker.output}`);
    });
    if (broker.ended) {
      throw new Error(`Godwit left with ${JSON.stringify(broker.ended)}:\n${broker.output}`);
    }
    return broker;
  }

  /** fetch() with the token; `path` begins with a slash. */
  request(path, { headers = {}, ...options } = {}) {
    return fetch(this.url + path, {
      ...options,
      headers: { Authorization: `Bearer ${this.token}`, ...headers },
    });
  }

  /** The JSON of an answer that must be 2xx. */
  async json(path, options) {
    const response = await this.request(path, options);
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${options?.method ?? 'GET'} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** Publishes and returns the message id. */
  async publish(destination, { body = '', headers = {} } = {}) {
    const answer = await this.json(`/v2/publish/${destination}`, { method: 'POST', body, headers });
    return answer.messageId;
  }

  /** SIGTERM and the exit that follows. */
  async stop(deadline = 15_000) {
    if (!this.ended) this.signal('SIGTERM');
    return this.exited(deadline);
  }

  /** SIGKILL and the exit that follows. */
  async kill() {
    this.signal('SIGKILL');
    return this.exited();
  }

  /** Resident set in bytes, from /proc. */
  residentBytes() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** User plus system time in seconds, from /proc. */
  cpuSeconds() {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
}
