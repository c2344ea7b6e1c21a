// A publish as code to copy: for curl, the JavaScript and Python clients of QStash, `godwit publish`,
// and as the bytes of HTTP. The token is always named, never written. Texts go through quoting.ts, without exception.

import type { HeaderLine } from '../api/contract';
import { cliCode, curlCode, httpCode } from './plain-code';
import { isContentType, destinationPath, requestHeaders, requestPath, type PublishBody, type PublishRequest } from './publish-request';
import { exactJson, javascriptString, javascriptValue, pythonString, pythonValue } from './quoting';

export const codeLanguages = ['curl', 'javascript', 'python', 'cli', 'http'] as const;
export type CodeLanguage = (typeof codeLanguages)[number];

/** `baseUrl` is the broker's, such as http://127.0.0.1:8080. */
export function publishCode(language: CodeLanguage, request: PublishRequest, baseUrl: string): string {
  const base = baseUrl.replace(/\/+$/, '');
  switch (language) {
    case 'curl':
      return curlCode(request, base);
    case 'javascript':
      return javascriptCode(request, base);
    case 'python':
      return pythonCode(request, base);
    case 'cli':
      return cliCode(request, base);
    case 'http':
      return httpCode(request, base);
  }
}

type Member = readonly [name: string, code: string];

// eslint-disable-next-line no-control-regex
const ascii = /^[\u0000-\u007f]*$/;

/** Whether the body may be handed over as a value: it is JSON, and says that it is. */
function jsonBody(request: PublishRequest): unknown {
  if (request.body === undefined || !('text' in request.body)) return undefined;
  const type = request.headers?.filter(isContentType) ?? [];
  return type.length === 1 && type[0]?.value.toLowerCase() === 'application/json' ? exactJson(request.body.text) : undefined;
}

function isUrl(destination: string): boolean {
  return /^https?:\/\//i.test(destination);
}

function kindOf(request: PublishRequest): 'schedule' | 'enqueue' | 'publish' {
  return request.cron !== undefined ? 'schedule' : request.queue !== undefined ? 'enqueue' : 'publish';
}

// ------------------------------------------------------------------------------------ JavaScript

/** A header's value: fetch takes Latin-1 only, and the broker reads UTF-8. */
function javascriptHeader(text: string): string {
  return ascii.test(text) ? javascriptString(text) : `Buffer.from(${javascriptString(text)}).toString('latin1')`;
}

/** What the client forwards, and settings that it has no parameter for: it passes names that begin
 *  with `Upstash-` through. */
function javascriptHeaders(request: PublishRequest, json: boolean): string | undefined {
  const lines: HeaderLine[] = [];
  const contentType = request.headers?.find(isContentType);
  for (const line of request.headers ?? []) {
    if (line === contentType) {
      if (!json) lines.push(line);
    } else {
      // The client would take these for settings, or for the body's own type.
      const kept = /^(upstash-|content-type)/i.test(line.name);
      lines.push(kept ? { name: `Upstash-Forward-${line.name}`, value: line.value } : line);
    }
  }
  if (request.cronSeconds === true) lines.push({ name: 'Upstash-Cron-Seconds', value: 'true' });
  for (const { name, value } of request.callbackHeaders ?? []) lines.push({ name: `Upstash-Callback-Forward-${name}`, value });
  for (const { name, value } of request.failureCallbackHeaders ?? []) lines.push({ name: `Upstash-Failure-Callback-Forward-${name}`, value });
  if (request.headerForward === true) lines.push({ name: 'Upstash-Header-Forward', value: 'true' });
  if (lines.length === 0) return undefined;
  const names = new Set(lines.map(({ name }) => name.toLowerCase()));
  const pairs = lines.map(({ name, value }) => [javascriptString(name), javascriptHeader(value)] as const);
  // An object holds a name once.
  if (names.size < lines.length || names.has('__proto__')) return `[\n${pairs.map(([name, value]) => `    [${name}, ${value}],\n`).join('')}  ]`;
  return `{\n${pairs.map(([name, value]) => `    ${name}: ${value},\n`).join('')}  }`;
}

function javascriptBody(body: PublishBody): string {
  if ('text' in body) return javascriptString(body.text);
  return 'file' in body ? `await readFile(${javascriptString(body.file)})` : `Buffer.from(${javascriptString(body.base64)}, 'base64')`;
}

