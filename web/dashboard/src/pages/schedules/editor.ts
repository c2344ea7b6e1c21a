// A schedule as a form, and the form as the request that makes it. Making one anew under its id resets
// whatever is not sent, so everything the broker tells of it is sent again.

import type { HeaderLine } from '../../api/contract';
import { isHeaderName, isHttpUrl, namePattern, type HeaderMap, type Schedule } from '../../api/resources';
import { hasSeconds } from './cron/parse';

export interface ScheduleValues {
  destination: string;
  id: string;
  cron: string;
  method: string;
  headers: readonly HeaderLine[];
  body: string;
  /** A body that is no text; it stays as it is until `body` is written. */
  bodyBase64: string | null;
  retries: number | null; // null: the broker's default
  retryDelay: string;
  delay: string;
  timeout: string;
  queue: string;
  labels: string;
  callback: string;
  callbackHeaders: readonly HeaderLine[];
  failureCallback: string;
  failureCallbackHeaders: readonly HeaderLine[];
  flowKey: string;
  flowRate: number | null;
  flowPeriod: string;
  flowParallelism: number | null;
  redactBody: boolean;
  /** Names of headers, by commas; '*' for all. */
  redactHeaders: string;
}

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export const newSchedule: ScheduleValues = {
  destination: '',
  id: '',
  cron: '0 9 * * *',
  method: 'POST',
  headers: [{ name: 'Content-Type', value: 'application/json' }],
  body: '',
  bodyBase64: null,
  retries: null,
  retryDelay: '',
  delay: '',
  timeout: '',
  queue: '',
  labels: '',
  callback: '',
  callbackHeaders: [],
  failureCallback: '',
  failureCallbackHeaders: [],
  flowKey: '',
  flowRate: null,
  flowPeriod: '',
  flowParallelism: null,
  redactBody: false,
  redactHeaders: '',
};

const mark = 'REDACTED:';

function linesOf(headers: HeaderMap | undefined): HeaderLine[] {
  return Object.entries(headers ?? {}).flatMap(([name, values]) => values.map((value) => ({ name, value })));
}

/** The form of a schedule. What it hides stays out: it has to be written again (`hidden`). */
export function valuesOf(schedule: Schedule): { values: ScheduleValues; hidden: { body: boolean; headers: string[] } } {
  const headers = linesOf(schedule.header);
  const hiddenHeaders = [...new Set(headers.filter(({ value }) => value.startsWith(mark)).map(({ name }) => name))];
  const hiddenBody = schedule.body?.startsWith(mark) === true;
  const values: ScheduleValues = {
    destination: schedule.destination,
    id: schedule.scheduleId,
    cron: schedule.cron,
    method: schedule.method,
    headers: headers.map((line) => (line.value.startsWith(mark) ? { name: line.name, value: '' } : line)),
    body: hiddenBody ? '' : (schedule.body ?? ''),
    bodyBase64: schedule.bodyBase64 ?? null,
    retries: schedule.retries,
    retryDelay: schedule.retryDelayExpression ?? '',
    delay: schedule.delay === undefined ? '' : `${schedule.delay}s`,
    timeout: schedule.timeout === undefined ? '' : `${schedule.timeout}s`,
    queue: schedule.queueName ?? '',
    labels: (schedule.labels ?? []).join(', '),
    callback: schedule.callback ?? '',
    callbackHeaders: linesOf(schedule.callbackHeader),
    failureCallback: schedule.failureCallback ?? '',
    failureCallbackHeaders: linesOf(schedule.failureCallbackHeader),
    flowKey: schedule.flowControlKey ?? '',
    flowRate: schedule.rate ?? null,
    flowPeriod: schedule.rate === undefined || schedule.period === undefined ? '' : `${schedule.period}s`,
    flowParallelism: schedule.parallelism === undefined || schedule.parallelism === 0 ? null : schedule.parallelism,
    redactBody: hiddenBody,
    redactHeaders: hiddenHeaders.join(', '),
  };
  return { values, hidden: { body: hiddenBody, headers: hiddenHeaders } };
}

const duration = /^(\d+(\.\d+)?(ms|[dhms]))+$/;
export function isDuration(text: string): boolean {
  return duration.test(text.trim());
}

export type Fault = 'needed' | 'destination' | 'name' | 'url' | 'duration' | 'header' | 'headerValue' | 'retries' | 'flowValue' | 'flowKey' | 'positive';

