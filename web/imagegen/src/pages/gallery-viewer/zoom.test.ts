import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clamped, fitted, panned, scaleMax, toggledAt, whole, zoomedAt } from './zoom';

const frame = { width: 800, height: 600 };
const picture = { width: 1600, height: 1600 };
const shown = fitted(picture, frame);

test('a picture is shown whole, and small ones at their own size', () => {
  assert.deepEqual(shown, { width: 600, height: 600 });
  assert.deepEqual(fitted({ width: 100, height: 50 }, frame), { width: 100, height: 50 });
  assert.deepEqual(fitted({ width: 0, height: 0 }, frame), { width: 0, height: 0 });
});

test('zooming keeps what lies under the pointer', () => {
  const point = { x: 100, y: -50 };
  const view = zoomedAt({ scale: 2, x: 10, y: 20 }, 1.5, point, shown, frame);
  assert.equal(view.scale, 3);
  // The place of the picture below the pointer, before and after.
  assert.equal((point.x - 10) / 2, (point.x - view.x) / 3);
  assert.equal((point.y - 20) / 2, (point.y - view.y) / 3);
});

test('the zoom has its ends', () => {
  assert.equal(zoomedAt(whole, 100, { x: 0, y: 0 }, shown, frame).scale, scaleMax);
  assert.deepEqual(zoomedAt({ scale: 2, x: 50, y: 50 }, 0.1, { x: 0, y: 0 }, shown, frame), whole);
});

test('a picture cannot be moved out of its frame', () => {
  assert.deepEqual(panned(whole, 500, 500, shown, frame), whole);
  assert.deepEqual(panned({ scale: 2, x: 0, y: 0 }, 5000, -5000, shown, frame), { scale: 2, x: 200, y: -300 });
  assert.deepEqual(clamped({ scale: 2, x: 0, y: 0 }, shown, frame), { scale: 2, x: 0, y: 0 });
});

test('a double click goes to the picture\'s own pixels, and back', () => {
  const near = toggledAt(whole, { x: 0, y: 0 }, picture, shown, frame);
  assert.equal(near.scale, 1600 / 600);
  assert.deepEqual(toggledAt(near, { x: 0, y: 0 }, picture, shown, frame), whole);
});