function javascriptCode(request: PublishRequest, base: string): string {
  const kind = kindOf(request);
  const value = kind === 'schedule' ? undefined : jsonBody(request);
  const json = value !== undefined;
  const members: Member[] = [];
  const text = (name: string, text_: string | undefined): void => {
    if (text_ !== undefined && text_ !== '') members.push([name, javascriptString(text_)]);
  };
  const header = (name: string, text_: string | undefined): void => {
    if (text_ !== undefined && text_ !== '') members.push([name, javascriptHeader(text_)]);
  };
  const number = (name: string, amount: number | undefined): void => {
    if (amount !== undefined) members.push([name, String(amount)]);
  };
  const destination = destinationPath(request.destination);
  text(kind === 'schedule' ? 'destination' : isUrl(request.destination) ? 'url' : 'urlGroup', destination);
  header('cron', request.cron);
  header('scheduleId', request.scheduleId);
  if (kind === 'schedule') header('queueName', request.queue);
  if (request.method !== undefined && request.method !== 'POST') text('method', request.method);
  if (json) members.push(['body', javascriptValue(value, '  ')]);
  else if (request.body !== undefined) {
    members.push(['body', javascriptBody(request.body)]);
  }
  const headers = javascriptHeaders(request, json);
  if (headers !== undefined) members.push(['headers', headers]);
  header('delay', request.delay);
  number('notBefore', request.notBefore);
  number('retries', request.retries);
  header('retryDelay', request.retryDelay);
  header('timeout', request.timeout);
  header('callback', request.callback);
  header('failureCallback', request.failureCallback);
  header('deduplicationId', request.deduplicationId);
  if (request.contentBasedDeduplication === true) members.push(['contentBasedDeduplication', 'true']);
  const labels = request.labels ?? [];
  if (labels.length === 1) header('label', labels[0]);
  else if (labels.length > 1) members.push(['label', `[${labels.map(javascriptHeader).join(', ')}]`]);
  if (request.flowControl) {
    const { key, rate, period, parallelism } = request.flowControl;
    const parts = [
      `key: ${javascriptHeader(key)}`,
      rate === undefined ? '' : `rate: ${rate}`,
      period === undefined ? '' : `period: ${javascriptString(period)}`,
      parallelism === undefined ? '' : `parallelism: ${parallelism}`,
    ];
    members.push(['flowControl', `{ ${parts.filter(Boolean).join(', ')} }`]);
  }
  if (request.redact) {
    const parts = [
      request.redact.body ? 'body: true' : '',
      request.redact.headers === 'all' ? 'header: true' : request.redact.headers.length > 0 ? `header: [${request.redact.headers.map(javascriptHeader).join(', ')}]` : '',
    ].filter(Boolean);
    if (parts.length > 0) members.push(['redact', `{ ${parts.join(', ')} }`]);
  }
  const call = { publish: `client.publish${json ? 'JSON' : ''}`, enqueue: `queue.enqueue${json ? 'JSON' : ''}`, schedule: 'client.schedules.create' }[kind];
  return [
    ...(request.body && 'file' in request.body ? ["import { readFile } from 'node:fs/promises';"] : []),
    "import { Client } from '@upstash/qstash';",
    '',
    'const client = new Client({',
    `  baseUrl: ${javascriptString(base)},`,
    '  token: process.env.QSTASH_TOKEN,',
    '});',
    ...(kind === 'enqueue' ? [`const queue = client.queue({ queueName: ${javascriptString(request.queue ?? '')} });`] : []),
    '',
    `const result = await ${call}({`,
    ...members.map(([name, code]) => `  ${name}: ${code},`),
    '});',
    'console.log(result);',
  ].join('\n');
}

// ---------------------------------------------------------------------------------------- Python

function pythonPairs(lines: readonly HeaderLine[], indent: string): string {
  return `{\n${lines.map(({ name, value }) => `${indent}    ${pythonString(name)}: ${pythonString(value)},\n`).join('')}${indent}}`;
}

/** Whether the client has a parameter for all of it; what it has none for goes by its HTTP client. */
function pythonKnows(request: PublishRequest): boolean {
  const lines = [...(request.headers ?? []), ...(request.callbackHeaders ?? []), ...(request.failureCallbackHeaders ?? [])];
  const texts = [...lines.map(({ value }) => value), ...(request.labels ?? []), request.deduplicationId ?? '', request.flowControl?.key ?? '', request.callback ?? '', request.failureCallback ?? ''];
  const once = (list: readonly HeaderLine[] = []): boolean => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length;
  const scheduled = request.cron !== undefined;
  return (
    texts.every((text) => ascii.test(text)) &&
    once(request.headers) &&
    once(request.callbackHeaders) &&
    once(request.failureCallbackHeaders) &&
    // The client takes these for headers that it has prefixed itself.
    !lines.some(({ name }) => /^upstash-/i.test(name)) &&
    request.headerForward !== true &&
    request.cronSeconds !== true &&
    request.redact === undefined &&
    !(scheduled && (request.retryDelay !== undefined || (request.labels ?? []).length > 0))
  );
}

