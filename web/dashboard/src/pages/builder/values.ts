// The form of the request builder, what is wrong with it, and the request that it describes. The
// rules are those of the wire; what only the broker knows (limits, groups, cron) it says itself.

import type { HeaderLine } from '../../api/contract';
import { isHeaderName, isHttpUrl, namePattern } from '../../api/resources';
import type { PublishRequest } from '../../code/publish-request';
import { hasSeconds } from '../schedules/cron/parse';
import { parseDuration } from './duration';
import { compileExpression } from './retry-expression';

export type BuilderAction = 'publish' | 'enqueue' | 'schedule';
export type DelayKind = 'none' | 'delay' | 'notBefore';

export interface BuilderValues {
  action: BuilderAction;
  method: string;
  destination: string;
  queue: string;
  cron: string;
  scheduleId: string;
  contentType: string;
  body: string;
  headers: readonly HeaderLine[];
  delayKind: DelayKind;
  delay: string;
  notBefore: string; // as an input of a date and time has it, by the reader's clocks
  retries: number | null;
  retryDelay: string;
  timeout: string;
  callback: string;
  callbackHeaders: readonly HeaderLine[];
  failureCallback: string;
  failureCallbackHeaders: readonly HeaderLine[];
  deduplicationId: string;
  contentBased: boolean;
  labels: string;
  flowKey: string;
  flowRate: number | null;
  flowPeriod: string;
  flowParallelism: number | null;
  redactBody: boolean;
  redactAll: boolean; // every header
  redactHeaders: string;
  headerForward: boolean;
}

export const emptyValues: BuilderValues = {
  action: 'publish',
  method: 'POST',
  destination: '',
  queue: '',
  cron: '*/5 * * * *',
  scheduleId: '',
  contentType: 'application/json',
  body: '',
  headers: [],
  delayKind: 'none',
  delay: '',
  notBefore: '',
  retries: null,
  retryDelay: '',
  timeout: '',
  callback: '',
  callbackHeaders: [],
  failureCallback: '',
  failureCallbackHeaders: [],
  deduplicationId: '',
  contentBased: false,
  labels: '',
  flowKey: '',
  flowRate: null,
  flowPeriod: '',
  flowParallelism: null,
  redactBody: false,
  redactAll: false,
  redactHeaders: '',
  headerForward: false,
};

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export type Fault =
  | 'needed'
  | 'destination'
  | 'name'
  | 'url'
  | 'duration'
  | 'durationZero'
  | 'time'
  | 'header'
  | 'headerValue'
  | 'retries'
  | 'expression'
  | 'colon'
  | 'tooLong'
  | 'labelsMany'
  | 'control'
  | 'flowValue'
  | 'flowKey'
  | 'flowLimit'
  | 'flowPeriod';
export type Field = keyof BuilderValues;
export type Faults = Partial<Record<Field, Fault>>;

const nameLengthMax = 256;
const textBytesMax = 256; // of a label, a flow control key, a deduplication id
const urlLengthMax = 8192;
const labelsMax = 10;
const flowLimitMax = 1_000_000_000;
const weekMs = 7 * 86_400_000;

// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex
const controlButTab = /[\u0000-\u0008\u000a-\u001f\u007f]/;

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function listOf(text: string): string[] {
  return [...new Set(text.split(',').map((item) => item.trim()).filter(Boolean))];
}

export function writtenLines(lines: readonly HeaderLine[]): HeaderLine[] {
  return lines.filter(({ name, value }) => name.trim() !== '' || value !== '').map(({ name, value }) => ({ name: name.trim(), value }));
}

export function isDestinationUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** The broker takes no blank in a URL, which browsers would escape; nor what two readers read as two hosts. */
function isSendableUrl(text: string): boolean {
  return isHttpUrl(text) && !/[\s\\]/.test(text);
}

function destinationFault(text: string): Fault | undefined {
  if (text === '') return 'needed';
  if (text.length > urlLengthMax) return 'tooLong';
  if (isDestinationUrl(text)) return isSendableUrl(text) ? undefined : 'url';
  return namePattern.test(text) && text.length <= nameLengthMax ? undefined : 'destination';
}

