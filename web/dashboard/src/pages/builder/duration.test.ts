import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseDuration } from './duration';

test('durations are read as the broker reads them', () => {
  const right: Readonly<Record<string, number>> = { '30s': 30_000, '1h30m': 5_400_000, '1d10h30m': 124_200_000, '1.5h': 5_400_000, '.5s': 500, '250ms': 250, '+1s': 1000, ' 2m ': 120_000, '0': 0, '0s': 0, '1500us': 1, '1.s': 1000 };
  for (const [text, ms] of Object.entries(right)) assert.equal(parseDuration(text), ms, text);
});

test('what has no unit, or one that is none, is no duration', () => {
  for (const text of ['', ' ', '1', '-1s', '1x', 's', '1 s', '1s 2m', '1w', '1h30', '.s', '36526d', '1S']) assert.equal(parseDuration(text), null, text);
});
