import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Diagnosis } from '../../api/contract';
import { en, ru } from '../../i18n';
import { diagnosisCodes, explain, timeoutPhases } from './diagnosis';

function said(code: Diagnosis['code'], params: Diagnosis['params'] = {}, language: 'en' | 'ru' = 'en', url = 'https://shop.example/hook'): string {
  const { what, remedy, places } = explain({ diagnosis: { code, params }, url, method: 'PUT' });
  const texts: Readonly<Record<string, unknown>> = { en, ru }[language].message;
  return [what, remedy]
    .map((key) => {
      const text = texts[key];
      assert.equal(typeof text, 'string', key);
      return (text as string).replace(/\{(\w+)\}/g, (place, name: string) => places[name] ?? place);
    })
    .join(' ');
}

test('every code says in both languages what happened and what helps, with nothing left open', () => {
  for (const code of Object.keys(diagnosisCodes) as Diagnosis['code'][]) {
    for (const language of ['en', 'ru'] as const) {
      const text = said(code, {}, language);
      assert.doesNotMatch(text, /\{|undefined/, code);
      assert.ok(text.length > 40, text);
      assert.equal(/[а-я]/.test(text), language === 'ru', text);
    }
  }
});

test('a code of a later server is told as one that is not known', () => {
  assert.equal(said('of a later server' as Diagnosis['code']), said('unknown'));
});

test('two codes never say the same', () => {
  const texts = (Object.keys(diagnosisCodes) as Diagnosis['code'][]).map((code) => said(code));
  assert.equal(new Set(texts).size, texts.length);
});

test('a refused connection names what should listen where', () => {
  assert.match(said('refused', { address: '127.0.0.1' }, 'en', 'http://127.0.0.1:3000/hook'), /^Nothing listens on 127\.0\.0\.1:3000\. .*container/);
  assert.match(said('refused', { address: '10.0.0.7:8080' }), /^Nothing listens on 10\.0\.0\.7:8080\. Start your application there, or correct host and port/);
  assert.match(said('refused', { address: '10.0.0.7' }), /10\.0\.0\.7:443/);
  assert.match(said('refused', { address: '::1' }, 'en', 'http://localhost:9/'), /\[::1\]:9.*container/);
  assert.match(said('refused', { address: '[fd00::1]:9' }), /\[fd00::1\]:9\. Start/);
  assert.match(said('refused'), /shop\.example:443/);
});

test('a timeout says in which step it came', () => {
  const texts = timeoutPhases.map((phase) => said('timeout', { after: '1m30s', phase }));
  assert.equal(new Set(texts).size, timeoutPhases.length);
  assert.match(texts[4] ?? '', /took the request and did not answer within 1m30s\. .*Upstash-Timeout/);
  assert.match(said('timeout', { after: '1m30s', phase: 'connect' }), /did not take the connection within 1m30s/);
  assert.equal(said('timeout', { after: '1s', phase: 'of a later server' }), said('timeout', { after: '1s', phase: 'unknown' }));
});

test('remedies name settings and headers as they are written', () => {
  assert.match(said('address_not_allowed', { address: '10.0.0.1' }), /^10\.0\.0\.1 is not a public address.*`delivery\.allow` \(flag --delivery-allow\)/);
  assert.match(said('login_page', { location: 'https://a.test/login' }), /redirects to https:\/\/a\.test\/login\..*Upstash-Signature/);
  assert.match(said('certificate_name', { host: 'b.test' }), /not for b\.test/);
  assert.match(said('method_not_allowed', { status: '405' }), /does not take PUT here: 405.*Upstash-Method/);
  assert.match(said('rate_limited', { retryAfter: '120' }), /asks for 120/);
  assert.doesNotMatch(said('rate_limited', { retryAfter: '' }), /asks for/);
});
