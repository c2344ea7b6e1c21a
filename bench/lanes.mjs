// What queues and flow control keys add to the cost of a message: the same load, through many of
// them and through one, beside the plain publish of the same run.
import { figure } from './bench.mjs';

const connections = 64;
const ratioMax = 1.5;
/** So wide that it never holds a message back: what is measured is the counting. */
const wideLimit = 'Upstash-Flow-Control-Value: parallelism=1000000, rate=100000000, period=1m';
const queueParallelism = 1000;

const throughQueue = (name) => (sink) => ({ path: `/v2/enqueue/${name}/${sink.url}/hook` });
const throughKey = (name) => () => ({ headers: [`Upstash-Flow-Control-Key: ${name}`, wideLimit] });
const plain = () => ({});

/**
 * The cases, in the order they run. The machine may drift while they do, so plain is measured
 * first and last, and they are compared with the mean of both.
 */
function casesOf(bench) {
  const queues = bench.counted('queues');
  const keys = bench.counted('keys');
  return [
    { name: 'plain', label: 'plain', cycle: 1, shape: plain },
    {
      name: 'queues',
      label: `${figure(queues)} queues`,
      cycle: queues,
      shape: throughQueue('q{i}'),
    },
    {
      name: 'hot-queue',
      label: `one queue, parallelism ${figure(queueParallelism)}`,
      cycle: 1,
      shape: throughQueue('hot'),
      parallelism: queueParallelism,
    },
    {
      name: 'keys',
      label: `${figure(keys)} flow control keys`,
      cycle: keys,
      shape: throughKey('k{i}'),
    },
    { name: 'hot-key', label: 'one flow control key', cycle: 1, shape: throughKey('hot') },
    // One at a time, in order: what the round trip and the disk leave of the rate. No ratio asked.
    {
      name: 'serial-queue',
      label: 'one queue, parallelism 1',
      cycle: 1,
      shape: throughQueue('serial'),
      share: 0.02,
    },
    { name: 'plain', label: 'plain again', cycle: 1, shape: plain },
  ];
}

export const laneNames = ['plain', 'queues', 'hot-queue', 'keys', 'hot-key', 'serial-queue'];

async function countersOf(broker) {
  const text = await (await broker.request('/metrics')).text();
  const value = (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);
  return {
    commits: value('godwit_commits_total'),
    operations: value('godwit_commit_operations_total'),
  };
}

async function measure(bench, { label, cycle, shape, parallelism, share = 1 }) {
  const count = Math.max(1, Math.round(bench.counted('lane-messages') * share));
  const warmUp = Math.max(cycle, Math.min(20_000, count));
  const sink = await bench.sink(Math.max(count, warmUp));
  const broker = await bench.broker();
  if (parallelism) {
    const body = JSON.stringify({ queueName: 'hot', parallelism });
    await broker.json('/v2/queues', { method: 'POST', body });
  }
  // The first message of a queue or key makes it; that is told apart.
  const first = await bench.deliver(broker, sink, {
    connections,
    cycle,
    count: warmUp,
    ...shape(sink),
  });
  const before = await countersOf(broker);
  const result = await bench.deliver(broker, sink, { connections, cycle, count, ...shape(sink) });
  const after = await countersOf(broker);
  const resident = broker.residentBytes();
  await broker.stop(60_000);
  const final = await sink.stats();
  sink.stop();
  return {
    label,
    count,
    cycle,
    first,
    ...result,
    lost: count - final.distinct,
    duplicates: final.duplicates,
    operations_each: (after.operations - before.operations) / count,
    messages_per_commit: count / (after.commits - before.commits),
    resident_bytes: resident,
  };
}

export async function measureLanes(bench) {
  const wanted = bench.options.cases.split(',');
  const measured = [];
  for (const lane of casesOf(bench)) {
    if (!wanted.includes(lane.name)) continue;
    // Plain alone is compared with nothing.
    if (lane.label === 'plain again' && measured.length < 2) continue;
    const result = await measure(bench, lane);
    measured.push({ name: lane.name, ...result });
    process.stderr.write(
      `  ${lane.label}: ${figure(result.per_second)} msg/s, ${figure(result.cpu_us_each)} us each\n`,
    );
  }
  bench.results.lanes = measured;

  const plains = measured.filter(({ name }) => name === 'plain');
  const plainCpu = plains.reduce((sum, one) => sum + one.cpu_us_each, 0) / plains.length;
  for (const one of measured) {
    const commits =
      `${one.operations_each.toFixed(2)} key operations each, ` +
      `${one.messages_per_commit.toFixed(1)} messages per commit`;
    bench.report(
      `${figure(one.count)} messages, ${one.label}`,
      one.per_second,
      'msg/s',
      undefined,
      undefined,
      commits,
    );
    bench.report('  CPU of Godwit, each message', one.cpu_us_each, 'us');
    if (one.cycle > 1) {
      bench.report('  CPU, the first message of each', one.first.cpu_us_each, 'us');
    }
    if (one.published.refused > 0) {
      bench.report('  refused with 429 or 503 and repeated', one.published.refused, '');
    }
    if (plains.length > 0 && !['plain', 'serial-queue'].includes(one.name)) {
      bench.report(
        '  CPU, beside plain of this run',
        one.cpu_us_each / plainCpu,
        'x',
        'at most',
        ratioMax,
      );
    }
    bench.report('  lost', one.lost, '', 'at most', 0);
    bench.report('  delivered twice', one.duplicates, '', 'at most', 0);
  }
}
