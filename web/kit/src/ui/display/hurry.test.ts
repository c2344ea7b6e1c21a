import assert from 'node:assert/strict';
import { mock, test } from 'node:test';

import { Hurry } from './hurry';

test('a page hurries when it passes fast, and is calm a moment after', () => {
  mock.timers.enable(['setTimeout']);
  try {
    const hurry = new Hurry();
    hurry.moved(0, 1_000);
    hurry.moved(30, 1_016);
    assert.equal(hurry.hurried.value, false, 'a reader follows this');
    hurry.moved(270, 1_032);
    assert.equal(hurry.hurried.value, true);
    mock.timers.tick(100);
    hurry.moved(510, 1_048);
    mock.timers.tick(100);
    assert.equal(hurry.hurried.value, true, 'the last fast step counts');
    mock.timers.tick(20);
    assert.equal(hurry.hurried.value, false);
  } finally {
    mock.timers.reset();
  }
});

test('one jump is no hurry: what is there now stays in sight', () => {
  const hurry = new Hurry();
  hurry.moved(0, 1_000);
  hurry.moved(90_000, 5_000);
  assert.equal(hurry.hurried.value, false);
});
