// What one message costs: how fast, how soon, and what a million waiting ones weigh.
import { pause, until } from '../tests/harness/conditions.mjs';
import { figure, publishHeaders, times } from './bench.mjs';

/** What the machine does without Godwit; every ratio stands on it. */
export async function measureFloors(bench) {
  const sink = await bench.sink(0);
  await bench.load(sink.port, '/warm-up', { connections: 64, count: 50_000 });
  await sink.reset();
  const many = await bench.load(sink.port, '/echo', {
    connections: 64,
    count: Math.round(500_000 * bench.scale),
  });
  const sinkCpu = (await sink.stats()).cpu_ns / 1e3 / many.completed;
  const one = await bench.load(sink.port, '/echo', {
    connections: 1,
    count: Math.round(50_000 * bench.scale),
  });
  sink.stop();
  const directory = bench.freshDirectory();
  const disk = await bench.tool('bench_fsync', ['--directory', directory, '--count', 5000]);
  bench.results.floors = { echo_64: many, echo_1: one, sink_cpu_us_each: sinkCpu, fdatasync: disk };

  bench.report('floor: HTTP echo without storage, 64 connections', many.per_second, '/s');
  bench.report('floor: the same, 1 connection, p50', one.latency.p50_ms, 'ms');
  bench.report('floor: CPU of the load, each request', many.cpu_us_each, 'us');
  bench.report('floor: CPU of the sink, each request', sinkCpu, 'us');
  const { preallocated, growing } = disk;
  bench.report('floor: append 512 bytes + fdatasync, preallocated, p50', preallocated.p50_ms, 'ms');
  bench.report('floor: the same, p99', preallocated.p99_ms, 'ms');
  bench.report('floor: the same on a growing file, p50', growing.p50_ms, 'ms');
}

/** From the start of `godwit dev` on an empty directory to its first answer. */
export async function measureStart(bench) {
  await (await fetch('data:,')).text(); // fetch() itself is slow once.
  const all = [];
  for (let i = 0; i < 7; ++i) {
    const start = performance.now();
    const broker = await bench.broker({ mode: 'dev', args: [] });
    all.push(performance.now() - start);
    await broker.kill();
  }
  all.sort((a, b) => a - b);
  bench.results.start = { all_ms: all };
  bench.report(
    'godwit dev on an empty directory: ready within, median of 7',
    all[3],
    'ms',
    'at most',
    100,
  );
}

export async function measureThroughput(bench) {
  const counts = { 64: bench.counted('messages'), 256: bench.counted('messages-wide') };
  const sink = await bench.sink(Math.max(...Object.values(counts)));
  const broker = await bench.broker();
  await bench.deliver(broker, sink, { connections: 64, count: 20_000 });
  for (const [connections, count] of Object.entries(counts)) {
    const result = await bench.deliver(broker, sink, { connections: Number(connections), count });
    bench.results[`throughput_${connections}`] = result;
    // One message is two exchanges over HTTP: in and out.
    const floor = bench.echoRate && times(result.per_second / (bench.echoRate / 2), 'two echoes');
    const label = `delivered end to end, ${connections} connections`;
    bench.report(label, result.per_second, 'msg/s', 'at least', 20_000, floor);
    bench.report('  CPU of Godwit, each message', result.cpu_us_each, 'us', 'at most', 60);
    bench.report(
      '  CPU of load + sink, each message',
      result.published.cpu_us_each + result.sink_cpu_us_each,
      'us',
    );
    bench.report('  acknowledged within, p99', result.published.latency.p99_ms, 'ms');
    bench.report('  refused with 429 or 503 and repeated', result.published.refused, '');
  }
  // Whatever would still be repeated, is repeated before a drained exit.
  await broker.stop(60_000);
  const wide = await sink.stats();
  sink.stop();
  const exact = bench.results.throughput_64.sink;
  bench.report(`lost, of ${figure(counts[64])}`, counts[64] - exact.distinct, '', 'at most', 0);
  bench.report('delivered twice', exact.duplicates, '', 'at most', 0);
  bench.report(`lost, of ${figure(counts[256])}`, counts[256] - wide.distinct, '', 'at most', 0);
  bench.report('delivered twice', wide.duplicates, '', 'at most', 0);
}

