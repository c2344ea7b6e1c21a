import assert from 'node:assert/strict';
import { test } from 'node:test';

import { followFirst, type Caught, type Step, type World } from './first-message';

const caught: Caught = { at: '2026-11-24T10:00:00.250Z', method: 'POST', messageId: 'msg_1', headers: [], body: { bytes: 0, kept: 0, redacted: false, contentType: null, text: '', base64: null } };

/** A world whose clock moves when somebody waits; the message arrives at the given look, if ever. */
function world(arrivesAtLook: number, change: Partial<World> = {}): World {
  let clock = 0;
  let looks = 0;
  return {
    async publish() {
      clock += 12;
      return 'msg_1';
    },
    async catcher() {
      looks += 1;
      return { url: '', caught: looks >= arrivesAtLook ? [{ ...caught, messageId: 'other' }, caught] : [] };
    },
    message: async () => ({ createdAt: '2026-11-24T10:00:00.200Z', error: null, attempts: 1 }),
    now: () => clock,
    async wait(ms) {
      clock += ms;
    },
    ...change,
  };
}

async function steps(of: World, stopped = (): boolean => false): Promise<Step[]> {
  const told: Step[] = [];
  await followFirst(of, (step) => told.push(step), stopped);
  return told;
}

test('a message is sent, accepted and seen to arrive', async () => {
  assert.deepEqual(await steps(world(3)), [
    { state: 'sending' },
    { state: 'accepted', id: 'msg_1', tookMs: 12, error: null },
    { state: 'arrived', id: 'msg_1', tookMs: 12, afterMs: 50, caught },
  ]);
});

test('an attempt that fails is told, and the way goes on', async () => {
  let asked = 0;
  const told = await steps(world(4, { message: async () => ({ createdAt: caught.at, error: (asked += 1) > 1 ? 'connection refused' : null, attempts: 1 }) }));
  assert.deepEqual(told.map(({ state }) => state), ['sending', 'accepted', 'accepted', 'arrived']);
  assert.equal(told[2]?.state === 'accepted' && told[2].error, 'connection refused');
});

test('one that does not arrive is late at last', async () => {
  assert.deepEqual((await steps(world(Infinity))).at(-1), { state: 'late', id: 'msg_1', tookMs: 12, error: null });
});

test('looks that fail are repeated; those that fail to the end are told', async () => {
  let failures = 0;
  const flaky = world(1, {
    catcher: async () => {
      if ((failures += 1) < 3) throw new Error('away');
      return { url: '', caught: [caught] };
    },
  });
  assert.equal((await steps(flaky)).at(-1)?.state, 'arrived');
  await assert.rejects(steps(world(1, { catcher: () => Promise.reject(new Error('away')) })), /away/);
});

test('a message that is refused is told by what was thrown', async () => {
  await assert.rejects(steps(world(1, { publish: () => Promise.reject(new Error('refused')) })), /refused/);
});

test('nothing is told to a page that has been left', async () => {
  let left = false;
  const told: Step[] = [];
  await followFirst(
    world(2, {
      async wait() {
        left = true;
      },
    }),
    (step) => told.push(step),
    () => left,
  );
  assert.deepEqual(told.map(({ state }) => state), ['sending', 'accepted']);
});
