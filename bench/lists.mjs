// What a read of a long list costs: how soon its first page is there with a full store, and what
// publishing feels of it.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

import { pause, until } from '../tests/harness/conditions.mjs';
import { figure, publishHeaders } from './bench.mjs';

const firstPageMsMax = 50;
const p99RatioMax = 1.2;
const readsEach = 20;
const readsTimeMax = 10_000; // A list that is far too slow needs no twenty reads to be told.
const rounds = 5;
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

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Reads a list to its last byte: {ms, bytes}. What it says is not looked at. */
function read(broker, path) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const headers = { Authorization: `Bearer ${broker.token}` };
    const call = request({ host: '127.0.0.1', port: broker.port, path, agent, headers });
    call.on('error', reject);
    call.on('response', (response) => {
      let bytes = 0;
      response.on('error', reject);
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('end', () => {
        if (response.statusCode === 200) {
          resolve({ ms: performance.now() - start, bytes });
        } else {
          reject(new Error(`GET ${path}: ${response.statusCode}`));
        }
      });
    });
    call.end();
  });
}

const sorted = (values) => values.toSorted((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];

async function measureFirstPages(bench, broker) {
  bench.results.lists.pages = {};
  for (const path of lists) {
    const times = [];
    let bytes = 0;
    const end = performance.now() + readsTimeMax;
    for (let i = 0; i < readsEach && performance.now() < end; ++i) {
      const page = await read(broker, path);
      times.push(page.ms);
      bytes = page.bytes;
    }
    bench.results.lists.pages[path] = { ms: times, bytes };
    const rest = `max ${figure(Math.max(...times))} ms, ${figure(bytes)} bytes`;
    const label = `GET ${path}, p50 of ${times.length}`;
    bench.report(label, median(times), 'ms', 'at most', firstPageMsMax, rest);
  }
}

/** Reads lists in turn, `perSecond` of them (0: as soon as the one before is there). */
function readingLoop(broker, paths, perSecond) {
  let going = true;
  let reads = 0;
  const start = performance.now();
  const done = (async () => {
    while (going) {
      if (perSecond > 0) {
        const wait = start + (reads * 1000) / perSecond - performance.now();
        if (wait > 0) await pause(wait);
        if (!going) break;
      }
      await read(broker, paths[reads % paths.length]);
      ++reads;
    }
  })();
  return {
    async stop() {
      going = false;
      await done;
      return (reads * 1000) / (performance.now() - start);
    },
  };
}

/** What the broker's reader threads have used, in seconds. */
function readersCpuSeconds(broker) {
  const tasks = `/proc/${broker.pid}/task`;
  let ticks = 0;
  for (const task of readdirSync(tasks)) {
    const stat = readFileSync(`${tasks}/${task}/stat`, 'utf8');
    if (!stat.includes('(godwit-reader)')) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

const readersNiceness = 10;

/** The same shares of the processors as lists take, by processes that Godwit knows nothing of. */
function burning(perSecond, shares) {
  const file = fileURLToPath(new URL('burn.mjs', import.meta.url));
  const children = shares.map(({ niceness, ms }) =>
    spawn(process.execPath, [file, niceness, perSecond, ms].map(String), { stdio: 'inherit' }),
  );
  return {
    stop() {
      for (const child of children) child.kill();
    },
  };
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
  const found = { alone: [], paced: [], control: [], flat_out: [], reads_per_second: [], ms: [] };
  await publish();
  for (let round = 0; round < rounds; ++round) {
    found.alone.push((await publish()).latency);
    for (const [name, reads] of [
      ['paced', perSecond],
      ['flat_out', 0],
    ]) {
      const readersBefore = readersCpuSeconds(broker);
      const ownBefore = process.cpuUsage();
      const start = performance.now();
      const readers = readingLoop(broker, paths, reads);
      found[name].push((await publish()).latency);
      const seconds = (performance.now() - start) / 1000;
      const readRate = await readers.stop();
      found.reads_per_second.push([name, readRate]);
      if (name !== 'paced') continue;
      const own = process.cpuUsage(ownBefore);
      const each = {
        readers: ((readersCpuSeconds(broker) - readersBefore) * 1000) / (readRate * seconds),
        client: (own.user + own.system) / 1000 / (readRate * seconds),
      };
      found.ms.push(each);
      const burners = burning(readRate, [
        { niceness: readersNiceness, ms: each.readers },
        { niceness: 0, ms: each.client },
      ]);
      found.control.push((await publish()).latency);
      burners.stop();
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
  const cost = (who) => median(found.ms.map((each) => each[who]));
  const costs = `${figure(cost('readers'))} ms for each list, ${figure(cost('client'))} ms its client`;
  const control = '  beside loops of the same processor time: p99';
  bench.report(control, p99('control'), 'ms', undefined, undefined, costs);
  bench.report('  ratio', p99('control') / p99('alone'), 'x');
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
  agent.destroy();
  await broker.kill();
  sink.stop();
}
