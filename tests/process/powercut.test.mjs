import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { powercutBinary } from '../harness/broker.mjs';
import { testSeed } from '../harness/random.mjs';
import { crashRounds } from './crash-rounds.mjs';

// This binary is Godwit over a file layer that forgets, when the process is killed, every byte that
// no fsync covered: what a power cut does to a disk's page cache.
const rounds = Number(process.env.GODWIT_TEST_ROUNDS ?? 25);

test('the binary that loses power is built', () => {
  assert.ok(existsSync(powercutBinary), `${powercutBinary} is missing: ./dev build makes it`);
});

test(`power cuts in ${rounds} rounds: nothing acknowledged is lost`, async (context) => {
  const seed = testSeed();
  context.diagnostic(`GODWIT_TEST_SEED=${seed}`);
  const { problems, firstLost, ...counts } = await crashRounds({
    seed,
    rounds,
    file: powercutBinary,
    args: [],
  });
  context.diagnostic(JSON.stringify(counts));
  assert.deepEqual(
    problems.slice(0, 5),
    [],
    `${problems.length} promises broken, GODWIT_TEST_SEED=${seed}`,
  );
  assert.equal(counts.lost, 0, `${JSON.stringify(firstLost)}, GODWIT_TEST_SEED=${seed}`);
  assert.ok(counts.acknowledged >= 20 * rounds, 'the load was a load');
});

test('without fsync the same check finds loss: it can fail', async (context) => {
  const seed = testSeed();
  context.diagnostic(`GODWIT_TEST_SEED=${seed}`);
  const { lost, acknowledged } = await crashRounds({
    seed,
    rounds: 5,
    file: powercutBinary,
    args: ['--store-sync=false'],
  });
  context.diagnostic(JSON.stringify({ acknowledged, lost }));
  assert.ok(lost > 0, 'five power cuts without fsync lost nothing: the file layer forgets nothing');
});
