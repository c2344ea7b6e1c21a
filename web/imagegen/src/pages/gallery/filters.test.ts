import assert from 'node:assert/strict';
import { test } from 'node:test';

import { activeCount, apiQueryOf, filtersOf, noFilters, queryOf, splitParameter, type GalleryFilters } from './filters';

const full: GalleryFilters = {
  generation: 'gen_1', prompt: 'prm_1', model: 'm', parameter: 'city:New York: day', from: '2026-11-01', to: '2026-11-24', starred: true,
  search: 'кот & пёс', order: 'oldest',
};

test('filters survive the way into the address and back', () => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(queryOf(full))) if (value !== null) query.set(name, value);
  assert.deepEqual(filtersOf(query), full);
});

test('no filters leave the address alone', () => {
  assert.ok(Object.values(queryOf(noFilters)).every((value) => value === null));
  assert.deepEqual(filtersOf(new URLSearchParams()), noFilters);
});

test('what makes no sense in an address is ignored', () => {
  assert.deepEqual(filtersOf(new URLSearchParams('from=yesterday&parameter=x&order=up&starred=yes')), noFilters);
});

test('days reach from their beginning to the beginning of the next', () => {
  const query = new URLSearchParams(apiQueryOf(full, 400, 200));
  assert.equal(query.get('from'), new Date(2026, 10, 1).toISOString());
  assert.equal(query.get('to'), new Date(2026, 10, 25).toISOString());
  assert.equal(query.get('offset'), '400');
  assert.equal(query.get('limit'), '200');
});

test('the order is no filter', () => {
  assert.equal(activeCount({ ...noFilters, order: 'oldest' }), 0);
  assert.equal(activeCount(full), 8);
});

test('a value of a parameter may have colons', () => {
  assert.deepEqual(splitParameter(full.parameter), { name: 'city', value: 'New York: day' });
  assert.equal(splitParameter(':x'), null);
  assert.equal(splitParameter('x'), null);
});
