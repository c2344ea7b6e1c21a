// What every page shares: routes, the server, the session.

import { createApiClient, createRouter, learnServerTime, problemOf, type ProblemLike } from '@godwit/kit';
import { signal } from '@preact/signals';

import type { Session } from './api/contract';
import { t } from './i18n';

export const router = createRouter({
  overview: '/',
  messages: '/messages',
  message: '/messages/:id',
  builder: '/publish',
  queues: '/queues',
  queue: '/queues/:name',
  flowControl: '/flow-control',
  flowControlKey: '/flow-control/:key',
  scheduleNew: '/new-schedule', // Beside the schedules, one of which may be called "new".
  schedules: '/schedules',
  schedule: '/schedules/:id',
  scheduleEdit: '/schedules/:id/edit',
  urlGroups: '/url-groups',
  urlGroup: '/url-groups/:name',
  dlq: '/dead-letters',
  deadLetter: '/dead-letters/:id',
  logs: '/logs',
  settings: '/settings',
  signature: '/signature',
});

/** undefined until the server has said who the reader is. */
export const session = signal<Session | undefined>(undefined);
export const sessionProblem = signal<ProblemLike | undefined>(undefined);

/** True from a request without an answer until the next answer. */
export const offline = signal(false);

export const api = createApiClient({
  csrfToken: () => session.peek()?.csrfToken ?? '',
  renewCsrfToken: () => loadSession(),
  onStatus(status) {
    offline.value = status === 0;
    // The session has ended: ask who we are, which leads to the login page.
    if (status === 401 && session.peek()?.authenticated) void loadSession();
  },
});

export function acceptSession(value: Session): void {
  learnServerTime(value.now);
  session.value = value;
  sessionProblem.value = undefined;
}

export async function loadSession(): Promise<void> {
  try {
    acceptSession(await api.get<Session>('/admin/v1/session'));
  } catch (error) {
    sessionProblem.value = problemOf(error);
    // Nothing can be shown before the first answer: ask again until it comes.
    if (session.peek() === undefined) setTimeout(() => void loadSession(), 3000);
  }
}

/** A problem as a sentence in the reader's language; the server's English where we have none. */
export function describe(problem: ProblemLike): string {
  // What is wrong with a request only the server's own sentence says.
  if (problem.field !== undefined) return problem.message;
  const text = t.find(`problem.${problem.code}`, problem.params);
  // A text with a place that nothing filled says less than one without places.
  return text !== null && !/\{\w+\}/.test(text) ? text : problem.message;
}

/** The same for anything that was thrown. */
export function describeError(error: unknown): string {
  return describe(problemOf(error));
}
