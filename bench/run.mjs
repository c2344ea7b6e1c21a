// The driver of the benchmarks: starts the real binary, the sink and the load as processes of
// their own, and prints what was measured beside the target and beside what the machine can do
// without Godwit. It burns next to no CPU while something is measured.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { Broker } from '../tests/harness/broker.mjs';
import { pause, until } from '../tests/harness/conditions.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

const help = `bench/run [options]

  --only PARTS         of: floors,start,throughput,acknowledgements,latency,delayed (default: all)
  --messages N         delivered at 64 connections, each counted (default 1000000)
  --messages-wide N    delivered at 256 connections (default 300000)
  --delayed N          messages delayed by an hour (default 1000000)
  --seconds N          of each timed load (default 10)
  --rate N             of the open loop, per second (default 500)
  --arrivals KIND      of the open loop: poisson (default) or even
  --quick              a tenth of everything: to see that it runs, not to quote
  --binary FILE        default build/release/bin/godwit
  --tools DIR          where bench_load, bench_sink and bench_fsync are (default: beside the binary)
  --data DIR           a disk to measure on (default build/)
  --godwit-arg ARG     handed to godwit server, repeatable
  --json FILE          default build/bench.json
  --strict             status 1 if a target is missed
`;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'floors,start,throughput,acknowledgements,latency,delayed' },
    messages: { type: 'string', default: '1000000' },
    'messages-wide': { type: 'string', default: '300000' },
    delayed: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    arrivals: { type: 'string', default: 'poisson' },
    quick: { type: 'boolean', default: false },
    binary: {
      type: 'string',
      default: process.env.GODWIT_BINARY ?? join(root, 'build/release/bin/godwit'),
    },
    tools: { type: 'string' },
    data: { type: 'string', default: join(root, 'build') },
    'godwit-arg': { type: 'string', multiple: true, default: [] },
    json: { type: 'string', default: join(root, 'build/bench.json') },
    strict: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const scale = options.quick ? 0.1 : 1;
const counted = (name) => Math.max(1, Math.round(Number(options[name]) * scale));
const seconds = Math.max(1, Number(options.seconds) * scale);
const binary = resolve(options.binary);
const tools = resolve(options.tools ?? join(binary, '..'));
const parts = options.only.split(',');
const bodyBytes = 256;

