// A publish for curl, for `godwit publish`, and as the text of an HTTP request.

import { requestBytes, requestHeaders, requestPath, type PublishRequest, type WireHeader } from './publish-request';
import { shellWord } from './quoting';

/** The values of one header on one line each; curl and HTTP both take a name several times. */
function curlHeader([name, value]: WireHeader): string {
  // `Name:` alone would take the header away; this sends it with no value.
  return value === '' ? shellWord(`${name};`) : shellWord(`${name}: ${value}`);
}

/** What comes before a command of `sh` that reads these bytes. */
function piped(base64: string): string {
  return `printf %s ${shellWord(base64)} | base64 -d | `;
}

/** For `sh`: every text is one quoted word. */
export function curlCode(request: PublishRequest, base: string): string {
  const headers = requestHeaders(request);
  const lines = [`curl -X POST ${shellWord(base + requestPath(request))}`, '-H "Authorization: Bearer $QSTASH_TOKEN"', ...headers.map((header) => `-H ${curlHeader(header)}`)];
  let before = '';
  if (request.body !== undefined) {
    // curl would add a type of its own.
    if (!headers.some(([name]) => name === 'Content-Type')) lines.push("-H 'Content-Type:'");
    if ('base64' in request.body) {
      before = piped(request.body.base64);
      lines.push('--data-binary @-');
    } else if ('file' in request.body) {
      lines.push(`--data-binary ${shellWord(`@${request.body.file}`)}`);
    } else if (request.body.text.includes('\0')) {
      // No argument of a program holds a NUL.
      before = piped(base64Of(requestBytes(request) ?? new Uint8Array()));
      lines.push('--data-binary @-');
    } else {
      // Unlike -d it takes a leading @ as it is.
      lines.push(`--data-raw ${shellWord(request.body.text)}`);
    }
  }
  return before + lines.join(' \\\n  ');
}

/** For `godwit publish`: a flag is what stands after `Upstash-` in a header. */
export function cliCode(request: PublishRequest, base: string): string {
  const flag = (name: string, value: string): string => {
    const plain = /^[a-z-]+$/.test(name);
    return plain ? `--${name}=${shellWord(value)}` : shellWord(`--${name}=${value}`);
  };
  const lines: string[] = [];
  if (request.queue !== undefined && request.cron === undefined) lines.push(flag('queue', request.queue));
  // Without it this would be a publish, at once.
  if (request.cron === '') lines.push('--cron=');
  for (const [name, value] of requestHeaders(request)) {
    const own = /^Upstash-Forward-(.*)$/.exec(name)?.[1] ?? (name === 'Content-Type' ? name : undefined);
    lines.push(own === undefined ? flag(name.slice('Upstash-'.length).toLowerCase(), value) : flag('header', `${own}: ${value}`));
  }
  let before = '';
  if (request.body !== undefined) {
    if ('base64' in request.body) before = piped(request.body.base64);
    // No argument of a program holds a NUL.
    else if ('text' in request.body && request.body.text.includes('\0')) before = piped(base64Of(requestBytes(request) ?? new Uint8Array()));
    if (before !== '') lines.push('--body-file=-');
    else if ('file' in request.body) lines.push(flag('body-file', request.body.file));
    else if ('text' in request.body) lines.push(flag('body', request.body.text));
  }
  // Behind `--` a name that begins with a dash is no flag.
  lines.push(`-- ${shellWord(request.destination)}`);
  return `${before}QSTASH_URL=${shellWord(base)} godwit publish \\\n  ${lines.join(' \\\n  ')}`;
}

export function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The request as it goes over the wire; a body that is no text in base64, between brackets. */
export function httpCode(request: PublishRequest, base: string): string {
  const bytes = requestBytes(request);
  const host = base.replace(/^https?:\/\//i, '').replace(/\/.*$/, '');
  const prefix = base.replace(/^https?:\/\/[^/]*/i, '');
  const head = [
    `POST ${prefix}${requestPath(request)} HTTP/1.1`,
    `Host: ${host}`,
    'Authorization: Bearer $QSTASH_TOKEN',
    ...requestHeaders(request).map(([name, value]) => `${name}: ${value}`),
    ...(request.body && 'file' in request.body ? [] : [`Content-Length: ${bytes?.length ?? 0}`]),
  ].join('\n');
  if (request.body === undefined) return `${head}\n`;
  const body = 'text' in request.body ? request.body.text : 'file' in request.body ? `<file: ${request.body.file}>` : `<base64: ${request.body.base64}>`;
  return `${head}\n\n${body}`;
}
