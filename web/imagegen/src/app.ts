// What every page shares: routes, the server, the session, the latest status, and its events.

import {
  createApiClient,
  createEventStream,
  createPoll,
  createRouter,
  learnServerTime,
  problemOf,
  type EventStream,
  type Poll,
  type ProblemLike,
} from '@godwit/kit';
import { signal } from '@preact/signals';

import type { Generation, Session, Status, TaskResult } from './api/contract';
import { t } from './i18n';

export const router = createRouter({
  home: '/',
  settings: '/settings',
  parameters: '/parameters',
  parameter: '/parameters/:id', // 'new' for one that is not saved yet
  prompts: '/prompts',
  prompt: '/prompts/:id', // likewise
  generations: '/generations',
  newGeneration: '/generations/new',
  generation: '/generations/:id',
  gallery: '/gallery',
  diagnostics: '/diagnostics',
  help: '/help',
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

export async function loadSession(): Promise<void> {
  try {
    session.value = await api.get<Session>('/api/session');
    sessionProblem.value = undefined;
  } catch (error) {
    sessionProblem.value = problemOf(error);
    // Nothing can be shown before the first answer: ask again until it comes.
    if (session.peek() === undefined) setTimeout(() => void loadSession(), 3000);
  }
}

export type Events = { task: TaskResult; generation: Generation; status: Status };

let events: EventStream<Events> | undefined;
let statusPoll: Poll<Status> | undefined;

/** The server's events; the one stream of this page. */
export function eventStream(): EventStream<Events> {
  events ??= createEventStream<Events>('/api/events', ['task', 'generation', 'status']);
  return events;
}

/** The server's status: by events, and by asking. */
export function status(): Poll<Status> {
  if (statusPoll) return statusPoll;
  const poll = createPoll<Status>({
    async load(signal) {
      const value = await api.get<Status>('/api/status', { signal });
      learnServerTime(value.now);
      return value;
    },
    outlook: (value) => ({ dueAt: value.nextDueAt ? Date.parse(value.nextDueAt) : null }),
  });
  eventStream().on('status', (value) => {
    learnServerTime(value.now);
    poll.accept(value);
  });
  statusPoll = poll;
  return poll;
}

/** A problem as a sentence in the reader's language; the server's English where we have none. */
export function describe(problem: ProblemLike): string {
  // A text with a place that nothing filled says less than one without places.
  for (const key of [`problem.${problem.code}`, `problem.${problem.code}_plain`]) {
    const text = t.find(key, problem.params);
    if (text !== null && !/\{\w+\}/.test(text)) return text;
  }
  return problem.message;
}

/** The same for anything that was thrown. */
export function describeError(error: unknown): string {
  return describe(problemOf(error));
}
