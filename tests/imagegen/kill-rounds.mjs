// kill -9 of the application and of the broker at random moments while a generation is made. What
// must hold afterwards: every task is done, every image was paid for once except where the kill cut
// a call, and no window held more calls than the limit.
//
//   node kill-rounds.mjs [--rounds 20] [--tasks 200] [--kills 8] [--at-once 5] [--seed N] [--spool-ms 2000]
//
// --spool-ms: how long the application may take to put an answer on disk that has reached it. A machine
// that does much else needs more; the figures tell how long the answers that were lost had been there.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { pause } from '../harness/conditions.mjs';
import { Random, testSeed } from '../harness/random.mjs';
import { World } from './world.mjs';

const hour = 3_600_000;

/** The most calls that began within any `window` ms. */
export function mostWithin(starts, window) {
  const sorted = [...starts].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (let last = 0; last < sorted.length; ++last) {
    while (sorted[last] - sorted[first] >= window) ++first;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const spoolMsDefault = 2_000;

/** How much later than the system the stand-in may notice a request: all rounds share this process. */
const noticeMsMax = 2_000;

/**
 * The calls that were made again although none of the `kills` of the application cut them, each with
 * how long after its arrival the application was killed.
 */
export function unexplained(calls, kills, spoolMs = spoolMsDefault) {
  const byPrompt = new Map();
  for (const call of calls) byPrompt.set(call.prompt, [...(byPrompt.get(call.prompt) ?? []), call]);
  const cut = ({ at, sentAt = Infinity }) =>
    kills.some((kill) => kill >= at - noticeMsMax && kill <= sentAt + spoolMs);
  return [...byPrompt.values()]
    .flatMap((same) => same.slice(0, -1).filter((call) => !cut(call)))
    .map((call) => ({ ...call, killedAfter: kills.map((kill) => kill - call.at) }));
}

/** Of the answers that were lost, the longest time (ms) that one had been sent when a kill came. */
function longestUnsaved(calls, kills) {
  const last = new Map(calls.map((call) => [call.prompt, call]));
  const lost = calls.filter((call) => call.sentAt && last.get(call.prompt) !== call);
  const ages = lost
    .filter(({ at, sentAt }) => !kills.some((kill) => kill >= at - noticeMsMax && kill <= sentAt))
    .map(({ sentAt }) => Math.min(...kills.filter((kill) => kill > sentAt).map((kill) => kill - sentAt)));
  return Math.max(0, ...ages);
}

/** One generation of `tasks` images, with `kills` kills. Returns what was counted. */
export async function killRound({ tasks, kills, seed, rateLimit = 3600, spoolMs }) {
  const random = new Random(seed);
  const world = await World.open({ providers: { latencyMs: 150 } });
  try {
    const prompts = Array.from({ length: tasks }, (_, i) => `a godwit in flight, number ${i}.`);
    // More retries than there are kills: each may cut an attempt of the same task.
    const options = { rateLimit, size: '512', retries: kills + 3 };
    const generation = await world.application.generation(prompts, options);
    await world.application.json('POST', `/api/generations/${generation.id}/start`, {});
    const cut = { application: 0, broker: 0 };
    const killed = [];
    const span = (tasks * 1000 * 3600) / rateLimit;
    for (let kill = 0; kill < kills; ++kill) {
      await pause(random.between(200, Math.floor(span / kills)));
      if (random.next() < 0.5) {
        world.application.signal('SIGKILL');
        killed.push(Date.now());
        await world.application.exited();
        ++cut.application;
        await pause(random.between(0, 1500));
        await world.startApplication();
      } else {
        await world.broker.kill();
        ++cut.broker;
        await pause(random.between(0, 1500));
        await world.startBroker();
      }
    }
    const finished = await world.application.finished(generation.id, { deadline: span + 900_000 });
    assert.equal(finished.summary.done, tasks, `seed ${seed}: ${JSON.stringify(finished.summary)}`);

    const calls = world.providers.calls();
    const drawn = new Set(calls.map(({ prompt }) => prompt));
    assert.equal(drawn.size, tasks, `seed ${seed}: every prompt was drawn`);
    const repeated = calls.length - tasks;
    assert.deepEqual(unexplained(calls, killed, spoolMs), [], `seed ${seed}: paid for twice`);
    const most = mostWithin(
      calls.map(({ at }) => at),
      hour,
    );
    assert.ok(most <= rateLimit, `seed ${seed}: ${most} calls in an hour`);
    const unsavedMs = longestUnsaved(calls, killed);
    return { seed, tasks, calls: calls.length, repeated, ...cut, unsavedMs, mostPerHour: most };
  } finally {
    await world.close();
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      tasks: { type: 'string', default: '200' },
      kills: { type: 'string', default: '8' },
      'at-once': { type: 'string', default: '5' },
      seed: { type: 'string' },
      'spool-ms': { type: 'string', default: String(spoolMsDefault) },
    },
  });
  const seed = values.seed === undefined ? testSeed() : Number(values.seed);
  const rounds = Number(values.rounds);
  let next = 0;
  let repeated = 0;
  const worker = async () => {
    while (next < rounds) {
      const round = next++;
      const result = await killRound({
        tasks: Number(values.tasks),
        kills: Number(values.kills),
        seed: seed + round,
        spoolMs: Number(values['spool-ms']),
      });
      repeated += result.repeated;
      console.log(`round ${round + 1}: ${JSON.stringify(result)}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));
  console.log(
    `${rounds} rounds from seed ${seed}: every task done; ${repeated} calls repeated, each cut by a kill`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