mkdirSync(options.data, { recursive: true });
const scratch = mkdtempSync(join(resolve(options.data), 'bench-data-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
let directories = 0;
const freshDirectory = () => {
  const directory = join(scratch, String(++directories));
  mkdirSync(directory);
  return directory;
};

// ---- the processes ----------------------------------------------------------------------------

class Sink {
  static async start(sequences) {
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

async function load(port, path, settings, headers = []) {
  const args = ['--port', port, '--path', path, '--body-bytes', bodyBytes];
  for (const [name, value] of Object.entries(settings)) args.push(`--${name}`, value);
  for (const header of headers) args.push('--header', header);
  const { stdout } = await run(join(tools, 'bench_load'), args.map(String));
  return JSON.parse(stdout);
}

const startBroker = (dataDir) =>
  Broker.start({ file: binary, dataDir, args: options['godwit-arg'], deadline: 60_000 });

const publishHeaders = (broker, extra = []) => [
  `Authorization: Bearer ${broker.token}`,
  'Content-Type: application/octet-stream',
  ...extra,
];

// ---- what is printed ---------------------------------------------------------------------------

const rows = [];
const results = {};

/** `better` is 'at least', 'at most' or undefined for a figure without a target. */
function report(what, measured, unit, better, target, floor) {
  const ok =
    better === undefined
      ? undefined
      : better === 'at least'
        ? measured >= target
        : measured <= target;
  rows.push({ what, measured, unit, better, target, ok, floor });
  const printed = rows[rows.length - 1];
  process.stderr.write(`${line(printed)}\n`);
}

function figure(value) {
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

const times = (ratio, of) => `${ratio.toFixed(2)} x ${of}`;

// ---- the parts ---------------------------------------------------------------------------------

/** What the machine does without Godwit; every ratio stands on it. */
async function measureFloors() {
  const sink = await Sink.start(0);
  await load(sink.port, '/warm-up', { connections: 64, count: 50_000 });
  await sink.reset();
  const many = await load(sink.port, '/echo', {
    connections: 64,
    count: Math.round(500_000 * scale),
  });
  const sinkCpu = (await sink.stats()).cpu_ns / 1e3 / many.completed;
  const one = await load(sink.port, '/echo', { connections: 1, count: Math.round(50_000 * scale) });
  sink.stop();
  const directory = freshDirectory();
  const { stdout } = await run(join(tools, 'bench_fsync'), [
    '--directory',
    directory,
    '--count',
    '5000',
  ]);
  const disk = JSON.parse(stdout);
  results.floors = { echo_64: many, echo_1: one, sink_cpu_us_each: sinkCpu, fdatasync: disk };

  report('floor: HTTP echo without storage, 64 connections', many.per_second, '/s');
  report('floor: the same, 1 connection, p50', one.latency.p50_ms, 'ms');
  report('floor: CPU of the load, each request', many.cpu_us_each, 'us');
  report('floor: CPU of the sink, each request', sinkCpu, 'us');
  report('floor: append 512 bytes + fdatasync, preallocated, p50', disk.preallocated.p50_ms, 'ms');
  report('floor: the same, p99', disk.preallocated.p99_ms, 'ms');
  report('floor: the same on a growing file, p50', disk.growing.p50_ms, 'ms');
}

const echoRate = () => results.floors?.echo_64.per_second;
const echoOnce = () => results.floors?.echo_1.latency.p50_ms;
const syncOnce = () => results.floors?.fdatasync.preallocated.p50_ms;

/** From the start of `godwit dev` on an empty directory to its first answer. */
async function measureStart() {
  await (await fetch('data:,')).text(); // fetch() itself is slow once.
  const all = [];
  for (let i = 0; i < 7; ++i) {
    const start = performance.now();
    const broker = await Broker.start({ mode: 'dev', file: binary, dataDir: freshDirectory() });
    all.push(performance.now() - start);
    await broker.kill();
  }
  all.sort((a, b) => a - b);
  results.start = { all_ms: all };
  report(
    'godwit dev on an empty directory: ready within, median of 7',
    all[3],
    'ms',
    'at most',
    100,
  );
}

/** Publishes `count` messages as fast as `connections` allow, until the last has arrived. */
async function deliver(broker, sink, connections, count) {
  await sink.reset();
  const cpuBefore = broker.cpuSeconds();
  const published = await load(
    broker.port,
    `/v2/publish/${sink.url}/hook`,
    { connections, count },
    publishHeaders(broker),
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
    { deadline: 60_000 },
  );
  return {
    published,
    sink: stats,
    per_second: stats.arrivals / ((stats.last_ns - published.start_ns) / 1e9),
    cpu_us_each: ((cpu - cpuBefore) * 1e6) / count,
    sink_cpu_us_each: stats.cpu_ns / 1e3 / count,
  };
}

async function measureThroughput() {
  const counts = { 64: counted('messages'), 256: counted('messages-wide') };
  const sink = await Sink.start(Math.max(...Object.values(counts)));
  const broker = await startBroker(freshDirectory());
  await deliver(broker, sink, 64, 20_000);
  for (const [connections, count] of Object.entries(counts)) {
    const result = await deliver(broker, sink, Number(connections), count);
    results[`throughput_${connections}`] = result;
    // One message is two exchanges over HTTP: in and out.
    const floor = echoRate() && times(result.per_second / (echoRate() / 2), 'two echoes');
    const label = `delivered end to end, ${connections} connections`;
    report(label, result.per_second, 'msg/s', 'at least', 20_000, floor);
    report('  CPU of Godwit, each message', result.cpu_us_each, 'us', 'at most', 60);
    report(
      '  CPU of load + sink, each message',
      result.published.cpu_us_each + result.sink_cpu_us_each,
      'us',
    );
    report('  acknowledged within, p99', result.published.latency.p99_ms, 'ms');
    report('  refused with 429 or 503 and repeated', result.published.refused, '');
  }
  // Whatever would still be repeated, is repeated before a drained exit.
  await broker.stop(60_000);
  const wide = await sink.stats();
  sink.stop();
  const exact = results.throughput_64.sink;
  report(`lost, of ${figure(counts[64])}`, counts[64] - exact.distinct, '', 'at most', 0);
  report('delivered twice', exact.duplicates, '', 'at most', 0);
  report(`lost, of ${figure(counts[256])}`, counts[256] - wide.distinct, '', 'at most', 0);
  report('delivered twice', wide.duplicates, '', 'at most', 0);
}

/** Durable acknowledgements alone: the messages are due in an hour, so that none is delivered. */
async function measureAcknowledgements() {
  const broker = await startBroker(freshDirectory());
  const path = '/v2/publish/http://127.0.0.1:9/hook';
  const headers = publishHeaders(broker, ['Upstash-Delay: 1h']);
  await load(broker.port, path, { connections: 64, count: 20_000 }, headers);

  const one = await load(broker.port, path, { connections: 1, seconds: seconds / 2 }, headers);
  const cpuBefore = broker.cpuSeconds();
  const many = await load(broker.port, path, { connections: 64, seconds }, headers);
  const cpu = ((broker.cpuSeconds() - cpuBefore) * 1e6) / many.completed;
  await broker.kill();
  results.acknowledgements = { connections_1: one, connections_64: many, cpu_us_each: cpu };

  report(
    'durable acknowledgements, 64 connections',
    many.per_second,
    '/s',
    'at least',
    30_000,
    echoRate() && times(many.per_second / echoRate(), 'an echo'),
  );
  report('  p50', many.latency.p50_ms, 'ms');
  report('  p99', many.latency.p99_ms, 'ms');
  report('  CPU of Godwit, each', cpu, 'us');
  report(
    'durable acknowledgement, 1 connection, p50',
    one.latency.p50_ms,
    'ms',
    'at most',
    0.4,
    echoOnce() && times(one.latency.p50_ms / (echoOnce() + syncOnce()), '(echo + fdatasync)'),
  );
  report('  p99', one.latency.p99_ms, 'ms');
}

async function measureLatency() {
  const sink = await Sink.start(0);
  const broker = await startBroker(freshDirectory());
  const path = `/v2/publish/${sink.url}/hook`;
  const open = { connections: 32, rate: options.rate, arrivals: options.arrivals };
  await load(broker.port, path, { ...open, seconds: 2 }, publishHeaders(broker));
  await pause(200);
  await sink.reset();
  const published = await load(
    broker.port,
    path,
    { ...open, seconds: seconds * 2 },
    publishHeaders(broker),
  );
  const stats = await until('every message arrives', async () => {
    const now = await sink.stats();
    return now.arrivals >= published.completed && now;
  });
  await broker.kill();
  sink.stop();
  results.latency = { published, sink: stats };
  const label = `publish to arrival, ${options.rate}/s (${options.arrivals})`;
  report(
    `${label}, p50`,
    stats.latency.p50_ms,
    'ms',
    'at most',
    1.5,
    echoOnce() &&
      times(stats.latency.p50_ms / (1.5 * echoOnce() + syncOnce()), '(1.5 echoes + fdatasync)'),
  );
  report(`${label}, p99`, stats.latency.p99_ms, 'ms', 'at most', 8);
  report('  acknowledgement, p50', published.latency.p50_ms, 'ms');
  report('  acknowledgement, p99', published.latency.p99_ms, 'ms');
}

async function measureDelayed() {
  const count = counted('delayed');
  const dataDir = freshDirectory();
  const broker = await startBroker(dataDir);
  const before = broker.residentBytes();
  const destination = 'http://127.0.0.1:9/hook';
  const published = await load(
    broker.port,
    `/v2/publish/${destination}`,
    { connections: 64, count },
    publishHeaders(broker, ['Upstash-Delay: 1h']),
  );
  const witness = await broker.publish(destination, {
    body: 'witness',
    headers: { 'Upstash-Delay': '1h' },
  });
  const after = broker.residentBytes();
  await broker.kill();

  const start = performance.now();
  const reopened = await Broker.start({
    file: binary,
    dataDir,
    args: options['godwit-arg'],
    deadline: 120_000,
  });
  const reopenSeconds = (performance.now() - start) / 1000;
  const found = await reopened.json(`/v2/messages/${witness}`);
  if (found.body !== 'witness') throw new Error('the witness came back changed');
  const afterReopening = reopened.residentBytes();
  await reopened.kill();
  results.delayed = {
    count,
    published,
    rss_before: before,
    rss_after: after,
    rss_after_reopening: afterReopening,
    reopen_seconds: reopenSeconds,
  };
  const label = `${figure(count)} messages delayed by an hour`;
  report(`${label}: RSS of each`, (after - before) / count, 'bytes', 'at most', 150);
  report('  RSS in all, before', before / 2 ** 20, 'MiB');
  report('  RSS in all, after', after / 2 ** 20, 'MiB');
  report('  acknowledged at', published.per_second, '/s');
  report('  killed, then reopened and ready (page cache warm)', reopenSeconds, 's', 'at most', 5);
  report('  RSS in all, reopened', afterReopening / 2 ** 20, 'MiB');
}

// ---- the run -----------------------------------------------------------------------------------

const all = {
  floors: measureFloors,
  start: measureStart,
  throughput: measureThroughput,
  acknowledgements: measureAcknowledgements,
  latency: measureLatency,
  delayed: measureDelayed,
};
for (const part of parts) {
  if (!all[part]) {
    process.stderr.write(`no part ${part}\n${help}`);
    process.exit(2);
  }
}

const model = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
const busy = loadavg()[0];
process.stderr.write(
  `${cpus().length} x ${model}, load average ${busy.toFixed(2)}, bodies of ${bodyBytes} bytes, ` +
    `load + Godwit + sink on the same cores\n`,
);
if (busy > 0.7) process.stderr.write('the machine is not idle: these figures are too low\n');
for (const [part, measure] of Object.entries(all)) {
  if (parts.includes(part)) await measure();
}

process.stdout.write(`\n${rows.map(line).join('\n')}\n`);
writeFileSync(
  options.json,
  `${JSON.stringify({ machine: { cpus: cpus().length, model, load_average: busy }, quick: options.quick, rows, results }, null, 2)}\n`,
);
process.stdout.write(`\nthe same with every detail: ${options.json}\n`);
const missed = rows.filter((row) => row.ok === false);
const broken = missed.some((row) => /lost|twice/.test(row.what));
process.exit(broken || (options.strict && missed.length > 0) ? 1 : 0);
