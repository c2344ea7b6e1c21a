// The .env of a program that uses this broker, ready to be copied.

import type { Environment } from '../api/contract';

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

/** A secret to be recognised by, and no more: the beginning of long ones. */
export function masked(secret: string): string {
  return `${secret.length >= 16 ? secret.slice(0, 8) : ''}${'•'.repeat(12)}`;
}

export function envText(lines: readonly EnvLine[], hideSecrets = false): string {
  const shown = ({ value, secret }: EnvLine): string => (secret && hideSecrets ? masked(value) : value.replace(/["\\$`]/g, '\\$&'));
  return lines.map((line) => `${line.name}="${shown(line)}"`).join('\n');
}
