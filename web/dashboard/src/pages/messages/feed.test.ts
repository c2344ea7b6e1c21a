import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { LiveRow, LiveRows, MessageRow } from '../../api/contract';
import { accept, append, catchUp, followedMax, freshCount, heldMax, refresh, showHeld, startFeed, stillMatches, type Arrival, type Feed } from './feed';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 24) + second * 1000).toISOString();

function row(second: number, change: Partial<MessageRow> = {}): MessageRow {
  return {
    id: `msg_${String(second).padStart(6, '0')}`, state: 'waiting', url: 'https://e.com', method: 'POST', createdAt: at(second), updatedAt: at(second), nextAt: null, attempts: 0, retriesMax: 3,
    status: null, error: null, durationMs: null, labels: [], queue: null, flowControlKey: null, schedule: null, urlGroup: null, bodyBytes: 0, waiting: null, ...change,
  };
}
const live = (message: MessageRow, state = 'CREATED'): LiveRow => ({ at: message.updatedAt, state, message });
function told(rows: readonly LiveRow[], change: Partial<LiveRows> = {}): LiveRows {
  return { rows: [...rows], skipped: 0, created: rows.filter(({ state }) => state === 'CREATED').length, untold: 0, ...change };
}
const follow: Arrival = { following: true, terms: [], since: null, more: false };
const hold: Arrival = { ...follow, following: false };
const ids = (feed: Feed): string[] => feed.rows.map(({ id }) => id.replace(/^msg_0*/, ''));

test('while the list follows, new rows enter at the top and known ones change where they are', () => {
  let feed = startFeed([row(3), row(2), row(1)]);
  feed = accept(feed, told([live(row(4)), live(row(2, { state: 'delivered', updatedAt: at(5) }), 'DELIVERED')]), follow);
  assert.deepEqual(ids(feed), ['4', '3', '2', '1']);
  assert.equal(feed.rows[2]?.state, 'delivered');
  assert.equal(freshCount(feed), 0);
});

test('while somebody reads, nothing enters, and the number of new messages is exact', () => {
  let feed = startFeed([row(3), row(2)]);
  const before = feed.rows[0];
  feed = accept(feed, told([live(row(4)), live(row(4, { state: 'active', updatedAt: at(5) }), 'ACTIVE')], { created: 27, skipped: 30 }), hold);
  assert.deepEqual(ids(feed), ['3', '2']);
  assert.equal(feed.rows[0], before);
  assert.equal(freshCount(feed), 27);
  assert.equal(feed.unlisted, 26);
  // One of those that were counted is told of later.
  feed = accept(feed, told([live(row(6, { state: 'delivered' }), 'DELIVERED')]), hold);
  assert.equal(freshCount(feed), 27);
  assert.equal(feed.held.get('msg_000004')?.state, 'active');
  const shown = showHeld({ ...feed, unlisted: 0 }, []);
  assert.deepEqual(ids(shown), ['6', '4', '3', '2']);
  assert.equal(freshCount(shown), 0);
});

test('what was held comes along with the next rows', () => {
  let feed = accept(startFeed([row(1)]), told([live(row(2))]), hold);
  feed = accept(feed, told([live(row(3))]), follow);
  assert.deepEqual(ids(feed), ['3', '2', '1']);
  assert.equal(feed.held.size, 0);
});

test('what came too fast stays counted while the list follows', () => {
  const feed = accept(startFeed([row(1)]), told([live(row(9))], { created: 50, skipped: 49 }), follow);
  assert.deepEqual(ids(feed), ['9', '1']);
  assert.equal(feed.unlisted, 49);
});

test('rows that nobody counted make the number unsure', () => {
  assert.equal(accept(startFeed([]), told([], { untold: 3 }), hold).unsure, true);
});

test('older messages enter only where the list has come so far', () => {
  const feed = startFeed([row(9), row(5)]);
  const old = live(row(3, { state: 'retrying', updatedAt: at(10) }), 'RETRY');
  assert.deepEqual(ids(accept(feed, told([old]), { ...follow, more: true })), ['9', '5']);
  assert.deepEqual(ids(accept(feed, told([old]), follow)), ['9', '5', '3']);
  assert.deepEqual(ids(accept(feed, told([old]), { ...follow, since: Date.parse(at(4)) })), ['9', '5']);
  const between = live(row(7, { state: 'retrying', updatedAt: at(10) }), 'RETRY');
  const held = accept(feed, told([between]), { ...hold, more: true });
  assert.equal(freshCount(held), 1);
  assert.deepEqual(ids(showHeld(held, [])), ['9', '7', '5']);
});

test('a row that has left the filter goes only when nobody reads', () => {
  const terms = [{ name: 'state', value: 'waiting' }] as const;
  const left = told([live(row(2, { state: 'canceled', updatedAt: at(5) }), 'CANCELED')]);
  const feed = startFeed([row(3), row(2)]);
  assert.deepEqual(ids(accept(feed, left, { ...hold, terms })), ['3', '2']);
  assert.deepEqual(ids(accept(feed, left, { ...follow, terms })), ['3']);
  assert.equal(stillMatches(row(1, { status: 503 }), [{ name: 'status', value: '5xx' }]), true);
  assert.equal(stillMatches(row(1, { status: 50 }), [{ name: 'status', value: '5xx' }]), false);
  assert.equal(stillMatches(row(1), [{ name: 'status', value: '500' }]), false);
});

test('older news do not undo newer ones, and a begun attempt does not forget the answer before', () => {
  let feed = startFeed([row(1, { state: 'retrying', status: 503, error: 'down', updatedAt: at(5) })]);
  feed = accept(feed, told([live(row(1), 'CREATED')]), follow);
  assert.equal(feed.rows[0]?.state, 'retrying');
  const waiting = { reason: 'active', params: {}, nextAt: null, estimated: false } as const;
  feed = accept(feed, told([live(row(1, { state: 'active', updatedAt: at(6), waiting }), 'ACTIVE')]), follow);
  assert.equal(feed.rows[0]?.state, 'active');
  assert.equal(feed.rows[0]?.status, 503);
  assert.equal(refresh(feed, [row(1, { updatedAt: at(2) })]).rows[0]?.state, 'active');
});

test('memory has bounds', () => {
  const many = Array.from({ length: 1200 }, (_, index) => live(row(10 + index)));
  const followed = accept(startFeed([row(1)]), told(many), follow);
  assert.equal(followed.rows.length, followedMax);
  assert.equal(followed.trimmed, true);
  assert.equal(followed.rows[0]?.id, 'msg_001209');
  const held = accept(startFeed([row(1)]), told(many), hold);
  assert.equal(held.held.size, heldMax);
  assert.equal(freshCount(held), 1200);
  assert.equal(append(followed, [row(209), row(8)]).trimmed, false);
});

test('after a silence the first page tells what is new, and whether all of it', () => {
  const feed = startFeed([row(3), row(2)]);
  const overlapping = catchUp(feed, [row(4), row(3, { state: 'delivered', updatedAt: at(9) }), row(2)], [], true);
  assert.deepEqual(ids(overlapping), ['4', '3', '2']);
  assert.equal(overlapping.rows[1]?.state, 'delivered');
  const apart = catchUp(feed, [row(9), row(8)], [], true);
  assert.deepEqual(ids(apart), ['3', '2']);
  assert.equal(apart.unsure, true);
  assert.equal(freshCount(catchUp(feed, [row(4), row(3)], [], false)), 1);
});