function nameFault(text: string): Fault | undefined {
  if (text === '') return undefined;
  return namePattern.test(text) && text.length <= nameLengthMax ? undefined : 'name';
}

function linesFault(lines: readonly HeaderLine[]): Fault | undefined {
  const written = writtenLines(lines);
  if (written.some(({ name }) => !isHeaderName(name))) return 'header';
  return written.some(({ value }) => controlButTab.test(value)) ? 'headerValue' : undefined;
}

/** `10`, whole seconds, or a duration of whole seconds; at most a week. */
function isPeriod(text: string): boolean {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  return ms !== null && ms >= 1000 && ms <= weekMs && ms % 1000 === 0;
}

function isFlowLimit(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= flowLimitMax;
}

export function faultsOf(values: BuilderValues): Faults {
  const faults: Faults = {};
  const set = (field: Field, fault: Fault | undefined): void => {
    if (fault !== undefined) faults[field] = fault;
  };
  const scheduled = values.action === 'schedule';
  set('destination', destinationFault(values.destination.trim()));
  if (values.action === 'enqueue') set('queue', values.queue.trim() === '' ? 'needed' : nameFault(values.queue.trim()));
  if (scheduled) {
    set('queue', nameFault(values.queue.trim()));
    set('scheduleId', nameFault(values.scheduleId.trim()));
    if (values.cron.trim() === '') set('cron', 'needed');
  }
  if (values.contentType !== '' && controlButTab.test(values.contentType)) set('contentType', 'headerValue');
  for (const name of ['headers', 'callbackHeaders', 'failureCallbackHeaders'] as const) set(name, linesFault(values[name]));
  if (values.delayKind === 'delay' && parseDuration(values.delay) === null) set('delay', values.delay.trim() === '' ? 'needed' : 'duration');
  if (values.delayKind === 'notBefore' && !scheduled && secondsOf(values.notBefore) === null) set('notBefore', values.notBefore === '' ? 'needed' : 'time');
  if (values.retries !== null && (!Number.isInteger(values.retries) || values.retries < 0)) set('retries', 'retries');
  if (values.retryDelay.trim() !== '' && compileExpression(values.retryDelay.trim()).mistake) set('retryDelay', 'expression');
  if (values.timeout.trim() !== '') {
    const ms = parseDuration(values.timeout);
    set('timeout', ms === null ? 'duration' : ms === 0 ? 'durationZero' : undefined);
  }
  for (const name of ['callback', 'failureCallback'] as const) {
    const url = values[name].trim();
    if (url !== '') set(name, isSendableUrl(url) ? (url.length > urlLengthMax ? 'tooLong' : undefined) : 'url');
  }
  if (!scheduled && values.deduplicationId.trim() !== '') {
    const id = values.deduplicationId.trim();
    set('deduplicationId', id.includes(':') ? 'colon' : bytes(id) > textBytesMax ? 'tooLong' : control.test(id) ? 'control' : undefined);
  }
  const labels = listOf(values.labels);
  set('labels', labels.length > labelsMax ? 'labelsMany' : labels.some((label) => bytes(label) > textBytesMax) ? 'tooLong' : labels.some((label) => control.test(label)) ? 'control' : undefined);
  const key = values.flowKey.trim();
  const limited = values.flowRate !== null || values.flowParallelism !== null;
  if (key !== '') set('flowKey', bytes(key) > textBytesMax ? 'tooLong' : control.test(key) ? 'control' : limited ? undefined : 'flowValue');
  else if (limited) set('flowKey', 'flowKey');
  for (const name of ['flowRate', 'flowParallelism'] as const) {
    if (values[name] !== null && !isFlowLimit(values[name])) set(name, 'flowLimit');
  }
  if (values.flowPeriod.trim() !== '' && !isPeriod(values.flowPeriod.trim())) set('flowPeriod', 'flowPeriod');
  if (!values.redactAll && listOf(values.redactHeaders).some((name) => !isHeaderName(name))) set('redactHeaders', 'header');
  return faults;
}

