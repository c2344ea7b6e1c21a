// A first message, in the reader's language.

import type { Environment } from '../../api/contract';

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
