import type { Environment } from '../../api/contract';

/** A secret to be recognised by, and no more: the beginning of long ones. */
export function masked(secret: string): string {
  return `${secret.length >= 16 ? secret.slice(0, 8) : ''}${'•'.repeat(12)}`;
}

/** A value as a line of a .env file holds it. */
function quoted(value: string): string {
  return /^[\w.:/@%+=-]*$/.test(value) ? value : `"${value.replace(/["\\$`]/g, '\\$&')}"`;
}

/** The lines of a client's .env; a secret that nobody can tell is left as `placeholder`. */
export function environmentLines(environment: Environment, placeholder: string, show: (secret: string) => string = (secret) => secret): string[] {
  const secret = (name: string, value: string | null): string[] => (value === null ? [] : [`${name}=${show(quoted(value))}`]);
  return [
    `QSTASH_URL=${quoted(environment.url)}`,
    environment.token === null ? `QSTASH_TOKEN=${placeholder}` : `QSTASH_TOKEN=${show(quoted(environment.token))}`,
    ...secret('QSTASH_CURRENT_SIGNING_KEY', environment.currentSigningKey),
    ...secret('QSTASH_NEXT_SIGNING_KEY', environment.nextSigningKey),
  ];
}
