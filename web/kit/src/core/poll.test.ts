import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError } from './api';
import { createPoll, nextWait, type PollWorld } from './poll';

const pace = { usualMs: 5000, nearMs: 1000, hiddenMs: 30_000 };
const wait = (outlook: Parameters<typeof nextWait>[0], { hidden = false, failures = 0 } = {}): number | null =>
  nextWait(outlook, 100_000, hidden, failures, pace);

test('a poll asks at its usual pace, slowly while hidden, and not at all once final', () => {
  assert.equal(wait({}), 5000);
  assert.equal(wait({}, { hidden: true }), 30_000);
  assert.equal(wait({ final: true }), null);
  assert.equal(wait({ adviceMs: 2000 }), 2000);
});

test('near a due time it asks closely, and long after it no more', () => {
  assert.equal(wait({ dueAt: 200_000 }), 5000);
  assert.equal(wait({ dueAt: 105_500 }), 4500);
  assert.equal(wait({ dueAt: 103_000 }), 1000);
  assert.equal(wait({ dueAt: 95_000 }), 1000);
  assert.equal(wait({ dueAt: 80_000 }), 5000);
  assert.equal(wait({ dueAt: null }), 5000);
});

test('failures wait longer each time, to a minute', () => {
  assert.equal(wait({}, { failures: 1 }), 5000);
  assert.equal(wait({}, { failures: 3 }), 20_000);
  assert.equal(wait({}, { failures: 30 }), 60_000);
  assert.equal(wait({ final: true }, { failures: 1 }), 5000);
});

/** Time that the test moves. */
class FakeWorld implements PollWorld {
  time = 0;
  isHidden = false;
  timers: { at: number; run: () => void }[] = [];
  visible: (() => void)[] = [];
  now = (): number => this.time;
  hidden = (): boolean => this.isHidden;
  later = (run: () => void, ms: number): (() => void) => {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };
  onVisible = (callback: () => void): (() => void) => {
    this.visible.push(callback);
    return () => {
      this.visible = this.visible.filter((other) => other !== callback);
    };
  };
  async advance(ms: number): Promise<void> {
    this.time += ms;
    const due = this.timers.filter((timer) => timer.at <= this.time);
    this.timers = this.timers.filter((timer) => timer.at > this.time);
    for (const timer of due) timer.run();
    await settle();
  }
}
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

test('a poll asks again until its value is final', async () => {
  const world = new FakeWorld();
  let asked = 0;
  const poll = createPoll({
    world,
    pace,
    load: async () => {
      asked += 1;
      return asked;
    },
    outlook: (value) => ({ final: value >= 3 }),
  });
  assert.equal(poll.loading.value, true);
  await settle();
  assert.equal(poll.value.value, 1);
  assert.equal(poll.loading.value, false);
  await world.advance(4999);
  assert.equal(asked, 1);
  await world.advance(1);
  await world.advance(5000);
  assert.equal(poll.value.value, 3);
  assert.equal(world.timers.length, 0);
  await poll.refresh();
  assert.equal(asked, 4);
});

test('an error is told, keeps the value, and is forgotten after a success', async () => {
  const world = new FakeWorld();
  const answers: (() => Promise<number>)[] = [
    async () => 1,
    () => Promise.reject(new ApiError(503, { code: 'busy', message: 'busy' }, 9000)),
    async () => 2,
  ];
  const poll = createPoll({ world, pace, load: () => (answers.shift() ?? (async () => 99))() });
  await settle();
  await world.advance(5000);
  assert.equal((poll.error.value as ApiError).code, 'busy');
  assert.equal(poll.value.value, 1);
  await world.advance(8999);
  assert.equal(poll.value.value, 1);
  await world.advance(1);
  assert.equal(poll.value.value, 2);
  assert.equal(poll.error.value, undefined);
});

test('refresh asks after the question that is under way', async () => {
  const world = new FakeWorld();
  const open: ((value: number) => void)[] = [];
  const poll = createPoll<number>({ world, pace, load: () => new Promise((resolve) => open.push(resolve)) });
  const refreshed = poll.refresh();
  assert.equal(open.length, 1);
  open[0]?.(1);
  await settle();
  assert.equal(open.length, 2);
  open[1]?.(2);
  await refreshed;
  assert.equal(poll.value.value, 2);
});

test('a stopped poll aborts its question and takes no answer', async () => {
  const world = new FakeWorld();
  let aborted = false;
  let answer: (value: number) => void = () => undefined;
  const poll = createPoll<number>({
    world,
    pace,
    load: (signal) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  });
  poll.stop();
  answer(1);
  await settle();
  assert.equal(aborted, true);
  assert.equal(poll.value.value, undefined);
  assert.equal(world.timers.length + world.visible.length, 0);
});

test('coming back to the page asks at once, unless all is final', async () => {
  const world = new FakeWorld();
  let asked = 0;
  const poll = createPoll({ world, pace, load: async () => (asked += 1), outlook: (value) => ({ final: value >= 2 }) });
  await settle();
  world.visible[0]?.();
  await settle();
  assert.equal(asked, 2);
  world.visible[0]?.();
  await settle();
  assert.equal(asked, 2);
  poll.stop();
});

test('an answer of undefined keeps the value and goes on asking', async () => {
  const world = new FakeWorld();
  const answers: (number | undefined)[] = [7, undefined, 8];
  const poll = createPoll<number>({ world, pace, load: async () => answers.shift() });
  await settle();
  await world.advance(5000);
  assert.equal(poll.value.value, 7);
  await world.advance(5000);
  assert.equal(poll.value.value, 8);
});
