// The objects of /v2 that pages manage, as the broker answers them. Times are milliseconds since 1970
// where nothing else is said.

export interface Queue {
  name: string;
  createdAt: number;
  updatedAt: number;
  parallelism: number;
  lag: number; // accepted and not ended
  paused: boolean;
}

export interface FlowControlKey {
  flowControlKey: string;
  waitListSize: number;
  parallelismMax: number; // 0: not limited
  parallelismCount: number;
  rateMax: number; // 0: not limited
  rateCount: number;
  ratePeriod: number; // seconds
  ratePeriodStart: number; // seconds since 1970
  isPaused: boolean;
  isPinnedParallelism: boolean;
  isPinnedRate: boolean;
}

export type HeaderMap = Readonly<Record<string, readonly string[]>>;
export type RunState = 'IN_PROGRESS' | 'SUCCESS' | 'FAIL';

export interface Schedule {
  scheduleId: string;
  cron: string;
  createdAt: number;
  destination: string;
  method: string;
  header?: HeaderMap;
  body?: string;
  bodyBase64?: string;
  retries: number;
  retryDelayExpression?: string;
  delay?: number; // seconds
  timeout?: number; // seconds
  callback?: string;
  callbackHeader?: HeaderMap;
  failureCallback?: string;
  failureCallbackHeader?: HeaderMap;
  isPaused: boolean;
  queueName?: string;
  flowControlKey?: string;
  parallelism?: number;
  rate?: number;
  period?: number; // seconds
  labels?: readonly string[];
  lastScheduleTime?: number;
  nextScheduleTime?: number;
  lastScheduleStates?: Readonly<Record<string, RunState>>;
  error?: string;
}

export interface GroupEndpoint {
  name?: string;
  url: string;
}
export interface UrlGroup {
  name: string;
  createdAt: number;
  updatedAt: number;
  endpoints: readonly GroupEndpoint[];
  headers?: HeaderMap;
}

/** What the broker takes as the name of a queue, a group, a schedule. */
export const namePattern = /^[A-Za-z0-9._-]+$/;

export function isHttpUrl(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' && /^https?:\/\//i.test(text);
  } catch {
    return false;
  }
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
export function isHeaderName(text: string): boolean {
  return headerName.test(text);
}
