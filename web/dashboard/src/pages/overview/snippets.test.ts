import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Environment } from '../../api/contract';
import { languages, snippet } from './snippets';

const dev: Environment = { url: 'http://127.0.0.1:8080', token: 'eyJ0b2tlbg==', currentSigningKey: 'sig_current', nextSigningKey: 'sig_next' };
const server: Environment = { ...dev, url: 'https://godwit.example', token: null };

test('snippets publish to the destination, and carry no token that is not public', () => {
  const destination = 'http://127.0.0.1:8080/catch/abc';
  for (const language of languages) {
    assert.ok(snippet(language, dev, destination).includes(destination));
    assert.doesNotMatch(snippet(language, { ...server, token: null }, destination), /Bearer null|sig_/);
  }
  assert.match(snippet('curl', dev, destination), /'Authorization: Bearer eyJ0b2tlbg=='/);
  assert.match(snippet('curl', server, destination), /"Authorization: Bearer \$QSTASH_TOKEN"/);
});
