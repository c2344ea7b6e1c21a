// What a bulk cancel costs those who publish beside it.
import { pause, until } from '../tests/harness/conditions.mjs';
import { figure, publishHeaders } from './bench.mjs';
import { batches } from './lists.mjs';

const latencyRatioMax = 1.2;
const segmentSeconds = 1;
const segmentsAlone = 5;
const kept = 1_000;

/** Publishes at the rate for a second and waits for the last to arrive. */
async function segment(bench, broker, sink) {
  await sink.reset();
  const published = await bench.load(
    broker.port,
    `/v2/publish/${sink.url}/hook`,
    {
      connections: 32,
      rate: Number(bench.options['cancel-publishes']),
      arrivals: bench.options.arrivals,
      seconds: segmentSeconds,
    },
    publishHeaders(broker),
  );
  const stats = await until(
    'every message arrives',
    async () => {
      const now = await sink.stats();
      return now.distinct >= published.completed && now;
    },
    { deadline: 60_000, every: 5 },
  );
  return {
    ended: performance.now(),
    publish: published.latency,
    delivery: stats.latency,
    lost: published.completed - stats.distinct,
    twice: stats.duplicates,
  };
}

const sorted = (values) => values.toSorted((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];

/** A label's delayed messages cancelled by one request, beside a steady stream of others. */
export async function measureCancel(bench) {
  const count = bench.counted('cancelled');
  const sink = await bench.sink(100_000);
  const broker = await bench.broker();
  const delay = { 'Upstash-Delay': '1h' };
  await batches(broker, count, () => ({ headers: { ...delay, 'Upstash-Label': 'doomed' } }));
  await batches(broker, kept, () => ({ headers: { ...delay, 'Upstash-Label': 'kept' } }));
  await bench.idle(broker);

  await segment(bench, broker, sink);
  const alone = [];
  for (let i = 0; i < segmentsAlone; ++i) alone.push(await segment(bench, broker, sink));

  const begin = performance.now();
  const { actionId } = await broker.json('/v2/messages?label=doomed&async=true', {
    method: 'DELETE',
  });
  let completed;
  const watching = (async () => {
    for (;;) {
      const action = await broker.json(`/v2/bulkActions/${actionId}`);
      if (action.state === 'FINISHED') {
        completed = { at: performance.now(), action };
        return;
      }
      await pause(100);
    }
  })();
  const beside = [];
  do beside.push(await segment(bench, broker, sink));
  while (completed === undefined && beside.length < 300);
  await watching;
  // A segment that outlasts the cancel tells of it too, but the one after it would not.
  const took = (completed.at - begin) / 1000;
  const of = (segments, what, quantile) => median(segments.map((of) => of[what][quantile]));
  const sum = (what) => [...alone, ...beside].reduce((total, of) => total + of[what], 0);

  const label = `${figure(count)} messages cancelled beside ${figure(Number(bench.options['cancel-publishes']))}/s`;
  const rest = `${figure(count / took)} a second`;
  bench.report(label, took, 's', undefined, undefined, rest);
  for (const [what, name] of [
    ['delivery', 'publish to arrival'],
    ['publish', 'acknowledgement'],
  ]) {
    for (const quantile of ['p50_ms', 'p99_ms']) {
      const before = of(alone, what, quantile);
      const during = of(beside, what, quantile);
      const short = quantile.slice(0, 3);
      bench.report(`  ${name} alone: ${short}`, before, 'ms');
      bench.report(`  ${name} beside it: ${short}`, during, 'ms');
      bench.report('    ratio', during / before, 'x', 'at most', latencyRatioMax);
    }
  }
  bench.report('  cancelled, of those meant', completed.action.processed, '', 'at least', count);
  const metrics = await (await broker.request('/metrics')).text();
  const all = Number(/^godwit_messages_canceled_total (\d+)$/m.exec(metrics)[1]);
  bench.report('  cancelled in all', all, '', 'at most', count);
  bench.report('  lost', sum('lost'), '', 'at most', 0);
  bench.report('  delivered twice', sum('twice'), '', 'at most', 0);
  bench.results.cancel = { seconds: took, alone, beside, action: completed.action };
  await broker.kill();
  sink.stop();
}
