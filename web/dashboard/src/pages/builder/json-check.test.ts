import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isJsonType, jsonMistake } from './json-check';

test('JSON has no mistake', () => {
  for (const text of ['{}', '[]', ' {"a": [1, -2.5e3, true, null, "x\\u00e9\\n"], "b": {"c": []}} ', '"x"', '0', '[[[]]]']) assert.equal(jsonMistake(text), null, text);
});

test('a mistake is told by line and column', () => {
  const places: readonly [string, number, number][] = [
    ['{"a": 1,}', 1, 9],
    ['{"a": 1\n "b": 2}', 2, 2],
    ["{'a': 1}", 1, 2],
    ['{"a": 1', 1, 8],
    ['[1, 2,\n  x]', 2, 3],
    ['{"a"; 1}', 1, 5],
    ['1 2', 1, 3],
    ['01', 1, 2],
    ['', 1, 1],
    ['["tab\there"]', 1, 2],
    ['{"a":1}}', 1, 8],
    ['[1}', 1, 3],
  ];
  for (const [text, line, column] of places) assert.deepEqual(jsonMistake(text), { line, column }, text);
});

test('depth is no danger', () => {
  const deep = '['.repeat(50_000);
  assert.deepEqual(jsonMistake(deep), { line: 1, column: 50_001 });
});

test('types that are JSON', () => {
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/problem+json', 'application/vnd.api+json']) assert.ok(isJsonType(type), type);
  for (const type of ['', 'text/plain', 'application/jsonp', 'application/x-ndjson']) assert.ok(!isJsonType(type), type);
});
