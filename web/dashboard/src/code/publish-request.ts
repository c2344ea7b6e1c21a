// A publish as a plain description, and the request to the broker that it is. What sends it and what
// shows it as code read the same description, so that the code does what the button does.

import type { HeaderLine } from '../api/contract';

/** `file` stands in code only, for what is too long to be written into it: a file beside the code. */
export type PublishBody = { readonly text: string } | { readonly base64: string } | { readonly file: string };

export interface PublishRequest {
  /** A URL, or the name of a URL group. */
  destination: string;
  method?: string; // of the delivery; POST
  /** For the destination, Content-Type among them. */
  headers?: readonly HeaderLine[];
  body?: PublishBody;
  queue?: string;
  /** With it the request makes a schedule. */
  cron?: string;
  cronSeconds?: boolean; // the expression has six fields
  scheduleId?: string;
  delay?: string; // a duration, such as 30s
  notBefore?: number; // seconds since 1970
  retries?: number;
  retryDelay?: string; // an expression, in milliseconds
  timeout?: string; // a duration
  callback?: string;
  callbackHeaders?: readonly HeaderLine[];
  failureCallback?: string;
  failureCallbackHeaders?: readonly HeaderLine[];
  deduplicationId?: string;
  contentBasedDeduplication?: boolean;
  labels?: readonly string[];
  flowControl?: { readonly key: string; readonly rate?: number | undefined; readonly period?: string | undefined; readonly parallelism?: number | undefined };
  redact?: { readonly body: boolean; readonly headers: 'all' | readonly string[] };
  /** Forwards the headers of the request itself too. */
  headerForward?: boolean;
}

export type WireHeader = readonly [name: string, value: string];

// A destination that clients, the shell and the browser all pass on as it stands. Everything else is
// escaped as a whole, which the broker undoes once.
const plain = /^[A-Za-z0-9._~:/?&=%+,;@!$*()'-]+$/;
const reserved = /[?&](upstash-|qstash_token)/i;

/** The destination as it stands in the path of a request. */
export function destinationPath(destination: string): string {
  const safe = plain.test(destination) && !/\/\.{1,2}(\/|\?|$)/.test(destination) && !reserved.test(destination) && !/^https?%3a/i.test(destination);
  return safe ? destination : encodeURIComponent(destination);
}

export function requestPath(request: PublishRequest): string {
  const destination = destinationPath(request.destination);
  if (request.cron !== undefined) return `/v2/schedules/${destination}`;
  if (request.queue !== undefined) return `/v2/enqueue/${encodeURIComponent(request.queue)}/${destination}`;
  return `/v2/publish/${destination}`;
}

export function isContentType(line: HeaderLine): boolean {
  return line.name.toLowerCase() === 'content-type';
}

/** `parallelism=5, rate=10, period=1m`. */
export function flowControlValue({ rate, period, parallelism }: NonNullable<PublishRequest['flowControl']>): string {
  const parts = [
    parallelism === undefined ? '' : `parallelism=${parallelism}`,
    rate === undefined ? '' : `rate=${rate}`,
    period === undefined ? '' : `period=${period}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** `body, header[Authorization]`; '' when nothing is hidden. */
export function redactFields({ body, headers }: NonNullable<PublishRequest['redact']>): string {
  const fields = headers === 'all' ? ['header'] : headers.map((name) => `header[${name}]`);
  return [...(body ? ['body'] : []), ...fields].join(', ');
}

/** The headers of the request, but for its Authorization. */
export function requestHeaders(request: PublishRequest): WireHeader[] {
  const headers: WireHeader[] = [];
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') headers.push([name, String(value)]);
  };
  const forward = (prefix: string, lines: readonly HeaderLine[] = []): void => {
    for (const { name, value } of lines) headers.push([`${prefix}${name}`, value]);
  };
  const own = request.headers ?? [];
  const contentType = own.find(isContentType);
  set('Content-Type', contentType?.value);
  set('Upstash-Method', request.method);
  set('Upstash-Cron', request.cron);
  if (request.cronSeconds === true) set('Upstash-Cron-Seconds', 'true');
  set('Upstash-Schedule-Id', request.scheduleId);
  if (request.cron !== undefined) set('Upstash-Queue-Name', request.queue);
  set('Upstash-Delay', request.delay);
  set('Upstash-Not-Before', request.notBefore);
  set('Upstash-Retries', request.retries);
  set('Upstash-Retry-Delay', request.retryDelay);
  set('Upstash-Timeout', request.timeout);
  set('Upstash-Deduplication-Id', request.deduplicationId);
  if (request.contentBasedDeduplication === true) set('Upstash-Content-Based-Deduplication', 'true');
  set('Upstash-Label', request.labels?.join(','));
  if (request.flowControl) {
    set('Upstash-Flow-Control-Key', request.flowControl.key);
    set('Upstash-Flow-Control-Value', flowControlValue(request.flowControl));
  }
  set('Upstash-Callback', request.callback);
  forward('Upstash-Callback-Forward-', request.callbackHeaders);
  set('Upstash-Failure-Callback', request.failureCallback);
  forward('Upstash-Failure-Callback-Forward-', request.failureCallbackHeaders);
  if (request.redact) set('Upstash-Redact-Fields', redactFields(request.redact));
  if (request.headerForward === true) set('Upstash-Header-Forward', 'true');
  forward('Upstash-Forward-', own.filter((line) => line !== contentType));
  return headers;
}

/** The body's bytes; null when there is none here. */
export function requestBytes(request: PublishRequest): Uint8Array | null {
  if (request.body === undefined || 'file' in request.body) return null;
  if ('text' in request.body) return new TextEncoder().encode(request.body.text);
  return Uint8Array.from(atob(request.body.base64), (char) => char.charCodeAt(0));
}
