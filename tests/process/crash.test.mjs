import assert from 'node:assert/strict';
import { test } from 'node:test';

import { binary } from '../harness/broker.mjs';
import { testSeed } from '../harness/random.mjs';
import { crashRounds } from './crash-rounds.mjs';

const rounds = Number(process.env.GODWIT_TEST_ROUNDS ?? 25);

test(`kill -9 in ${rounds} rounds: nothing lost, nothing early, no repeat but of what was cut off`, async (context) => {
  const seed = testSeed();
  context.diagnostic(`GODWIT_TEST_SEED=${seed}`);
  const { problems, firstLost, ...counts } = await crashRounds({
    seed,
    rounds,
    file: binary,
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
