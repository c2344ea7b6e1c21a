import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Schedule } from '../../api/resources';
import { faultsOf, newSchedule, scheduleRequest, valuesOf } from './editor';

const known: Schedule = {
  scheduleId: 'nightly',
  cron: 'CRON_TZ=Europe/Berlin 0 4 * * *',
  createdAt: 1,
  destination: 'https://example.com/job?a=1#part',
  method: 'PUT',
  header: { 'Content-Type': ['application/json'], 'X-Two': ['a', 'b'] },
  body: '{"a":"ж"}',
  retries: 2,
  retryDelayExpression: '1000 * retried',
  delay: 10,
  timeout: 30,
  callback: 'https://example.com/cb',
  callbackHeader: { 'X-Kind': ['done'] },
  isPaused: false,
  queueName: 'q1',
  flowControlKey: 'acme',
  parallelism: 2,
  rate: 10,
  period: 60,
  labels: ['billing', 'eu'],
};

test('a schedule that is opened and saved is sent again with all that it had', () => {
  const { values, hidden } = valuesOf(known);
  assert.deepEqual(faultsOf(values), {});
  assert.deepEqual(hidden, { body: false, headers: [] });
  const request = scheduleRequest(values);
  assert.equal(request.path, '/v2/schedules/https%3A%2F%2Fexample.com%2Fjob%3Fa%3D1%23part');
  assert.deepEqual(request.headers, [
    ['Upstash-Cron', 'CRON_TZ=Europe/Berlin 0 4 * * *'],
    ['Upstash-Schedule-Id', 'nightly'],
    ['Upstash-Method', 'PUT'],
    ['Upstash-Retries', '2'],
    ['Upstash-Retry-Delay', '1000 * retried'],
    ['Upstash-Delay', '10s'],
    ['Upstash-Timeout', '30s'],
    ['Upstash-Queue-Name', 'q1'],
    ['Upstash-Label', 'billing,eu'],
    ['Content-Type', 'application/json'],
    ['Upstash-Forward-X-Two', 'a'],
    ['Upstash-Forward-X-Two', 'b'],
    ['Upstash-Callback', 'https://example.com/cb'],
    ['Upstash-Callback-Forward-X-Kind', 'done'],
    ['Upstash-Flow-Control-Key', 'acme'],
    ['Upstash-Flow-Control-Value', 'parallelism=2, rate=10, period=60s'],
  ]);
  assert.equal(new TextDecoder().decode(request.body ?? new Uint8Array()), known.body);
});

test('a body that is no text stays as it was', () => {
  const { body: _, ...rest } = known;
  const { values } = valuesOf({ ...rest, bodyBase64: '/wD+' });
  assert.deepEqual([...(scheduleRequest(values).body ?? [])], [255, 0, 254]);
  assert.deepEqual([...(scheduleRequest({ ...values, body: 'x' }).body ?? [])], [120]);
});

test('hidden values are to be written again and stay hidden', () => {
  const { values, hidden } = valuesOf({ ...known, body: 'REDACTED:00ff', header: { 'X-Key': ['REDACTED:aa'] } });
  assert.deepEqual(hidden, { body: true, headers: ['X-Key'] });
  assert.equal(values.body, '');
  assert.deepEqual(values.headers, [{ name: 'X-Key', value: '' }]);
  const fields = new Map(scheduleRequest(values).headers);
  assert.equal(fields.get('Upstash-Redact-Fields'), 'body, header[X-Key]');
});

test('six fields ask for seconds, five do not', () => {
  const names = (cron: string): string[] => scheduleRequest({ ...newSchedule, cron }).headers.map(([name]) => name);
  assert.ok(names('*/10 * * * * *').includes('Upstash-Cron-Seconds'));
  assert.ok(!names('*/10 * * * *').includes('Upstash-Cron-Seconds'));
});

test('what is wrong is told by field', () => {
  const wrong = faultsOf({
    ...newSchedule,
    destination: 'ftp://x',
    id: 'a b',
    cron: ' ',
    retries: -1,
    delay: '5',
    callback: 'example.com',
    headers: [{ name: 'two words', value: 'x' }],
    flowKey: 'k',
  });
  assert.deepEqual(wrong, {
    destination: 'destination',
    id: 'name',
    cron: 'needed',
    retries: 'retries',
    delay: 'duration',
    callback: 'url',
    headers: 'header',
    flowKey: 'flowValue',
  });
  assert.deepEqual(faultsOf({ ...newSchedule, destination: 'my-group' }), {});
  assert.deepEqual(faultsOf({ ...newSchedule, destination: 'g', headers: [{ name: 'X', value: 'a\nb' }] }), { headers: 'headerValue' });
});
