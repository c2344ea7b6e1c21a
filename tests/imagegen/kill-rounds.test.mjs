// A short form of kill-rounds.mjs for every run; the long one is run by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testSeed } from '../harness/random.mjs';
import { killRound, mostWithin, unexplained } from './kill-rounds.mjs';

test('the most within a window is counted over every window', () => {
  assert.equal(mostWithin([], 10), 0);
  assert.equal(mostWithin([0, 5, 9, 10, 19], 10), 3);
  assert.equal(mostWithin([0, 10, 20], 10), 1);
});

test('a repeated call is explained only by a kill while it ran', () => {
  const first = { prompt: 'a', at: 1_000, sentAt: 1_200 };
  const again = { prompt: 'a', at: 9_000, sentAt: 9_100 };
  const other = { prompt: 'b', at: 1, sentAt: 2 };
  assert.deepEqual(unexplained([first, again, other], [1_100]), []);
  assert.deepEqual(unexplained([first, again, other], [900]), [first]);
  assert.deepEqual(unexplained([first, again, other], [5_000]), [first]);
  assert.deepEqual(unexplained([{ prompt: 'a', at: 1_000 }, again], [5_000]), []);
});

test('kill -9 of application and broker loses no task and repeats no finished call', async (t) => {
  const result = await killRound({ tasks: 24, kills: 4, seed: testSeed() });
  t.diagnostic(JSON.stringify(result));
});
