import assert from 'node:assert/strict';
import { test } from 'node:test';

import { replayDuration } from './pace';

test('the first is sent at once and the last one as late as the pace says', () => {
  assert.equal(replayDuration(1, 60), 0);
  assert.equal(replayDuration(61, 60), 60_000);
  assert.equal(replayDuration(1000, null), 0);
  assert.equal(replayDuration(2, 0), 0);
});