/** Seconds since 1970 of a date and time by the reader's clocks; null when it is none. */
export function secondsOf(local: string): number | null {
  const ms = local === '' ? NaN : new Date(local).getTime();
  return Number.isNaN(ms) || ms < 0 ? null : Math.floor(ms / 1000);
}

/** `2026-11-24T10:15:00`, as such an input wants it. */
export function localTime(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The request of a form; what does not belong to the chosen action is left out. */
export function requestOf(values: BuilderValues): PublishRequest {
  const scheduled = values.action === 'schedule';
  const headers = writtenLines(values.headers);
  const typed = values.contentType.trim() !== '' && !headers.some(({ name }) => name.toLowerCase() === 'content-type');
  const text = <K extends keyof PublishRequest>(name: K, value: string): Partial<PublishRequest> => (value.trim() === '' ? {} : ({ [name]: value.trim() } as Partial<PublishRequest>));
  const labels = listOf(values.labels);
  const hidden = values.redactAll ? ('all' as const) : listOf(values.redactHeaders);
  const redacts = values.redactBody || hidden === 'all' || hidden.length > 0;
  const notBefore = values.delayKind === 'notBefore' && !scheduled ? secondsOf(values.notBefore) : null;
  const period = values.flowPeriod.trim();
  const all = [...(typed && values.body !== '' ? [{ name: 'Content-Type', value: values.contentType.trim() }] : []), ...headers];
  return {
    destination: values.destination.trim(),
    ...(values.method === 'POST' ? {} : { method: values.method }),
    ...(all.length > 0 ? { headers: all } : {}),
    ...(values.body === '' ? {} : { body: { text: values.body } }),
    ...(values.action === 'publish' ? {} : text('queue', values.queue)),
    ...(scheduled ? { cron: values.cron.trim(), ...(hasSeconds(values.cron) ? { cronSeconds: true } : {}), ...text('scheduleId', values.scheduleId) } : {}),
    ...(values.delayKind === 'delay' ? text('delay', values.delay) : {}),
    ...(notBefore === null ? {} : { notBefore }),
    ...(values.retries === null ? {} : { retries: values.retries }),
    ...text('retryDelay', values.retryDelay),
    ...text('timeout', values.timeout),
    ...text('callback', values.callback),
    ...(values.callback.trim() !== '' && writtenLines(values.callbackHeaders).length > 0 ? { callbackHeaders: writtenLines(values.callbackHeaders) } : {}),
    ...text('failureCallback', values.failureCallback),
    ...(values.failureCallback.trim() !== '' && writtenLines(values.failureCallbackHeaders).length > 0 ? { failureCallbackHeaders: writtenLines(values.failureCallbackHeaders) } : {}),
    ...(scheduled ? {} : text('deduplicationId', values.deduplicationId)),
    ...(!scheduled && values.contentBased ? { contentBasedDeduplication: true } : {}),
    ...(labels.length > 0 ? { labels } : {}),
    ...(values.flowKey.trim() === ''
      ? {}
      : {
          flowControl: {
            key: values.flowKey.trim(),
            ...(values.flowRate === null ? {} : { rate: values.flowRate }),
            ...(values.flowRate === null || period === '' ? {} : { period: /^\d+$/.test(period) ? `${period}s` : period }),
            ...(values.flowParallelism === null ? {} : { parallelism: values.flowParallelism }),
          },
        }),
    ...(redacts ? { redact: { body: values.redactBody, headers: hidden } } : {}),
    ...(values.headerForward ? { headerForward: true } : {}),
  };
}

const fieldsOfHeaders: Readonly<Record<string, Field>> = {
  'upstash-method': 'method',
  'upstash-delay': 'delay',
  'upstash-not-before': 'notBefore',
  'upstash-timeout': 'timeout',
  'upstash-retries': 'retries',
  'upstash-retry-delay': 'retryDelay',
  'upstash-deduplication-id': 'deduplicationId',
  'upstash-label': 'labels',
  'upstash-redact-fields': 'redactHeaders',
  'upstash-flow-control-key': 'flowKey',
  'upstash-flow-control-value': 'flowKey',
  'upstash-queue-name': 'queue',
  'upstash-callback': 'callback',
  'upstash-failure-callback': 'failureCallback',
  'upstash-cron': 'cron',
  'upstash-schedule-id': 'scheduleId',
};

/** The field that a refusal of the broker speaks of; undefined when it speaks of none of ours. */
export function fieldOfRefusal(message: string, values: BuilderValues): Field | undefined {
  const named = /^invalid (Upstash-[A-Za-z-]+) header/i.exec(message)?.[1]?.toLowerCase();
  if (named !== undefined) {
    if (/^upstash-callback-forward-/.test(named)) return 'callbackHeaders';
    if (/^upstash-failure-callback-forward-/.test(named)) return 'failureCallbackHeaders';
    if (/^upstash-forward-/.test(named)) return 'headers';
    return fieldsOfHeaders[named];
  }
  const rules: readonly [RegExp, Field][] = [
    [/^DeduplicationId/, 'deduplicationId'],
    [/^Invalid cron/i, 'cron'],
    [/^(a non-empty destination|invalid destination url|api destinations|topic )/, 'destination'],
    [/^invalid queue name|quota maxQueues/, 'queue'],
    [/quota maxRetries/, 'retries'],
    [/quota maxMessageSize/, 'body'],
    [/^the forwarded headers/, 'headers'],
  ];
  if (/quota maxDelay/.test(message)) return values.delayKind === 'notBefore' ? 'notBefore' : 'delay';
  return rules.find(([pattern]) => pattern.test(message))?.[1];
}

// --------------------------------------------------------------------------------------- drafts

/** A form as it was kept; what is not there, or of another kind, is as in an empty one. */
export function restored(kept: string | null): BuilderValues {
  let known: unknown = null;
  try {
    known = kept === null ? null : JSON.parse(kept);
  } catch {
    return emptyValues;
  }
  if (typeof known !== 'object' || known === null) return emptyValues;
  const isLines = (value: unknown): boolean =>
    Array.isArray(value) && value.every((line: unknown) => typeof (line as HeaderLine | null)?.name === 'string' && typeof (line as HeaderLine).value === 'string');
  const fits = (sample: unknown, value: unknown): boolean => {
    if (Array.isArray(sample)) return isLines(value);
    if (sample === null) return value === null || typeof value === 'number';
    return typeof value === typeof sample;
  };
  const entries = Object.entries(emptyValues).map(([name, sample]) => {
    const value = (known as Record<string, unknown>)[name];
    return [name, fits(sample, value) ? value : sample];
  });
  const values = Object.fromEntries(entries) as BuilderValues;
  return {
    ...values,
    action: ['publish', 'enqueue', 'schedule'].includes(values.action) ? values.action : 'publish',
    method: (methods as readonly string[]).includes(values.method) ? values.method : 'POST',
    delayKind: ['none', 'delay', 'notBefore'].includes(values.delayKind) ? values.delayKind : 'none',
  };
}

const prefilled = { url: 'destination', method: 'method', body: 'body', contentType: 'contentType', queue: 'queue', label: 'labels' } as const;
export const prefillNames: readonly string[] = [...Object.keys(prefilled), 'header'];

/** A form that was filled by a link: `?url=…&method=PUT&body=…&header=X-Team: eu`; null: by none. */
export function prefill(query: URLSearchParams): BuilderValues | null {
  if (!prefillNames.some((name) => query.has(name))) return null;
  const given = Object.fromEntries(Object.entries(prefilled).flatMap(([name, field]) => (query.has(name) ? [[field, query.get(name)]] : [])));
  const headers = query.getAll('header').flatMap((line) => {
    const colon = line.indexOf(':');
    return colon > 0 ? [{ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() }] : [];
  });
  const type = headers.find(({ name }) => name.toLowerCase() === 'content-type');
  return restored(
    JSON.stringify({
      ...emptyValues,
      ...(type ? { contentType: type.value } : {}),
      ...given,
      ...(query.get('queue') ? { action: 'enqueue' } : {}),
      headers: headers.filter((line) => line !== type),
    }),
  );
}
