// What a read of a long list costs: how soon its first page is there with a full store, and what
// publishing feels of it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { until } from '../tests/harness/conditions.mjs';
import { figure, publishHeaders } from './bench.mjs';
import { ListClient } from './list-client.mjs';

const firstPageMsMax = 50;
const p99RatioMax = 1.2;
const readsEach = 20;
const readsTimeMax = 10_000; // A list that is far too slow needs no twenty reads to be told.
const rounds = 9;
const clientFile = fileURLToPath(new URL('list-client.mjs', import.meta.url));
const nowhere = 'http://127.0.0.1:9/hook';

/** Runs `work` for 0 to count - 1, at most `width` at a time. */
async function inParallel(count, width, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}

/** Publishes `count` messages by batches; `item` gives what of number i is not plain. */
export async function batches(broker, count, item) {
  const size = 1000;
  const body = 'x'.repeat(256);
  await inParallel(Math.ceil(count / size), 4, async (batch) => {
    const items = [];
    for (let i = batch * size; i < Math.min(count, (batch + 1) * size); ++i) {
      items.push({ destination: nowhere, body, ...item(i) });
    }
    const answers = await broker.json('/v2/batch', { method: 'POST', body: JSON.stringify(items) });
    const failed = answers.find((answer) => !answer.messageId);
    if (failed) throw new Error(`a batch item failed: ${JSON.stringify(failed)}`);
  });
}

/** A store with everything that can be listed. */
export async function fill(bench, broker, sink) {
  const counts = {
    delayed: bench.counted('stored'),
    finished: bench.counted('finished'),
    dead: bench.counted('dead'),
    queues: bench.counted('queues'),
    keys: bench.counted('keys'),
    schedules: bench.counted('schedules'),
    groups: bench.counted('groups'),
  };
  const step = async (what, work) => {
    const start = performance.now();
    await work();
    const took = ((performance.now() - start) / 1000).toFixed(1);
    process.stderr.write(`  filled ${what} in ${took} s\n`);
  };

  const delay = { 'Upstash-Delay': '1h' };
  await step(`${figure(counts.delayed)} delayed messages`, () =>
    // The first of them in all queues and of all keys, the rest plain.
    batches(broker, counts.delayed, (i) => {
      if (i < counts.queues) return { queue: `q${i}`, headers: delay };
      if (i >= counts.queues + counts.keys) return { headers: { ...delay, 'Upstash-Label': 'x' } };
      const flow = {
        'Upstash-Flow-Control-Key': `k${i - counts.queues}`,
        'Upstash-Flow-Control-Value': 'parallelism=10, rate=100, period=1m',
      };
      return { headers: { ...delay, ...flow } };
    }),
  );
  await step(`${figure(counts.finished)} finished messages`, () =>
    bench.deliver(broker, sink, { connections: 64, count: counts.finished }),
  );
  await step(`${figure(counts.dead)} dead letters`, async () => {
    await batches(broker, counts.dead, () => ({ headers: { 'Upstash-Retries': '0' } }));
    await until(
      'the messages to nowhere are dead letters',
      async () => {
        const text = await (await broker.request('/metrics')).text();
        return /^godwit_messages_dead_lettered_total (\d+)$/m.exec(text)[1] >= counts.dead;
      },
      { deadline: 300_000, every: 100 },
    );
  });
  await step(`${figure(counts.schedules)} schedules`, () =>
    inParallel(counts.schedules, 32, (i) =>
      broker.json(`/v2/schedules/${nowhere}`, {
        method: 'POST',
        headers: { 'Upstash-Cron': '0 0 1 1 *', 'Upstash-Schedule-Id': `s${i}` },
      }),
    ),
  );
  await step(`${figure(counts.groups)} URL groups`, () =>
    inParallel(counts.groups, 32, (i) =>
      broker.json(`/v2/topics/g${i}/endpoints`, {
        method: 'POST',
        body: JSON.stringify({ endpoints: [{ url: nowhere }, { url: `${nowhere}/2` }] }),
      }),
    ),
  );
  // Each looks at every living message, so a few must do.
  await step('bulk actions', () =>
    inParallel(3, 1, (i) =>
      broker.json(`/v2/messages?label=nobody${i}`, { method: 'DELETE' }),
    ),
  );
  await bench.idle(broker, 300_000);
  return counts;
}

/** Every list, without a filter, with one that matches and with one that matches nothing. */
const lists = [
  '/v2/logs',
  '/v2/logs?count=1000',
  '/v2/logs?state=DELIVERED',
  '/v2/logs?label=nobody',
  '/v2/logs?queueName=q1',
  '/v2/logs?flowControlKey=k1',
  '/v2/logs?order=earliestFirst',
  '/v2/logs?groupBy=messageId',
  '/v2/events',
  '/v2/events?state=ERROR',
  '/v2/dlq',
  '/v2/dlq?label=nobody',
  '/v2/dlq?responseStatus=500',
  '/v2/queues',
  '/v2/schedules',
  '/v2/topics',
  '/v2/flowControl',
  '/v2/flowControl?search=k77',
  '/v2/bulkActions',
];

