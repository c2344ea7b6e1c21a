import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Environment } from '../../api/contract';
import { envLines, envText, languages, snippet } from './env';

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

test('snippets publish to the destination, and carry no token that is not public', () => {
  const destination = 'http://127.0.0.1:8080/catch/abc';
  for (const language of languages) {
    assert.ok(snippet(language, dev, destination).includes(destination));
    assert.doesNotMatch(snippet(language, { ...server, token: null }, destination), /Bearer null|sig_/);
  }
  assert.match(snippet('curl', dev, destination), /'Authorization: Bearer eyJ0b2tlbg=='/);
  assert.match(snippet('curl', server, destination), /"Authorization: Bearer \$QSTASH_TOKEN"/);
});
