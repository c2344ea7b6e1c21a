// What a program needs to use this broker, ready to be copied.

import type { Environment } from '../../api/contract';

export interface EnvLine {
  name: string;
  value: string;
  secret: boolean;
}

/** The lines of the .env; without keys that this reader may not see. `placeholder` stands where a token belongs. */
export function envLines({ url, token, currentSigningKey, nextSigningKey }: Environment, placeholder: string): EnvLine[] {
  return [
    { name: 'QSTASH_URL', value: url, secret: false },
    { name: 'QSTASH_TOKEN', value: token ?? placeholder, secret: token !== null },
    ...(currentSigningKey === null ? [] : [{ name: 'QSTASH_CURRENT_SIGNING_KEY', value: currentSigningKey, secret: true }]),
    ...(nextSigningKey === null ? [] : [{ name: 'QSTASH_NEXT_SIGNING_KEY', value: nextSigningKey, secret: true }]),
  ];
}

/** The first letters, which tell one secret from another, and dots. */
export function masked(value: string): string {
  return `${value.slice(0, 4)}${'•'.repeat(12)}`;
}

export function envText(lines: readonly EnvLine[], hideSecrets = false): string {
  return lines.map(({ name, value, secret }) => `${name}="${secret && hideSecrets ? masked(value) : value}"`).join('\n');
}

export type Language = 'curl' | 'javascript' | 'python';
export const languages: readonly Language[] = ['curl', 'javascript', 'python'];

/** The command that installs what a snippet needs; null: nothing. */
export const installs: Readonly<Record<Language, string | null>> = { curl: null, javascript: 'npm install @upstash/qstash', python: 'pip install qstash' };

/** Publishes `{"hello": "world"}` to `destination`. */
export function snippet(language: Language, { url, token }: Environment, destination: string): string {
  switch (language) {
    case 'curl':
      return [
        `curl '${url}/v2/publish/${destination}' \\`,
        `  -H ${token === null ? '"Authorization: Bearer $QSTASH_TOKEN"' : `'Authorization: Bearer ${token}'`} \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '{"hello": "world"}'`,
      ].join('\n');
    case 'javascript':
      return `import { Client } from '@upstash/qstash';

const client = new Client({
  baseUrl: process.env.QSTASH_URL,
  token: process.env.QSTASH_TOKEN,
});

const { messageId } = await client.publishJSON({
  url: '${destination}',
  body: { hello: 'world' },
});
console.log(messageId);`;
    case 'python':
      return `import os
from qstash import QStash

client = QStash(os.environ["QSTASH_TOKEN"], base_url=os.environ["QSTASH_URL"])

answer = client.message.publish_json(
    url="${destination}",
    body={"hello": "world"},
)
print(answer.message_id)`;
  }
}
