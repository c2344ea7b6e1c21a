import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Waiting } from '../../api/contract';
import { en, ru } from '../../i18n';
import { announcedBytes, ordinal, tell, tellWaiting, waitingReasons, type Told } from './sentence';
import { detail } from './testing';

/** The sentence as a reader of `language` gets it, places as <name>. */
function written(pieces: readonly Told[], language: 'en' | 'ru'): string {
  const texts: Readonly<Record<string, string | { one: string; few?: string; many?: string; other: string }>> = { en, ru }[language].message;
  return pieces
    .map(({ text, count, places }) => {
      const found = texts[text];
      assert.ok(found !== undefined, text);
      const template = typeof found === 'string' ? found : found[new Intl.PluralRules(language).select(count ?? 0) as 'one' | 'other'];
      assert.equal(typeof found === 'string', count === undefined, text);
      return template.replace(/\{(\w+)\}/g, (_, name: string) => {
        if (name === 'count') return String(count);
        const place = places[name];
        assert.ok(place, `${text} has no ${name}`);
        return 'at' in place ? `<${place.kind}>` : 'id' in place ? `<${place.kind} ${place.id}>` : 'text' in place ? place.text : 'ms' in place ? `${place.ms}ms` : String(place.value);
      });
    })
    .join('');
}

const at = '2026-11-24T10:15:00.000Z';
const samples: Readonly<Record<Waiting['reason'], Waiting>> = {
  time: { reason: 'time', params: {}, nextAt: at, estimated: false },
  retry: { reason: 'retry', params: { attempt: 2, of: 4 }, nextAt: at, estimated: false },
  queue: { reason: 'queue', params: { queue: 'orders', position: 3 }, nextAt: null, estimated: false },
  queue_paused: { reason: 'queue_paused', params: { queue: 'orders' }, nextAt: null, estimated: false },
  flow_control_paused: { reason: 'flow_control_paused', params: { key: 'k' }, nextAt: null, estimated: false },
  rate: { reason: 'rate', params: { key: 'k', rate: 2, periodSeconds: 60, position: 5 }, nextAt: at, estimated: true },
  parallelism: { reason: 'parallelism', params: { key: 'k', parallelism: 1 }, nextAt: null, estimated: false },
  slot: { reason: 'slot', params: { limit: 'host', host: 'a.test' }, nextAt: null, estimated: false },
  active: { reason: 'active', params: { since: at }, nextAt: null, estimated: false },
  canceling: { reason: 'canceling', params: {}, nextAt: null, estimated: false },
};

test('every reason to wait is one sentence, with what holds it back and when it goes on', () => {
  const said = (reason: Waiting['reason']): string => written(tellWaiting(samples[reason]), 'en');
  assert.equal(said('time'), 'Waiting because its time has not come yet; next attempt <until> (<clock>).');
  assert.equal(said('retry'), 'Waiting because attempt 1 of 4 got no answer; next attempt <until> (<clock>).');
  assert.match(written(tellWaiting(samples.retry, 503), 'en'), /^Waiting because attempt 1 of 4 was answered with 503; /);
  assert.equal(said('queue'), 'Waiting because others stand before it in the queue <queue orders>; it is number 3 in line; how long the others take, nobody can say.');
  assert.equal(said('queue_paused'), 'Waiting because the queue <queue orders> is paused; it goes on once that is resumed.');
  assert.equal(said('flow_control_paused'), 'Waiting because the flow control key <key k> is paused; it goes on once that is resumed.');
  assert.equal(said('rate'), 'Waiting because the flow control key <key k> allows 2 attempts per 60000ms; it is number 5 in line; next attempt <until> (<clock>), if the limits alone decide.');
  assert.equal(said('parallelism'), 'Waiting because the flow control key <key k> allows 1 attempt at a time; how long the others take, nobody can say.');
  assert.equal(said('slot'), 'Waiting because as many attempts are under way as a.test may get at a time; it is next as soon as one of them ends.');
  assert.equal(said('active'), 'An attempt has been under way for <since>.');
  assert.equal(said('canceling'), 'A cancel was asked for: the attempt under way comes to its end, and none follows.');
  assert.equal(written(tellWaiting({ ...samples.time, reason: 'of a later server' as Waiting['reason'] }), 'en'), 'Waiting; next attempt <until> (<clock>).');
  assert.deepEqual(Object.keys(samples).sort(), Object.keys(waitingReasons).sort());
});

