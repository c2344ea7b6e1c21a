import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Environment } from '../api/contract';
import { envLines, envText, masked } from './env-file';

const dev: Environment = { url: 'http://127.0.0.1:8080', token: 'eyJ0b2tlbg==', currentSigningKey: 'sig_current', nextSigningKey: 'sig_next' };
const server: Environment = { ...dev, url: 'https://godwit.example', token: null };

test('the .env names what every client reads', () => {
  assert.equal(
    envText(envLines(dev, '<token>')),
    'QSTASH_URL="http://127.0.0.1:8080"\nQSTASH_TOKEN="eyJ0b2tlbg=="\nQSTASH_CURRENT_SIGNING_KEY="sig_current"\nQSTASH_NEXT_SIGNING_KEY="sig_next"',
  );
});

test('a token that cannot be shown is a placeholder, which nothing hides', () => {
  const lines = envLines(server, '<put a token here>');
  assert.match(envText(lines), /QSTASH_TOKEN="<put a token here>"/);
  assert.match(envText(lines, true), /QSTASH_TOKEN="<put a token here>"/);
});

test('hidden values are not in the text', () => {
  const text = envText(envLines(dev, '<token>'), true);
  assert.doesNotMatch(text, /sig_current|sig_next|eyJ0b2tlbg/);
  assert.match(text, /QSTASH_URL="http:\/\/127\.0\.0\.1:8080"/);
});

test('readers without keys get none', () => {
  const names = envLines({ ...server, currentSigningKey: null, nextSigningKey: null }, '<token>').map(({ name }) => name);
  assert.deepEqual(names, ['QSTASH_URL', 'QSTASH_TOKEN']);
});

test('a value that a shell would read otherwise is kept as it is', () => {
  assert.match(envText(envLines({ ...dev, nextSigningKey: 'a "b$' }, '<token>')), /QSTASH_NEXT_SIGNING_KEY="a \\"b\\\$"/);
});

test('a mask shows the beginning of long secrets only', () => {
  assert.equal(masked('sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r'), 'sig_7kYj••••••••••••');
  assert.equal(masked('short'), '••••••••••••');
});