/** What is wrong, by field. What only the broker knows (the cron, quotas) it says itself. */
export function faultsOf(values: ScheduleValues): Partial<Record<keyof ScheduleValues, Fault>> {
  const faults: Partial<Record<keyof ScheduleValues, Fault>> = {};
  const destination = values.destination.trim();
  if (destination === '') faults.destination = 'needed';
  else if (!isHttpUrl(destination) && !namePattern.test(destination)) faults.destination = 'destination';
  if (values.cron.trim() === '') faults.cron = 'needed';
  if (values.id.trim() !== '' && !namePattern.test(values.id.trim())) faults.id = 'name';
  if (values.queue.trim() !== '' && !namePattern.test(values.queue.trim())) faults.queue = 'name';
  if (values.retries !== null && (!Number.isInteger(values.retries) || values.retries < 0)) faults.retries = 'retries';
  for (const name of ['delay', 'timeout', 'flowPeriod'] as const) {
    if (values[name].trim() !== '' && !isDuration(values[name])) faults[name] = 'duration';
  }
  for (const name of ['callback', 'failureCallback'] as const) {
    if (values[name].trim() !== '' && !isHttpUrl(values[name].trim())) faults[name] = 'url';
  }
  for (const name of ['headers', 'callbackHeaders', 'failureCallbackHeaders'] as const) {
    const written = values[name].filter((line) => line.name.trim() !== '' || line.value !== '');
    if (written.some((line) => !isHeaderName(line.name.trim()))) faults[name] = 'header';
    // eslint-disable-next-line no-control-regex
    else if (written.some((line) => /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line.value))) faults[name] = 'headerValue';
  }
  const limited = values.flowRate !== null || values.flowParallelism !== null;
  if (values.flowKey.trim() !== '' && !limited) faults.flowKey = 'flowValue';
  if (values.flowKey.trim() === '' && limited) faults.flowKey = 'flowKey';
  for (const name of ['flowRate', 'flowParallelism'] as const) {
    const value = values[name];
    if (value !== null && (!Number.isInteger(value) || value < 1)) faults[name] = 'positive';
  }
  return faults;
}

export interface ScheduleRequest {
  path: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array | null;
}

function bytesOf(values: ScheduleValues): Uint8Array | null {
  if (values.body !== '') return new TextEncoder().encode(values.body);
  if (values.bodyBase64 === null) return null;
  return Uint8Array.from(atob(values.bodyBase64), (char) => char.charCodeAt(0));
}

/** POST it, and the schedule is as the form says. */
export function scheduleRequest(values: ScheduleValues): ScheduleRequest {
  const headers: [string, string][] = [];
  const set = (name: string, value: string): void => {
    if (value.trim() !== '') headers.push([name, value.trim()]);
  };
  const forward = (prefix: string, lines: readonly HeaderLine[]): void => {
    for (const { name, value } of lines) {
      if (name.trim() !== '') headers.push([`${prefix}${name.trim()}`, value]);
    }
  };
  set('Upstash-Cron', values.cron);
  if (hasSeconds(values.cron)) set('Upstash-Cron-Seconds', 'true');
  set('Upstash-Schedule-Id', values.id);
  set('Upstash-Method', values.method);
  set('Upstash-Retries', values.retries === null ? '' : String(values.retries));
  set('Upstash-Retry-Delay', values.retryDelay);
  set('Upstash-Delay', values.delay);
  set('Upstash-Timeout', values.timeout);
  set('Upstash-Queue-Name', values.queue);
  set('Upstash-Label', values.labels.split(',').map((label) => label.trim()).filter(Boolean).join(','));
  const contentType = values.headers.find(({ name }) => name.trim().toLowerCase() === 'content-type');
  if (contentType) set('Content-Type', contentType.value);
  forward('Upstash-Forward-', values.headers.filter((line) => line !== contentType));
  set('Upstash-Callback', values.callback);
  if (values.callback.trim() !== '') forward('Upstash-Callback-Forward-', values.callbackHeaders);
  set('Upstash-Failure-Callback', values.failureCallback);
  if (values.failureCallback.trim() !== '') forward('Upstash-Failure-Callback-Forward-', values.failureCallbackHeaders);
  if (values.flowKey.trim() !== '') {
    set('Upstash-Flow-Control-Key', values.flowKey);
    const parts = [
      values.flowParallelism === null ? '' : `parallelism=${values.flowParallelism}`,
      values.flowRate === null ? '' : `rate=${values.flowRate}`,
      values.flowRate === null || values.flowPeriod.trim() === '' ? '' : `period=${values.flowPeriod.trim()}`,
    ];
    set('Upstash-Flow-Control-Value', parts.filter(Boolean).join(', '));
  }
  const hidden = [
    values.redactBody ? 'body' : '',
    ...values.redactHeaders.split(',').map((name) => name.trim()).filter(Boolean).map((name) => (name === '*' ? 'header' : `header[${name}]`)),
  ];
  set('Upstash-Redact-Fields', hidden.filter(Boolean).join(', '));
  // Escaped as a whole: the browser would resolve `..` and drop what follows `#`.
  return { path: `/v2/schedules/${encodeURIComponent(values.destination.trim())}`, headers, body: bytesOf(values) };
}
