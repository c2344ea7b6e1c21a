import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Generation, GenerationState } from '../../api/contract';
import { countByFilter, filterGenerations, isStateFilter, matchesSearch, withGeneration } from './filter';

const list: { name: string; state: GenerationState; prompts: readonly string[] }[] = [
  { name: 'Night animals', state: 'running', prompts: ['a FOX at night'] },
  { name: 'Covers', state: 'ready', prompts: ['a book cover'] },
  { name: 'Posters', state: 'finished', prompts: ['poster of a fox'] },
  { name: 'Cards', state: 'finished_with_errors', prompts: ['a card'] },
  { name: 'Later', state: 'scheduled', prompts: ['a sunrise'] },
];

const night = { name: 'Night animals', prompts: ['a FOX at night'], state: 'running' } as const;

test('a search finds all its words, in the name or the prompts, in any case', () => {
  assert.equal(matchesSearch(night, 'night fox'), true);
  assert.equal(matchesSearch(night, 'night cover'), false);
  assert.equal(matchesSearch(night, '  '), true);
});

test('the filters divide what the search leaves', () => {
  assert.deepEqual(countByFilter(list, ''), { all: 5, active: 2, ready: 1, finished: 1, errors: 1 });
  assert.deepEqual(countByFilter(list, 'fox'), { all: 2, active: 1, ready: 0, finished: 1, errors: 0 });
});

test('a filter shows what it counts', () => {
  assert.deepEqual(filterGenerations(list, 'active', '').map(({ name }) => name), ['Night animals', 'Later']);
  assert.deepEqual(filterGenerations(list, 'all', 'fox').map(({ name }) => name), ['Night animals', 'Posters']);
});

test('only known filters are taken from the address', () => {
  assert.deepEqual(['active', 'x', null].map(isStateFilter), [true, false, false]);
});

test('a changed generation keeps its place, a new one comes first', () => {
  const make = (id: string, name: string): Generation => ({ id, name }) as Generation;
  const before = [make('b', 'B'), make('a', 'A')];
  assert.deepEqual(withGeneration(before, make('a', 'A2')).map(({ name }) => name), ['B', 'A2']);
  assert.deepEqual(withGeneration(before, make('c', 'C')).map(({ name }) => name), ['C', 'B', 'A']);
});