/** Durable acknowledgements alone: the messages are due in an hour, so that none is delivered. */
export async function measureAcknowledgements(bench) {
  const broker = await bench.broker();
  const path = '/v2/publish/http://127.0.0.1:9/hook';
  const headers = publishHeaders(broker, ['Upstash-Delay: 1h']);
  await bench.load(broker.port, path, { connections: 64, count: 20_000 }, headers);

  const { seconds } = bench;
  const one = await bench.load(
    broker.port,
    path,
    { connections: 1, seconds: seconds / 2 },
    headers,
  );
  const cpuBefore = broker.cpuSeconds();
  const many = await bench.load(broker.port, path, { connections: 64, seconds }, headers);
  const cpu = ((broker.cpuSeconds() - cpuBefore) * 1e6) / many.completed;
  await broker.kill();
  bench.results.acknowledgements = { connections_1: one, connections_64: many, cpu_us_each: cpu };

  bench.report(
    'durable acknowledgements, 64 connections',
    many.per_second,
    '/s',
    'at least',
    30_000,
    bench.echoRate && times(many.per_second / bench.echoRate, 'an echo'),
  );
  bench.report('  p50', many.latency.p50_ms, 'ms');
  bench.report('  p99', many.latency.p99_ms, 'ms');
  bench.report('  CPU of Godwit, each', cpu, 'us');
  bench.report(
    'durable acknowledgement, 1 connection, p50',
    one.latency.p50_ms,
    'ms',
    'at most',
    0.4,
    bench.echoOnce &&
      times(one.latency.p50_ms / (bench.echoOnce + bench.syncOnce), '(echo + fdatasync)'),
  );
  bench.report('  p99', one.latency.p99_ms, 'ms');
}

export async function measureLatency(bench) {
  const sink = await bench.sink(0);
  const broker = await bench.broker();
  const path = `/v2/publish/${sink.url}/hook`;
  const open = { connections: 32, rate: bench.options.rate, arrivals: bench.options.arrivals };
  await bench.load(broker.port, path, { ...open, seconds: 2 }, publishHeaders(broker));
  await pause(200);
  await sink.reset();
  const published = await bench.load(
    broker.port,
    path,
    { ...open, seconds: bench.seconds * 2 },
    publishHeaders(broker),
  );
  const stats = await until('every message arrives', async () => {
    const now = await sink.stats();
    return now.arrivals >= published.completed && now;
  });
  await broker.kill();
  sink.stop();
  bench.results.latency = { published, sink: stats };
  const label = `publish to arrival, ${bench.options.rate}/s (${bench.options.arrivals})`;
  bench.report(
    `${label}, p50`,
    stats.latency.p50_ms,
    'ms',
    'at most',
    1.5,
    bench.echoOnce &&
      times(
        stats.latency.p50_ms / (1.5 * bench.echoOnce + bench.syncOnce),
        '(1.5 echoes + fdatasync)',
      ),
  );
  bench.report(`${label}, p99`, stats.latency.p99_ms, 'ms', 'at most', 8);
  bench.report('  acknowledgement, p50', published.latency.p50_ms, 'ms');
  bench.report('  acknowledgement, p99', published.latency.p99_ms, 'ms');
}

export async function measureDelayed(bench) {
  const count = bench.counted('delayed');
  const dataDir = bench.freshDirectory();
  const broker = await bench.broker({ dataDir });
  const before = broker.residentBytes();
  const destination = 'http://127.0.0.1:9/hook';
  const published = await bench.load(
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
  const reopened = await bench.broker({ dataDir });
  const reopenSeconds = (performance.now() - start) / 1000;
  const found = await reopened.json(`/v2/messages/${witness}`);
  if (found.body !== 'witness') throw new Error('the witness came back changed');
  const afterReopening = reopened.residentBytes();
  await reopened.kill();
  bench.results.delayed = {
    count,
    published,
    rss_before: before,
    rss_after: after,
    rss_after_reopening: afterReopening,
    reopen_seconds: reopenSeconds,
  };
  const label = `${figure(count)} messages delayed by an hour`;
  bench.report(`${label}: RSS of each`, (after - before) / count, 'bytes', 'at most', 150);
  bench.report('  RSS in all, before', before / 2 ** 20, 'MiB');
  bench.report('  RSS in all, after', after / 2 ** 20, 'MiB');
  bench.report('  acknowledged at', published.per_second, '/s');
  const reopening = '  killed, then reopened and ready (page cache warm)';
  bench.report(reopening, reopenSeconds, 's', 'at most', 5);
  bench.report('  RSS in all, reopened', afterReopening / 2 ** 20, 'MiB');
}
