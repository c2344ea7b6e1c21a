import assert from 'node:assert/strict';
import { test } from 'node:test';

import { gridOf, heightOf, neighbour, pagesOf, rowCount, visibleRows } from './layout';

test('cells fill the width, and none is narrower than wanted', () => {
  const grid = gridOf({ width: 1000, gap: 12, cellMin: 200, ratio: 1, caption: 0 });
  assert.equal(grid.columns, 4);
  assert.equal(grid.cell * 4 + 12 * 3, 1000);
  assert.equal(grid.row, Math.round(grid.cell) + 12);
});

test('a phone shows two columns, a sliver one', () => {
  assert.equal(gridOf({ width: 358, gap: 8, cellMin: 150, ratio: 1, caption: 0 }).columns, 2);
  assert.equal(gridOf({ width: 100, gap: 8, cellMin: 150, ratio: 1, caption: 0 }).columns, 1);
  assert.equal(gridOf({ width: 0, gap: 8, cellMin: 150, ratio: 1, caption: 0 }).columns, 1);
});

test('the height is that of all rows, the last without its gap', () => {
  const grid = { columns: 3, cell: 100, row: 110 };
  assert.equal(heightOf(7, grid, 10), 320);
  assert.equal(heightOf(0, grid, 10), 0);
  assert.equal(rowCount(7, 3), 3);
});

test('the rows in sight are those the window touches, and some more', () => {
  assert.deepEqual(visibleRows(0, 300, 100, 50, 0), { first: 0, end: 3 });
  assert.deepEqual(visibleRows(250, 300, 100, 50, 2), { first: 0, end: 8 });
  assert.deepEqual(visibleRows(4900, 300, 100, 50, 2), { first: 47, end: 50 });
  assert.deepEqual(visibleRows(-2000, 300, 100, 50, 2), { first: 0, end: 0 });
  assert.deepEqual(visibleRows(9000, 300, 100, 50, 2), { first: 50, end: 50 });
});

test('the pages of a range are those it touches', () => {
  assert.deepEqual(pagesOf(0, 30, 100), [0]);
  assert.deepEqual(pagesOf(190, 310, 100), [1, 2, 3]);
  assert.deepEqual(pagesOf(100, 100, 100), []);
});

test('arrows move by one, and by a row, and stop at the ends', () => {
  assert.equal(neighbour(5, 'ArrowRight', 4, 10), 6);
  assert.equal(neighbour(5, 'ArrowDown', 4, 10), 9);
  assert.equal(neighbour(7, 'ArrowDown', 4, 10), 7);
  assert.equal(neighbour(2, 'ArrowUp', 4, 10), 2);
  assert.equal(neighbour(2, 'End', 4, 10), 9);
  assert.equal(neighbour(2, 'Home', 4, 10), 0);
});