test('in Russian too, with and without what may be missing', () => {
  for (const sample of Object.values(samples)) {
    for (const nextAt of [at, null]) {
      for (const params of [sample.params, {}]) {
        for (const language of ['en', 'ru'] as const) {
          const text = written(tellWaiting({ ...sample, params, nextAt }), language);
          assert.match(text, /\.$/);
          assert.equal(/[а-я]/.test(text), language === 'ru', text);
          assert.doesNotMatch(text, /undefined|NaN|\{/);
        }
      }
    }
  }
  for (const limit of ['all', 'account', 'host']) assert.match(written(tellWaiting({ ...samples.slot, params: { limit, host: 'a.test' } }), 'ru'), /^Ждёт, потому что уже идёт/);
});

const events = [
  { at: '2026-11-24T10:00:00.000Z', state: 'CREATED', nextAt: null },
  { at: '2026-11-24T10:00:00.340Z', state: 'DELIVERED', nextAt: null },
];

test('how it ended is a sentence, with where it is now', () => {
  const said = (change: Parameters<typeof detail>[0]): string => written(tell(detail(change)), 'en');
  const relations = detail().relations;
  assert.equal(said({ state: 'delivered', attempts: 2, events }), 'Delivered at the 2 attempt, 340ms after it was published.');
  assert.equal(said({ state: 'delivered', events, notBefore: '2026-11-24T10:00:00.300Z' }), 'Delivered at the 1 attempt, 40ms after its time had come.');
  assert.equal(said({ state: 'delivered', events, notBefore: '2026-11-24T13:00:00.000Z' }), 'Delivered at the 1 attempt, 340ms after it was published.');
  assert.equal(said({ attempts: 4, relations: { ...relations, deadLetter: '17-0' } }), 'Failed after 4 attempts: the last answer was 500. It is among the <letter 17-0> now.');
  assert.equal(said({ attempts: 1, status: null, error: 'connection refused by x' }), 'Failed after 1 attempt: connection refused by x. It is not among the dead letters any more.');
  assert.equal(said({ status: null, relations: { ...relations, replayedAs: ['msg_2'] } }), 'Failed after 1 attempt. It was sent again as <message msg_2>.');
  const attempt = { number: 1, startedAt: at, endedAt: at, status: null, error: 'x', timing: null, requestHeaders: null, responseHeaders: null, responseBody: null, callback: null };
  const silent = detail({ status: null, error: 'timeout after 1s', attemptList: [{ ...attempt, diagnosis: { code: 'timeout', params: { after: '1s', phase: 'response' } } }] });
  assert.equal(written(tell(silent), 'en'), 'Failed after 1 attempt. example.com took the request and did not answer within 1000ms. It is not among the dead letters any more.');
  assert.equal(said({ state: 'canceled', attempts: 0 }), 'Canceled before any attempt (<clock>).');
  assert.equal(said({ state: 'canceled', attempts: 3 }), 'Canceled after 3 attempts (<clock>).');
  for (const state of ['delivered', 'failed', 'canceled'] as const) {
    for (const attempts of [0, 1, 2, 5]) assert.match(written(tell(detail({ state, attempts })), 'ru'), /^(Доставлено|Не доставлено|Отменено).*\.$/);
  }
});

test('ordinals are counted as each language does', () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 21, 22, 103].map((value) => ordinal(value, 'en')), ['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '22nd', '103rd']);
  assert.equal(ordinal(2, 'ru'), '2-й');
});

test('a length is taken at its word only when it is one', () => {
  const header = (value: string): { name: string; value: string }[] => [{ name: 'content-length', value }];
  assert.equal(announcedBytes(header('5242880')), 5242880);
  for (const value of ['', '-1', '1e9', '0x10', ' 5', '9'.repeat(20)]) assert.equal(announcedBytes(header(value)), null, value);
  assert.equal(announcedBytes(null), null);
});
