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
  const first = { prompt: 'a', at: 11_000, sentAt: 11_200 };
  const again = { prompt: 'a', at: 19_000, sentAt: 19_100 };
  const other = { prompt: 'b', at: 1, sentAt: 2 };
  const told = (kill) => [{ ...first, killedAfter: [kill - first.at] }];
  assert.deepEqual(unexplained([first, again, other], [11_100]), []);
  assert.deepEqual(unexplained([first, again, other], [8_000]), told(8_000));
  assert.deepEqual(unexplained([first, again, other], [15_000]), told(15_000));
  assert.deepEqual(unexplained([{ prompt: 'a', at: 11_000 }, again], [15_000]), []);
});

test('kill -9 of application and broker loses no task and repeats no finished call', async (t) => {
  const result = await killRound({ tasks: 24, kills: 4, seed: testSeed() });
  t.diagnostic(JSON.stringify(result));
});
