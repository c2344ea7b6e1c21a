// A value that is asked for again and again: faster when something is about to happen, slower while
// nobody looks, and not at all once it is final.

import { signal, type ReadonlySignal } from '@preact/signals';

import { ApiError, isAbort } from './api';

export interface Pace {
  /** While the page is visible and nothing is due soon. */
  usualMs: number;
  /** Just before and after `dueAt`. */
  nearMs: number;
  /** While the page is hidden. */
  hiddenMs: number;
}
export const defaultPace: Pace = { usualMs: 5000, nearMs: 1000, hiddenMs: 30_000 };

/** What the latest value says about the next question. */
export interface Outlook {
  final?: boolean; // it will not change any more
  dueAt?: number | null; // when something is expected to happen, in milliseconds since 1970
  adviceMs?: number | null; // the server's wish for the usual wait
}

/** How long to wait before asking again; null: never again. `failures` counts errors in a row. */
export function nextWait(outlook: Outlook, now: number, hidden: boolean, failures: number, pace: Pace = defaultPace): number | null {
  if (failures > 0) return Math.min(pace.usualMs * 2 ** (failures - 1), 60_000);
  if (outlook.final) return null;
  if (hidden) return pace.hiddenMs;
  const usual = outlook.adviceMs ?? pace.usualMs;
  if (outlook.dueAt === null || outlook.dueAt === undefined) return usual;
  const away = outlook.dueAt - now;
  if (away > usual) return Math.min(usual, away - pace.nearMs);
  // Due within the next question, or lately: look closely for a while, then give up hurrying.
  return away > -usual * 2 ? Math.min(usual, pace.nearMs) : usual;
}

export interface Poll<T> {
  readonly value: ReadonlySignal<T | undefined>;
  readonly error: ReadonlySignal<unknown>; // of the latest question; undefined after a success
  readonly loading: ReadonlySignal<boolean>; // nothing has come yet
  /** Asks now, also when the value was final. Resolves when the answer is in. */
  refresh(): Promise<void>;
  /** Puts a value in place that came another way, such as the answer to a change. */
  accept(value: T): void;
  stop(): void;
}

/** What a poll needs from the world; tests hand in their own. */
export interface PollWorld {
  now(): number;
  hidden(): boolean;
  later(callback: () => void, ms: number): () => void;
  onVisible(callback: () => void): () => void;
}

export const browserWorld: PollWorld = {
  now: () => Date.now(),
  hidden: () => document.visibilityState === 'hidden',
  later(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  onVisible(callback) {
    const look = (): void => {
      if (document.visibilityState === 'visible') callback();
    };
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
    };
  },
};

export interface PollOptions<T> {
  /** Asks once. undefined: nothing has changed. */
  load: (signal: AbortSignal, previous: T | undefined) => Promise<T | undefined>;
  outlook?: (value: T) => Outlook;
  pace?: Pace;
  world?: PollWorld;
}

/** Starts asking at once. One question is under way at a time. */
export function createPoll<T>({ load, outlook = () => ({}), pace = defaultPace, world = browserWorld }: PollOptions<T>): Poll<T> {
  const value = signal<T | undefined>(undefined);
  const error = signal<unknown>(undefined);
  const loading = signal(true);
  let stopped = false;
  let failures = 0;
  let cancelTimer: (() => void) | null = null;
  let running: { promise: Promise<void>; abort: AbortController } | null = null;

  const plan = (): void => {
    cancelTimer?.();
    cancelTimer = null;
    if (stopped) return;
    const view = value.peek() === undefined ? {} : outlook(value.peek() as T);
    const wait = nextWait(view, world.now(), world.hidden(), failures, pace);
    const asked = error.peek() instanceof ApiError ? (error.peek() as ApiError).retryAfterMs : null;
    if (wait !== null) cancelTimer = world.later(() => void ask(), Math.max(wait, asked ?? 0, 100));
  };

  const ask = (): Promise<void> => {
    if (running) return running.promise;
    cancelTimer?.();
    const abort = new AbortController();
    const once = async (): Promise<void> => {
      try {
        const next = await load(abort.signal, value.peek());
        if (stopped) return;
        if (next !== undefined) value.value = next;
        failures = 0;
        error.value = undefined;
      } catch (problem) {
        if (stopped || isAbort(problem)) return;
        failures += 1;
        error.value = problem;
      } finally {
        running = null;
        if (!stopped) {
          loading.value = false;
          plan();
        }
      }
    };
    const promise = once();
    running = { promise, abort };
    return promise;
  };

  const forgetVisible = world.onVisible(() => {
    const final = value.peek() !== undefined && outlook(value.peek() as T).final === true;
    if (!stopped && !final) void ask();
  });
  void ask();

  return {
    value,
    error,
    loading,
    async refresh() {
      // An answer under way may be older than what the caller has just done: ask once more after it.
      if (running) await running.promise;
      if (!stopped) await ask();
    },
    accept(next) {
      value.value = next;
      failures = 0;
      error.value = undefined;
      loading.value = false;
      plan();
    },
    stop() {
      stopped = true;
      cancelTimer?.();
      running?.abort.abort();
      forgetVisible();
    },
  };
}
