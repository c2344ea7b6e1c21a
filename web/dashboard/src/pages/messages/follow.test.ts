import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventsPath, fixedTerms, sinceOf, whyNotFollowing } from './follow';

test('a list follows unless what is new has no place in it', () => {
  assert.equal(whyNotFollowing([{ name: 'since', value: '1h' }], 'newest'), null);
  assert.equal(whyNotFollowing([], 'oldest'), 'order');
  assert.equal(whyNotFollowing([{ name: 'text', value: 'a' }], 'newest'), 'text');
  assert.equal(whyNotFollowing([{ name: 'until', value: '1h' }], 'newest'), 'until');
});

test('the stream is asked for what it knows; older messages the page leaves out', () => {
  assert.equal(eventsPath([{ name: 'state', value: 'failed' }, { name: 'since', value: '1h' }]), '/admin/v1/events?state=failed&tail=1');
  assert.equal(sinceOf([{ name: 'since', value: '1h' }], 10_000_000), 6_400_000);
  assert.equal(sinceOf([], 10_000_000), null);
});

test('what is counted has an end, so that it is what is cancelled', () => {
  assert.deepEqual(fixedTerms([{ name: 'since', value: '1s' }], 5000), [
    { name: 'since', value: '1970-01-01T00:00:04.000Z' },
    { name: 'until', value: '1970-01-01T00:00:05.000Z' },
  ]);
  assert.deepEqual(fixedTerms([{ name: 'until', value: '2s' }], 5000), [{ name: 'until', value: '1970-01-01T00:00:03.000Z' }]);
});