function pythonBody(request: PublishRequest): string | undefined {
  if (request.body === undefined) return undefined;
  if ('text' in request.body) return pythonString(request.body.text);
  return 'file' in request.body ? `open(${pythonString(request.body.file)}, "rb").read()` : `base64.b64decode(${pythonString(request.body.base64)})`;
}

function pythonCall(request: PublishRequest): string[] {
  const kind = kindOf(request);
  const value = jsonBody(request);
  const json = value !== undefined;
  const members: Member[] = [];
  const text = (name: string, text_: string | undefined): void => {
    if (text_ !== undefined && text_ !== '') members.push([name, pythonString(text_)]);
  };
  const number = (name: string, amount: number | undefined): void => {
    if (amount !== undefined) members.push([name, String(amount)]);
  };
  const lines = (name: string, list: readonly HeaderLine[] | undefined, prefix = ''): void => {
    if (list && list.length > 0) members.push([name, pythonPairs(list.map((line) => ({ name: prefix + line.name, value: line.value })), '    ')]);
  };
  if (kind === 'enqueue') text('queue', request.queue);
  text(kind === 'schedule' ? 'destination' : isUrl(request.destination) ? 'url' : 'url_group', destinationPath(request.destination));
  text('cron', request.cron);
  text('schedule_id', request.scheduleId);
  if (kind === 'schedule') text('queue', request.queue);
  if (request.method !== undefined && request.method !== 'POST') text('method', request.method);
  const body = json ? pythonValue(value, '    ') : pythonBody(request);
  if (body !== undefined) members.push(['body', body]);
  const contentType = request.headers?.find(isContentType);
  if (!json) text('content_type', contentType?.value);
  lines('headers', request.headers?.filter((line) => line !== contentType));
  text('delay', request.delay);
  number('not_before', request.notBefore);
  number('retries', request.retries);
  text('retry_delay', request.retryDelay);
  text('timeout', request.timeout);
  text('callback', request.callback);
  lines('callback_headers', request.callbackHeaders, 'Forward-');
  text('failure_callback', request.failureCallback);
  lines('failure_callback_headers', request.failureCallbackHeaders, 'Forward-');
  text('deduplication_id', request.deduplicationId);
  if (request.contentBasedDeduplication === true) members.push(['content_based_deduplication', 'True']);
  text('label', request.labels?.join(','));
  if (request.flowControl) {
    const { key, rate, period, parallelism } = request.flowControl;
    const parts = { key, ...(rate === undefined ? {} : { rate }), ...(period === undefined ? {} : { period }), ...(parallelism === undefined ? {} : { parallelism }) };
    members.push(['flow_control', pythonValue(parts, '    ')]);
  }
  const call = { publish: 'client.message.publish', enqueue: 'client.message.enqueue', schedule: 'client.schedule.create' }[kind];
  return [`result = ${call}${json ? '_json' : ''}(`, ...members.map(([name, code]) => `    ${name}=${code},`), ')'];
}

/** The request as it is, for what the client's own parameters do not cover. */
function pythonRequest(request: PublishRequest): string[] {
  // Several values of a header are one, with commas; bytes, for the client sends text as ASCII.
  const joined = new Map<string, { name: string; values: string[] }>();
  for (const [name, value] of requestHeaders(request)) {
    const known = joined.get(name.toLowerCase());
    if (known) known.values.push(value);
    else joined.set(name.toLowerCase(), { name, values: [value] });
  }
  const headers = [...joined.values()].map(({ name, values }) => {
    const value = values.join(', ');
    return `        ${pythonString(name)}: ${pythonString(value)}${ascii.test(value) ? '' : '.encode()'},`;
  });
  const body = pythonBody(request);
  return [
    'result = client.http.request(',
    `    path=${pythonString(requestPath(request))},`,
    '    method="POST",',
    '    headers={',
    ...headers,
    '    },',
    ...(body === undefined ? [] : [`    body=${body},`]),
    ')',
  ];
}

function pythonCode(request: PublishRequest, base: string): string {
  const call = pythonKnows(request) ? pythonCall(request) : pythonRequest(request);
  const binary = request.body !== undefined && 'base64' in request.body;
  return [
    ...(binary ? ['import base64'] : []),
    'import os',
    '',
    'from qstash import QStash',
    '',
    `client = QStash(os.environ["QSTASH_TOKEN"], base_url=${pythonString(base)})`,
    '',
    ...call,
    'print(result)',
  ].join('\n');
}
