import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseDuration, parseMoment } from './moment';
import { readTyped, tokenize, writeTerm, writeTyped } from './typed';

const id = 'msg_1111bqChye8zdZkeb83dgt';

test('qualifiers are read, in any case and by other names', () => {
  const { terms, faults } = readTyped(`State:Retry URL:example.com key:a flow:b group:g ip:1.2.3.4 status:5XX,404 since:1h30m id:${id}`);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    terms.map(({ name, value }) => `${name}=${value}`),
    ['state=retrying', 'url=example.com', 'flowControlKey=a', 'flowControlKey=b', 'urlGroup=g', 'callerIp=1.2.3.4', 'status=5xx', 'status=404', 'since=1h30m', `id=${id}`],
  );
});

test('words stand together, quotes keep blanks and colons', () => {
  assert.deepEqual(readTyped('order 17 label:"a b" again').terms, [
    { name: 'label', value: 'a b' },
    { name: 'text', value: 'order 17 again' },
  ]);
  assert.deepEqual(readTyped('"order:17 \\"x\\""').terms, [{ name: 'text', value: 'order:17 "x"' }]);
  assert.deepEqual(readTyped('label:"not closed').terms, [{ name: 'label', value: 'not closed' }]);
  assert.deepEqual(readTyped('  ').terms, []);
  assert.deepEqual(readTyped('12:30').terms, [{ name: 'text', value: '12:30' }]);
});

test('an address and a whole id say what they are', () => {
  assert.deepEqual(readTyped('https://example.com/a?b=c').terms, [{ name: 'url', value: 'https://example.com/a?b=c' }]);
  assert.deepEqual(readTyped(id).terms, [{ name: 'id', value: id }]);
  assert.deepEqual(readTyped('msg_11').terms, [{ name: 'text', value: 'msg_11' }]);
});

test('what cannot be read is named', () => {
  const fault = (typed: string): string | undefined => {
    const { terms, faults } = readTyped(typed);
    assert.deepEqual(terms, [], typed);
    assert.equal(faults.length, 1, typed);
    return faults[0]?.code;
  };
  assert.equal(fault('order:17'), 'unknown');
  assert.equal(fault('-state:failed'), 'negated');
  assert.equal(fault('queue:'), 'empty');
  assert.equal(fault('state:state'), 'state');
  assert.equal(fault('state:constructor'), 'state');
  assert.equal(fault('status:status'), 'status');
  assert.equal(fault('status:0xx'), 'status');
  assert.equal(fault('since:yesterday'), 'moment');
  assert.equal(fault('until:2026-02-30'), 'moment');
  assert.equal(fault('id:7'), 'id');
  assert.equal(fault('я'.repeat(501)), 'textLong');
  assert.deepEqual(readTyped('-5 minus').faults, []);
});

test('what is written reads as it was', () => {
  for (const term of [
    { name: 'label', value: 'a "b" \\ c' },
    { name: 'text', value: 'two words' },
    { name: 'text', value: 'state:waiting' },
    { name: 'text', value: 'a "quote"' },
    { name: 'text', value: id },
    { name: 'flowControlKey', value: 'k:1' },
    { name: 'url', value: 'http://e.com/?q=a b' },
  ] as const) {
    assert.deepEqual(readTyped(writeTerm(term)).terms, [term], writeTerm(term));
  }
  assert.equal(writeTyped([{ name: 'urlGroup', value: 'g' }, { name: 'text', value: 'x' }]), 'group:g x');
});

test('words are parted by blanks outside quotes', () => {
  assert.deepEqual(tokenize(' a  b:"c d"e ').map(({ from, to, text, colon }) => [from, to, text, colon]), [
    [1, 2, 'a', -1],
    [4, 12, 'b:c de', 1],
  ]);
});

test('moments are read as the server reads them', () => {
  assert.equal(parseDuration('1d2h3m4s5ms'), 93_784_005);
  assert.equal(parseDuration('1.5h'), 5_400_000);
  assert.equal(parseDuration('1'), null);
  assert.equal(parseDuration('h'), null);
  assert.equal(parseMoment('1h', 10_000_000), 6_400_000);
  assert.equal(parseMoment('2026-11-24T10:15:02.120Z', 0), Date.UTC(2026, 10, 24, 10, 15, 2, 120));
  assert.equal(parseMoment('2026-11-24T10:15', 0), Date.UTC(2026, 10, 24, 10, 15));
  assert.equal(parseMoment('2026-11-24', 0), Date.UTC(2026, 10, 24));
  assert.equal(parseMoment('2026-13-01', 0), null);
});
