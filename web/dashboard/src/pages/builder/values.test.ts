import assert from 'node:assert/strict';
import { test } from 'node:test';

import { requestHeaders, requestPath } from '../../code/publish-request';
import { emptyValues, faultsOf, fieldOfRefusal, localTime, prefill, requestOf, restored, secondsOf, type BuilderValues } from './values';

const right: BuilderValues = { ...emptyValues, destination: 'https://example.com/hook' };

test('an empty form lacks a destination and nothing else', () => {
  assert.deepEqual(faultsOf(emptyValues), { destination: 'needed' });
  assert.deepEqual(faultsOf(right), {});
});

test('what the wire refuses is told at its field', () => {
  const cases: readonly [Partial<BuilderValues>, object][] = [
    [{ destination: 'example.com/hook' }, { destination: 'destination' }],
    [{ destination: 'https://' }, { destination: 'url' }],
    [{ destination: 'https://e.com/a b' }, { destination: 'url' }],
    [{ destination: 'https://e.com\\@f.com' }, { destination: 'url' }],
    [{ destination: `https://e.com/${'x'.repeat(8192)}` }, { destination: 'tooLong' }],
    [{ destination: 'my-group_1.x' }, {}],
    [{ action: 'enqueue' }, { queue: 'needed' }],
    [{ action: 'enqueue', queue: 'a b' }, { queue: 'name' }],
    [{ action: 'schedule', cron: ' ', scheduleId: 'a/b' }, { cron: 'needed', scheduleId: 'name' }],
    [{ headers: [{ name: 'X Y', value: '' }] }, { headers: 'header' }],
    [{ headers: [{ name: 'X', value: 'a\nb' }] }, { headers: 'headerValue' }],
    [{ headers: [{ name: '', value: '' }] }, {}],
    [{ delayKind: 'delay', delay: '10' }, { delay: 'duration' }],
    [{ delayKind: 'delay' }, { delay: 'needed' }],
    [{ delayKind: 'none', delay: '10' }, {}],
    [{ delayKind: 'notBefore', notBefore: '' }, { notBefore: 'needed' }],
    [{ retries: -1 }, { retries: 'retries' }],
    [{ retries: 1.5 }, { retries: 'retries' }],
    [{ retries: 0 }, {}],
    [{ retryDelay: 'foo(1)' }, { retryDelay: 'expression' }],
    [{ timeout: '0s' }, { timeout: 'durationZero' }],
    [{ callback: 'my-group', failureCallback: 'https://e.com' }, { callback: 'url' }],
    [{ deduplicationId: 'a:b' }, { deduplicationId: 'colon' }],
    [{ deduplicationId: 'ж'.repeat(129) }, { deduplicationId: 'tooLong' }],
    [{ action: 'schedule', deduplicationId: 'a:b' }, {}],
    [{ labels: '1,2,3,4,5,6,7,8,9,10,11' }, { labels: 'labelsMany' }],
    [{ labels: 'a,a,a,a,a,a,a,a,a,a,a,a' }, {}],
    [{ flowKey: 'k' }, { flowKey: 'flowValue' }],
    [{ flowRate: 1 }, { flowKey: 'flowKey' }],
    [{ flowKey: 'k', flowRate: 0 }, { flowRate: 'flowLimit' }],
    [{ flowKey: 'k', flowRate: 1, flowPeriod: '8d' }, { flowPeriod: 'flowPeriod' }],
    [{ flowKey: 'k', flowRate: 1, flowPeriod: '1500ms' }, { flowPeriod: 'flowPeriod' }],
    [{ flowKey: 'k', flowRate: 1, flowPeriod: '60' }, {}],
    [{ redactHeaders: 'a b' }, { redactHeaders: 'header' }],
    [{ redactHeaders: 'a b', redactAll: true }, {}],
  ];
  for (const [change, faults] of cases) assert.deepEqual(faultsOf({ ...right, ...change }), faults, JSON.stringify(change));
});

test('a form becomes the request that it says', () => {
  const values: BuilderValues = {
    ...right,
    action: 'enqueue',
    queue: 'orders',
    method: 'PUT',
    body: '{}',
    headers: [{ name: ' X-Team ', value: 'eu' }, { name: '', value: '' }],
    delayKind: 'delay',
    delay: ' 1m ',
    retries: 0,
    labels: 'a, b, a',
    flowKey: 'k',
    flowRate: 5,
    flowPeriod: '60',
    redactAll: true,
    contentBased: true,
  };
  const request = requestOf(values);
  assert.equal(requestPath(request), '/v2/enqueue/orders/https://example.com/hook');
  assert.deepEqual(requestHeaders(request), [
    ['Content-Type', 'application/json'],
    ['Upstash-Method', 'PUT'],
    ['Upstash-Delay', '1m'],
    ['Upstash-Retries', '0'],
    ['Upstash-Content-Based-Deduplication', 'true'],
    ['Upstash-Label', 'a,b'],
    ['Upstash-Flow-Control-Key', 'k'],
    ['Upstash-Flow-Control-Value', 'rate=5, period=60s'],
    ['Upstash-Redact-Fields', 'header'],
    ['Upstash-Forward-X-Team', 'eu'],
  ]);
});

