import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compileExpression, defaultWait, waits } from './retry-expression';

function at(text: string, retried: number): number {
  const compiled = compileExpression(text);
  assert.equal(compiled.mistake, undefined, text);
  return compiled.mistake ? NaN : compiled.value(retried);
}

test('expressions come to what the broker makes of them', () => {
  assert.equal(at('1000 * (1 + retried)', 2), 3000);
  assert.equal(at('pow(2, retried) * 1000', 3), 8000);
  assert.equal(at('min(60000, pow(2, retried) * 1000)', 10), 60_000);
  assert.equal(at('-2 - -3 + +1', 0), 2);
  assert.equal(at('7 % 4 / 2', 0), 1.5);
  assert.equal(at('max(1, retried, 3)', 2), 3);
  assert.equal(at('round(-2.5) + floor(1.9) + ceil(1.1) + abs(-1) + sqrt(4)', 0), 3);
  assert.equal(at('1e3', 0), 1000);
  assert.equal(at('10 - 2 - 3', 0), 5);
});

test('a mistake has a place', () => {
  const mistake = (text: string): unknown => compileExpression(text).mistake;
  assert.deepEqual(mistake(''), { column: 1, expected: 'operand' });
  assert.deepEqual(mistake('1 +'), { column: 4, expected: 'operand' });
  assert.deepEqual(mistake('1 2'), { column: 3, expected: 'operator' });
  assert.deepEqual(mistake('tries * 2'), { column: 1, expected: 'name' });
  assert.deepEqual(mistake('pow(2)'), { column: 6, expected: 'comma' });
  assert.deepEqual(mistake('sqrt(1, 2)'), { column: 7, expected: 'close' });
  assert.deepEqual(mistake('(1'), { column: 3, expected: 'close' });
  assert.deepEqual(mistake('sqrt 4'), { column: 6, expected: 'open' });
  assert.deepEqual(mistake('1e'), { column: 3, expected: 'exponent' });
  assert.deepEqual(mistake('1'.repeat(2000)), { column: 1025, expected: 'shorter' });
  assert.deepEqual(mistake(`${'('.repeat(65)}1${')'.repeat(65)}`), { column: 66, expected: 'shorter' });
});

test('a wait is never negative, never more than a day, and never nothing', () => {
  const value = (text: string) => {
    const compiled = compileExpression(text);
    return compiled.mistake ? null : compiled.value;
  };
  assert.deepEqual(waits(value('1000 * retried'), 3), [0, 1000, 2000]);
  assert.deepEqual(waits(value('1e12'), 1), [86_400_000]);
  assert.deepEqual(waits(value('0 - 1'), 2), [12_182, 148_413]);
  assert.deepEqual(waits(value('1 / retried'), 2), [12_182, 1]);
  assert.deepEqual(waits(null, 6), [12_182, 148_413, 1_808_042, 22_026_466, 86_400_000, 86_400_000]);
  assert.equal(defaultWait(900), 86_400_000);
});