const sorted = (values) => values.toSorted((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];

async function measureFirstPages(bench, broker) {
  bench.results.lists.pages = {};
  const client = new ListClient(broker);
  for (const path of lists) {
    const times = [];
    let bytes = 0;
    const end = performance.now() + readsTimeMax;
    for (let i = 0; i < readsEach && performance.now() < end; ++i) {
      const page = await client.read(path);
      times.push(page.ms);
      bytes = page.bytes;
    }
    bench.results.lists.pages[path] = { ms: times, bytes };
    const rest = `max ${figure(Math.max(...times))} ms, ${figure(bytes)} bytes`;
    const label = `GET ${path}, p50 of ${times.length}`;
    bench.report(label, median(times), 'ms', 'at most', firstPageMsMax, rest);
  }
  client.close();
}

/** What `work` returns while lists are read in turn by a process of its own, and how many in a second: `perSecond`, or without a pause for 0. */
async function besideReading(broker, paths, perSecond, work) {
  // The client's place is another machine: here it gets what of the processors nobody wants.
  const args = ['--idle', '0', process.execPath, clientFile, String(broker.port), String(perSecond), ...paths];
  const reader = spawn('chrt', args, { env: { ...process.env, GODWIT_TOKEN: broker.token }, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  reader.stdout.on('data', (bytes) => (told += bytes));
  let code;
  reader.on('error', (error) => (code = error.message));
  reader.on('close', (exit) => (code ??= exit ?? 'a signal'));
  try {
    await until('the first list is read', () => told.startsWith('ready') || code !== undefined);
    const found = await work();
    reader.kill();
    await until('the reader of lists has ended', () => code !== undefined);
    if (code !== 0) throw new Error(`the reader of lists ended with ${code}`);
    return { found, readsPerSecond: JSON.parse(told.split('\n')[1]).perSecond };
  } finally {
    reader.kill();
  }
}

/** Publishing at a fixed rate, alone and beside readers, in turns: the machine may drift. */
async function measurePublishing(bench, broker, sink, paths) {
  const rate = Number(bench.options['list-publishes']);
  const perSecond = Number(bench.options['list-reads']);
  const publish = () =>
    bench.load(
      broker.port,
      `/v2/publish/${sink.url}/hook`,
      { connections: 32, rate, arrivals: bench.options.arrivals, seconds: bench.seconds / 2 },
      publishHeaders(broker),
    );
  const found = { alone: [], paced: [], flat_out: [], reads_per_second: [] };
  await publish();
  for (let round = 0; round < rounds; ++round) {
    found.alone.push((await publish()).latency);
    for (const [name, reads] of [
      ['paced', perSecond],
      ['flat_out', 0],
    ]) {
      const beside = await besideReading(broker, paths, reads, publish);
      found[name].push(beside.found.latency);
      found.reads_per_second.push([name, beside.readsPerSecond]);
    }
  }
  const p99 = (name) => median(found[name].map((latency) => latency.p99_ms));
  const p50 = (name) => median(found[name].map((latency) => latency.p50_ms));
  const readsOf = (name) =>
    median(found.reads_per_second.filter(([of]) => of === name).map(([, reads]) => reads));

  const label = `publish at ${figure(rate)}/s`;
  const tell = (what, name) =>
    bench.report(what, p99(name), 'ms', undefined, undefined, `p50 ${figure(p50(name))} ms`);
  tell(`${label}: p99, median of ${rounds}`, 'alone');
  tell(`  beside ${figure(readsOf('paced'))} lists a second: p99`, 'paced');
  bench.report('  ratio', p99('paced') / p99('alone'), 'x', 'at most', p99RatioMax);
  tell(`  beside lists without a pause (${figure(readsOf('flat_out'))}/s): p99`, 'flat_out');
  bench.report('  ratio', p99('flat_out') / p99('alone'), 'x');
  return found;
}

export async function measureLists(bench) {
  const sink = await bench.sink(bench.counted('finished'));
  const broker = await bench.broker();
  bench.results.lists = { counts: await fill(bench, broker, sink) };
  bench.report('RSS with the lists filled', broker.residentBytes() / 2 ** 20, 'MiB');
  await measureFirstPages(bench, broker);
  bench.results.lists.publishing = await measurePublishing(bench, broker, sink, lists);
  if (bench.options['list-each']) {
    bench.results.lists.each = {};
    for (const path of lists) {
      process.stderr.write(`beside ${path} alone\n`);
      bench.results.lists.each[path] = await measurePublishing(bench, broker, sink, [path]);
    }
  }
  await broker.kill();
  sink.stop();
}