test('what belongs to another action is not sent', () => {
  const values: BuilderValues = { ...right, action: 'schedule', queue: 'q', deduplicationId: 'x', contentBased: true, delayKind: 'notBefore', notBefore: '2026-01-01T00:00', callbackHeaders: [{ name: 'A', value: '1' }] };
  assert.deepEqual(requestHeaders(requestOf(values)), [
    ['Upstash-Cron', '*/5 * * * *'],
    ['Upstash-Queue-Name', 'q'],
  ]);
  assert.equal(requestPath(requestOf({ ...values, action: 'publish' })), '/v2/publish/https://example.com/hook');
  // Without a body there is nothing whose type could be told.
  assert.deepEqual(requestHeaders(requestOf(right)), []);
});

test('a type among the headers is the type', () => {
  const request = requestOf({ ...right, body: 'x', headers: [{ name: 'content-type', value: 'text/csv' }] });
  assert.deepEqual(requestHeaders(request), [['Content-Type', 'text/csv']]);
});

test('times go by the clocks of the reader', () => {
  const at = new Date(2026, 10, 24, 10, 15, 2);
  assert.equal(localTime(at), '2026-11-24T10:15:02');
  assert.equal(secondsOf(localTime(at)), at.getTime() / 1000);
  assert.equal(secondsOf('nonsense'), null);
  assert.equal(secondsOf(''), null);
});

test('a refusal of the broker finds its field', () => {
  const fields: readonly [string, string | undefined][] = [
    ['invalid Upstash-Retry-Delay header: expected retried', 'retryDelay'],
    ['invalid Upstash-Flow-Control-Value header: it is missing', 'flowKey'],
    ['invalid Upstash-Callback header: invalid destination url: endpoint has invalid scheme', 'callback'],
    ['invalid Upstash-Forward-X header: no', 'headers'],
    ["DeduplicationId cannot contain ':'", 'deduplicationId'],
    ['Invalid cron expression expected 5 fields', 'cron'],
    ['topic nogroup not found', 'destination'],
    ['invalid destination url: endpoint resolves to a loopback address: 127.0.0.1', 'destination'],
    ['quota maxRetries exceeded, current limit: 999 (setting api.retries_max)', 'retries'],
    ['quota maxDelay exceeded, current limit: 1 (setting api.delay_max)', 'delay'],
    ['quota maxMessageSize exceeded', 'body'],
    ['something else', undefined],
  ];
  for (const [message, field] of fields) assert.equal(fieldOfRefusal(message, right), field, message);
  assert.equal(fieldOfRefusal('quota maxDelay exceeded', { ...right, delayKind: 'notBefore' }), 'notBefore');
});

test('a draft comes back as it was, and a broken one as an empty form', () => {
  const draft: BuilderValues = { ...right, retries: 3, headers: [{ name: 'A', value: '1' }], action: 'enqueue' };
  assert.deepEqual(restored(JSON.stringify(draft)), draft);
  for (const broken of [null, '', '{', '1', 'null', '[]']) assert.deepEqual(restored(broken), emptyValues);
  assert.deepEqual(restored(JSON.stringify({ ...draft, retries: 'x', headers: [{ name: 1 }], action: 'no', extra: 1 })), { ...draft, retries: null, headers: [], action: 'publish' });
});

test('a link fills the form', () => {
  const query = new URLSearchParams({ url: 'https://e.com', method: 'PUT', body: '{}', queue: 'q', label: 'a' });
  query.append('header', 'X-Team: eu:west');
  query.append('header', 'content-type: text/plain');
  query.append('header', 'nonsense');
  assert.deepEqual(prefill(query), { ...emptyValues, destination: 'https://e.com', method: 'PUT', body: '{}', queue: 'q', labels: 'a', action: 'enqueue', contentType: 'text/plain', headers: [{ name: 'X-Team', value: 'eu:west' }] });
  assert.equal(prefill(new URLSearchParams('tab=x')), null);
  assert.equal(prefill(new URLSearchParams('method=TRACE'))?.method, 'POST');
});
