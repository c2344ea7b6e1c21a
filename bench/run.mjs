// The driver of the benchmarks: starts the real binary, the sink and the load as processes of
// their own, and prints what was measured beside the target and beside what the machine can do
// without Godwit. It burns next to no CPU while something is measured.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Bench, bodyBytes } from './bench.mjs';
import { measureCancel } from './cancel.mjs';
import { laneNames, measureLanes } from './lanes.mjs';
import { measureLists } from './lists.mjs';
import {
  measureAcknowledgements,
  measureDelayed,
  measureFloors,
  measureLatency,
  measureStart,
  measureThroughput,
} from './messages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const parts = {
  floors: measureFloors,
  start: measureStart,
  throughput: measureThroughput,
  acknowledgements: measureAcknowledgements,
  latency: measureLatency,
  delayed: measureDelayed,
  lanes: measureLanes,
  lists: measureLists,
  cancel: measureCancel,
};

const help = `bench/run [options]

  --only PARTS         of: ${Object.keys(parts).join(',')}
                       (default: all)
  --messages N         delivered at 64 connections, each counted (default 1000000)
  --messages-wide N    delivered at 256 connections (default 300000)
  --delayed N          messages delayed by an hour (default 1000000)
  --seconds N          of each timed load (default 10)
  --rate N             of the open loop, per second (default 500)
  --arrivals KIND      of the open loop: poisson (default) or even

lanes: messages through queues and flow control keys, beside plain ones
  --cases CASES        of: ${laneNames.join(',')} (default: all)
  --lane-messages N    of each case (default 200000)
  --queues N           (default 10000; lists has as many)
  --keys N             flow control keys (default 100000; lists has as many)

lists: the first page of each with a full store, and what publishing feels of it
  --stored N           messages delayed by an hour (default 1000000)
  --finished N         delivered messages, three log rows each (default 70000)
  --dead N             dead letters (default 20000)
  --schedules N        (default 1000)
  --groups N           URL groups (default 1000)
  --list-publishes N   messages per second beside the reads (default 2000)
  --list-reads N       lists read per second beside them (default 20)
  --list-each          each list by itself as well: which one publishing feels

cancel: delayed messages cancelled by their label, and what others feel of it
  --cancelled N        (default 100000)
  --cancel-publishes N messages per second beside it (default 2000)

  --quick              a tenth of everything: to see that it runs, not to quote
  --binary FILE        default build/release/bin/godwit
  --tools DIR          where bench_load, bench_sink and bench_fsync are (default: beside the binary)
  --data DIR           a disk to measure on (default build/)
  --godwit-arg ARG     handed to godwit server, repeatable
  --json FILE          default build/bench.json
  --strict             status 1 if a target is missed
`;

const text = (fallback) => ({ type: 'string', default: fallback });
const flag = { type: 'boolean', default: false };
const { values: options } = parseArgs({
  options: {
    only: text(Object.keys(parts).join(',')),
    messages: text('1000000'),
    'messages-wide': text('300000'),
    delayed: text('1000000'),
    seconds: text('10'),
    rate: text('500'),
    arrivals: text('poisson'),
    cases: text(laneNames.join(',')),
    'lane-messages': text('200000'),
    queues: text('10000'),
    keys: text('100000'),
    stored: text('1000000'),
    finished: text('70000'),
    dead: text('20000'),
    schedules: text('1000'),
    groups: text('1000'),
    'list-publishes': text('2000'),
    'list-reads': text('20'),
    'list-each': flag,
    cancelled: text('100000'),
    'cancel-publishes': text('2000'),
    quick: flag,
    binary: text(process.env.GODWIT_BINARY ?? join(root, 'build/release/bin/godwit')),
    tools: { type: 'string' },
    data: text(join(root, 'build')),
    'godwit-arg': { type: 'string', multiple: true, default: [] },
    json: text(join(root, 'build/bench.json')),
    strict: flag,
    help: flag,
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}
const selected = options.only.split(',');
for (const [names, known] of [
  [selected, Object.keys(parts)],
  [options.cases.split(','), laneNames],
]) {
  for (const name of names) {
    if (known.includes(name)) continue;
    process.stderr.write(`no ${name}; there are ${known.join(', ')}\n`);
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
const bench = new Bench(options);
for (const [part, measure] of Object.entries(parts)) {
  if (selected.includes(part)) await measure(bench);
}

const { rows, results } = bench;
process.stdout.write(`\n${bench.table()}\n`);
writeFileSync(
  options.json,
  `${JSON.stringify({ machine: { cpus: cpus().length, model, load_average: busy }, quick: options.quick, rows, results }, null, 2)}\n`,
);
process.stdout.write(`\nthe same with every detail: ${options.json}\n`);
const missed = rows.filter((row) => row.ok === false);
const broken = missed.some((row) => /lost|twice/.test(row.what));
process.exit(broken || (options.strict && missed.length > 0) ? 1 : 0);
