import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addressOf, bodyOf, endedStates, join, livingStates, orderOf, searchOf, stateGroup, termsOf, withStates, without, type Term } from './filter';

test('an address is a filter, and a filter an address', () => {
  const query = new URLSearchParams('state=waiting&state=retrying&label=a%20b&page=7&url=+&since=1h&since=2h&state=waiting');
  const terms = termsOf(query);
  assert.deepEqual(terms, [
    { name: 'state', value: 'waiting' },
    { name: 'state', value: 'retrying' },
    { name: 'label', value: 'a b' },
    { name: 'since', value: '2h' },
  ]);
  assert.equal(addressOf('/messages', terms, 'newest'), '/messages?state=waiting&state=retrying&label=a+b&since=2h');
  assert.deepEqual(termsOf(searchOf(terms)), terms);
  assert.equal(addressOf('/messages', [], 'newest'), '/messages');
  assert.equal(addressOf('/messages', [], 'oldest', 'cancel:action_1'), '/messages?order=oldest&action=cancel%3Aaction_1');
  assert.deepEqual(termsOf(undefined), []);
  assert.equal(orderOf(new URLSearchParams('order=oldest')), 'oldest');
  assert.equal(orderOf(new URLSearchParams('order=sideways')), 'newest');
});

test('of times and words there is one, of everything else any number, each once', () => {
  const first: Term[] = [{ name: 'text', value: 'one' }, { name: 'queue', value: 'q' }];
  assert.deepEqual(join(first, [{ name: 'text', value: 'two' }, { name: 'queue', value: 'q' }, { name: 'queue', value: 'r' }]), [
    { name: 'text', value: 'two' },
    { name: 'queue', value: 'q' },
    { name: 'queue', value: 'r' },
  ]);
  assert.deepEqual(without(first, { name: 'queue', value: 'q' }), [{ name: 'text', value: 'one' }]);
});

test('groups of states are told from single ones', () => {
  assert.equal(stateGroup([]), 'all');
  assert.equal(stateGroup(withStates([{ name: 'label', value: 'a' }], livingStates)), 'living');
  assert.equal(stateGroup(withStates([], endedStates)), 'ended');
  assert.equal(stateGroup([{ name: 'state', value: 'waiting' }]), 'other');
  assert.deepEqual(withStates([{ name: 'state', value: 'failed' }, { name: 'label', value: 'a' }], []), [{ name: 'label', value: 'a' }]);
});

test('a cancel asks for the same as the list', () => {
  assert.deepEqual(bodyOf([{ name: 'state', value: 'waiting' }, { name: 'state', value: 'retrying' }, { name: 'text', value: 'a' }, { name: 'until', value: '1h' }]), {
    state: ['waiting', 'retrying'],
    text: 'a',
    until: '1h',
  });
});
