// What every part of the benchmarks stands on: the processes that are measured, started as
// processes of their own, and the table of what was measured beside its target.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { Broker } from '../tests/harness/broker.mjs';
import { pause, until } from '../tests/harness/conditions.mjs';

const run = promisify(execFile);

export const bodyBytes = 256;

class Sink {
  static async start(tools, sequences) {
    const sink = new Sink();
    sink.child = spawn(join(tools, 'bench_sink'), ['--sequences', String(sequences)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: sink.child.stdout });
    const [line] = await new Promise((resolveLine, reject) => {
      sink.child.on('error', reject);
      sink.child.on('exit', (code) => reject(new Error(`bench_sink left with ${code}`)));
      lines.once('line', (text) => resolveLine([text]));
    });
    sink.port = JSON.parse(line).port;
    sink.url = `http://127.0.0.1:${sink.port}`;
    return sink;
  }

  async control(what) {
    return (await fetch(`${this.url}/control/${what}`)).json();
  }

  stats() {
    return this.control('stats');
  }

  reset() {
    return this.control('reset');
  }

  stop() {
    this.child.removeAllListeners('exit');
    this.child.kill();
  }
}

export const publishHeaders = (broker, extra = []) => [
  `Authorization: Bearer ${broker.token}`,
  'Content-Type: application/octet-stream',
  ...extra,
];

export const times = (ratio, of) => `${ratio.toFixed(2)} x ${of}`;

export function figure(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}

function line({ what, measured, unit, better, target, ok, floor }) {
  const aim = better ? `${better === 'at least' ? '>=' : '<='} ${figure(target)}` : '';
  const verdict = ok === undefined ? '' : ok ? 'ok' : 'NOT OK';
  return [
    what.padEnd(58),
    `${figure(measured)} ${unit}`.padStart(16),
    aim.padStart(12),
    verdict.padEnd(6),
    floor ?? '',
  ]
    .join('  ')
    .trimEnd();
}

/** One run of the benchmarks: its options, its processes, what it found so far. */
export class Bench {
  rows = [];
  /** Every detail, by part; the JSON file has them all. */
  results = {};
  #directories = 0;

  constructor(options) {
    this.options = options;
    this.scale = options.quick ? 0.1 : 1;
    this.seconds = Math.max(1, Number(options.seconds) * this.scale);
    this.binary = resolve(options.binary);
    this.tools = resolve(options.tools ?? join(this.binary, '..'));
    mkdirSync(options.data, { recursive: true });
    this.scratch = mkdtempSync(join(resolve(options.data), 'bench-data-'));
    process.on('exit', () => rmSync(this.scratch, { recursive: true, force: true }));
  }

  /** The count that an option names, as much of it as this run is to do. */
  counted(name) {
    return Math.max(1, Math.round(Number(this.options[name]) * this.scale));
  }

  freshDirectory() {
    const directory = join(this.scratch, String(++this.#directories));
    mkdirSync(directory);
    return directory;
  }

  /** Runs one of the measuring tools to its end and reads the JSON it prints. */
  async tool(name, args) {
    const { stdout } = await run(join(this.tools, name), args.map(String));
    return JSON.parse(stdout);
  }

  sink(sequences) {
    return Sink.start(this.tools, sequences);
  }

  load(port, path, settings, headers = []) {
    const args = ['--port', port, '--path', path, '--body-bytes', bodyBytes];
    for (const [name, value] of Object.entries(settings)) args.push(`--${name}`, value);
    for (const header of headers) args.push('--header', header);
    return this.tool('bench_load', args);
  }

  broker(settings = {}) {
    return Broker.start({
      file: this.binary,
      args: this.options['godwit-arg'],
      deadline: 120_000,
      ...settings,
      dataDir: settings.dataDir ?? this.freshDirectory(),
    });
  }

  /** Publishes `count` messages as fast as `connections` allow, until the last has arrived. */
  async deliver(
    broker,
    sink,
    { connections, count, path = `/v2/publish/${sink.url}/hook`, headers = [], cycle = 1 },
  ) {
    await sink.reset();
    const cpuBefore = broker.cpuSeconds();
    const published = await this.load(
      broker.port,
      path,
      { connections, count, cycle },
      publishHeaders(broker, headers),
    );
    let arrivals = 0;
    let lastChange = performance.now();
    const stats = await until(
      'every message arrives',
      async () => {
        const now = await sink.stats();
        if (now.arrivals !== arrivals) lastChange = performance.now();
        arrivals = now.arrivals;
        // A minute without an arrival: what is missing is lost, and is told as such.
        return (now.distinct >= count || performance.now() - lastChange > 60_000) && now;
      },
      { deadline: 3_600_000, every: 20 },
    );
    // The CPU of what follows an arrival (settling it, its log record) belongs to the message too.
    const cpu = await this.idle(broker);
    return {
      published,
      sink: stats,
      per_second: stats.arrivals / ((stats.last_ns - published.start_ns) / 1e9),
      cpu_us_each: ((cpu - cpuBefore) * 1e6) / count,
      sink_cpu_us_each: stats.cpu_ns / 1e3 / count,
    };
  }

  /** Waits until Godwit has nothing to do; the CPU seconds it has used by then. */
  async idle(broker, deadline = 60_000) {
    let cpu = broker.cpuSeconds();
    await until(
      'Godwit is idle',
      async () => {
        await pause(200);
        const now = broker.cpuSeconds();
        const idle = now - cpu < 0.01;
        cpu = now;
        return idle;
      },
      { deadline },
    );
    return cpu;
  }

  /** `better` is 'at least', 'at most' or undefined for a figure without a target. */
  report(what, measured, unit, better, target, floor) {
    const ok =
      better === undefined
        ? undefined
        : better === 'at least'
          ? measured >= target
          : measured <= target;
    this.rows.push({ what, measured, unit, better, target, ok, floor });
    process.stderr.write(`${line(this.rows.at(-1))}\n`);
  }

  table() {
    return this.rows.map(line).join('\n');
  }

  // What the machine does without Godwit, once that was measured.
  get echoRate() {
    return this.results.floors?.echo_64.per_second;
  }
  get echoOnce() {
    return this.results.floors?.echo_1.latency.p50_ms;
  }
  get syncOnce() {
    return this.results.floors?.fdatasync.preallocated.p50_ms;
  }
}
