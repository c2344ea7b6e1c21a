import assert from 'node:assert/strict';
import { test } from 'node:test';

import { locale } from '@godwit/kit';

import { axisDuration, millisecondsText, rateText, shareText } from './numbers';

test('rates keep the digits that say something', () => {
  locale.value = 'en';
  assert.deepEqual([0, 0.033, 4.256, 12.34, 1234.5].map(rateText), ['0', '0.03', '4.26', '12.3', '1,235']);
});

test('a share short of all is never 100 %', () => {
  locale.value = 'en';
  assert.deepEqual([1, 0.99999, 0.995, 0.5, 0.1234, 0].map(shareText), ['100%', '99.99%', '99.5%', '50%', '12.3%', '0%']);
});

test('short durations have a fraction', () => {
  locale.value = 'en';
  assert.deepEqual([0, 0.42, 9.9, 12.4, 1500].map(millisecondsText), ['0\u00a0ms', '0.4\u00a0ms', '9.9\u00a0ms', '12\u00a0ms', '1.5\u00a0s']);
  locale.value = 'ru';
  assert.equal(millisecondsText(0.42), '0,4\u00a0мс');
});

test('durations on an axis have one unit', () => {
  locale.value = 'en';
  assert.deepEqual([1, 1000, 10_000, 100_000].map(axisDuration), ['1\u00a0ms', '1\u00a0s', '10\u00a0s', '100s']);
});
