// How many messages match: exact, as far as the server could look without holding anything up.

import { isAbort, now } from '@godwit/kit';
import { useEffect, useReducer, useRef } from 'preact/hooks';

import type { MessageCount } from '../../api/contract';
import { api } from '../../app';
import { searchOf, type Term } from './filter';

export interface Count {
  count: number;
  living: number;
  complete: boolean;
  at: number; // When it was asked for.
}

/** Counts on until the end, telling how far it is. Errors are those of the requests. */
export async function countAll(terms: readonly Term[], tell: (sofar: Count) => void, signal: AbortSignal, pagesMax = Infinity): Promise<Count> {
  const total: Count = { count: 0, living: 0, complete: false, at: now.peek() };
  let cursor: string | null = null;
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const query = searchOf(terms);
    if (cursor !== null) query.set('cursor', cursor);
    const page: MessageCount = await api.get<MessageCount>(`/admin/v1/messages/count?${query.toString()}`, { signal });
    total.count += page.count;
    total.living += page.living;
    total.complete = page.cursor === null;
    tell({ ...total });
    if (total.complete) break;
    cursor = page.cursor;
  }
  return total;
}

/** Ids fit a request only a few at a time. */
const idsAtOnce = 100;

export async function countIds(ids: readonly string[], tell: (sofar: Count) => void, signal: AbortSignal): Promise<Count> {
  const total: Count = { count: 0, living: 0, complete: false, at: now.peek() };
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const part = await countAll(ids.slice(at, at + idsAtOnce).map((value) => ({ name: 'id', value })), () => undefined, signal);
    total.count += part.count;
    total.living += part.living;
    tell({ ...total });
  }
  total.complete = true;
  tell({ ...total });
  return total;
}

export interface CountState {
  value: Count | undefined;
  counting: boolean;
  failed: boolean;
  /** To the end, however long it takes. */
  countOn: () => void;
}

/** So far at once; a count of all is asked for. */
const pagesAtOnce = 5;
const cheapMs = 400;
const againMs = 10_000;

/** The count for a filter: one look at once; again every ten seconds while the list is live and looking costs little. */
export function useCount(terms: readonly Term[], live: boolean, version: number): CountState {
  const key = searchOf(terms).toString();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const state = useRef<{ key: string; value: Count | undefined; counting: boolean; failed: boolean; abort: AbortController | null }>({ key: '', value: undefined, counting: true, failed: false, abort: null });
  const took = useRef(Infinity);

  const run = async (pagesMax: number): Promise<void> => {
    state.current.abort?.abort();
    const abort = new AbortController();
    state.current = { ...state.current, abort, counting: true, failed: false };
    redraw(undefined);
    const begin = performance.now();
    try {
      const value = await countAll(terms, (sofar) => {
        // A count that is under way is told only where none stands yet: figures must not go back.
        if (state.current.abort !== abort || (state.current.value?.complete && !sofar.complete)) return;
        state.current = { ...state.current, value: sofar };
        redraw(undefined);
      }, abort.signal, pagesMax);
      if (state.current.abort !== abort) return;
      took.current = performance.now() - begin;
      state.current = { ...state.current, value, counting: false, abort: null };
    } catch (error) {
      if (isAbort(error) || state.current.abort !== abort) return;
      state.current = { ...state.current, counting: false, failed: true, abort: null };
    }
    redraw(undefined);
  };

  useEffect(() => {
    if (state.current.key !== key) state.current = { ...state.current, key, value: undefined };
    void run(pagesAtOnce);
    return () => state.current.abort?.abort();
  }, [key, version]);
  useEffect(() => {
    if (!live) return undefined;
    const timer = setInterval(() => {
      const { value, counting } = state.current;
      if (document.visibilityState === 'visible' && !counting && value?.complete && took.current < cheapMs) void run(1);
    }, againMs);
    return () => clearInterval(timer);
  }, [key, live]);

  const own = state.current.key === key ? state.current : { value: undefined, counting: true, failed: false };
  return { value: own.value, counting: own.counting, failed: own.failed, countOn: () => void run(Infinity) };
}
