import assert from 'node:assert/strict';
import { test } from 'node:test';

import { locale } from '@godwit/kit';

import type { Attention } from '../../api/contract';
import { attentionLine } from './attention';

function item(code: Attention['code'], params: Attention['params'] = {}, severity: Attention['severity'] = 'warning'): Attention {
  return { code, severity, params, href: null };
}

const all: readonly Attention[] = [
  item('dead_letters_growing', { count: 3, minutes: 60 }, 'error'),
  item('destination_failing', { host: 'api.example', failed: 7, attempts: 10 }, 'error'),
  item('queue_paused', { queue: 'a/b', waiting: 1 }),
  item('flow_control_paused', { key: 'gpu', waiting: 21 }),
  item('schedule_failing', { schedule: 'nightly', failed: 1 }),
  item('backlog_growing', { waiting: 2000, perMinute: 50 }),
  item('disk_low', { freeBytes: 900_000_000, minFreeBytes: 1_000_000_000 }),
  item('logs_degraded', { bodiesShed: 5 }),
  item('not_durable'),
];

test('every kind is a sentence in both languages, with nothing left to fill in', () => {
  for (const language of ['en', 'ru'] as const) {
    locale.value = language;
    for (const each of all) {
      const { text } = attentionLine(each);
      assert.match(text, /\.$/, `${language} ${each.code}: ${text}`);
      assert.doesNotMatch(text, /[{}]/, `${language} ${each.code}: ${text}`);
      assert.equal(/[а-я]/.test(text), language === 'ru', text);
    }
  }
});

test('sentences carry their numbers and names', () => {
  locale.value = 'en';
  assert.equal(attentionLine(all[0] as Attention).text, '3 messages became dead letters in the last 60 minutes: their retries ran out.');
  assert.equal(attentionLine(all[2] as Attention).text, 'The queue “a/b” is paused, and 1 message waits in it.');
  assert.equal(attentionLine(all[6] as Attention).text, 'The disk has 900\u00a0MB left. Below 1\u00a0GB nothing new is accepted.');
  locale.value = 'ru';
  assert.equal(attentionLine(all[3] as Attention).text, 'Ключ «gpu» на паузе, его ждёт 21 сообщение.');
  assert.equal(attentionLine(all[1] as Attention).text, 'api.example не отвечает как надо: из 10 последних попыток не удалось 7.');
});

test('each leads to the page where something can be done', () => {
  assert.equal(attentionLine(all[0] as Attention).href, '/dead-letters');
  assert.equal(attentionLine(all[1] as Attention).href, '/messages?host=api.example&since=1h');
  assert.equal(attentionLine(all[2] as Attention).href, '/queues/a%2Fb');
  assert.equal(attentionLine(all[3] as Attention).href, '/flow-control/gpu');
  assert.equal(attentionLine(all[5] as Attention).href, '/messages?state=waiting');
});

test('what it is about is its key, so that numbers change in place', () => {
  const key = (waiting: number): string => attentionLine(item('queue_paused', { queue: 'a', waiting })).key;
  assert.equal(key(1), key(2));
  assert.notEqual(key(1), attentionLine(item('queue_paused', { queue: 'b', waiting: 1 })).key);
});

test('a kind that this page does not know is shown as it is', () => {
  const line = attentionLine({ code: 'of_tomorrow' as Attention['code'], severity: 'error', params: { a: 1 }, href: '/x' });
  assert.equal(line.text, 'of_tomorrow {"a":1}');
  assert.equal(line.href, '/x');
});
