import { isAbort } from '@godwit/kit';
import { useEffect, useReducer, useRef } from 'preact/hooks';

export interface CursorPage<T> {
  items: readonly T[];
  cursor: string | null; // more may follow
}

export interface CursorList<T, P extends CursorPage<T>> {
  /** undefined: the first answer is still to come. */
  items: readonly T[] | undefined;
  /** The newest page, with whatever else it says. */
  last: P | undefined;
  cursor: string | null;
  loading: boolean;
  error: unknown;
  more: () => Promise<void>;
  reload: () => Promise<void>;
}

interface State<T, P> {
  key: string;
  items: readonly T[] | undefined;
  last: P | undefined;
  cursor: string | null;
  loading: boolean;
  error: unknown;
  abort: AbortController | null;
}

/** A list that the server gives page by page: what was read stays as it is, so that no row jumps. It
 *  begins anew when `key` changes. */
export function useCursorList<T, P extends CursorPage<T>>(key: string, load: (cursor: string | null, signal: AbortSignal) => Promise<P>): CursorList<T, P> {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const ref = useRef<State<T, P>>({ key, items: undefined, last: undefined, cursor: null, loading: false, error: undefined, abort: null });
  const latest = useRef(load);
  latest.current = load;

  const ask = async (anew: boolean): Promise<void> => {
    const state = ref.current;
    if (state.loading && !anew) return;
    state.abort?.abort();
    const abort = new AbortController();
    ref.current = { ...state, abort, loading: true, error: undefined };
    redraw(undefined);
    try {
      const page = await latest.current(anew ? null : state.cursor, abort.signal);
      if (ref.current.abort !== abort) return;
      const before = anew ? [] : (ref.current.items ?? []);
      ref.current = { ...ref.current, items: [...before, ...page.items], last: page, cursor: page.cursor, loading: false, abort: null };
    } catch (error) {
      if (isAbort(error) || ref.current.abort !== abort) return;
      ref.current = { ...ref.current, loading: false, error, abort: null };
    }
    redraw(undefined);
  };

  useEffect(() => {
    ref.current = { ...ref.current, key, items: undefined, last: undefined, cursor: null };
    void ask(true);
    return () => ref.current.abort?.abort();
  }, [key]);

  // Of another question: not shown for a moment as the answer to this one.
  const shown = ref.current.key === key ? ref.current : { ...ref.current, items: undefined, last: undefined, cursor: null, loading: true, error: undefined };
  return {
    items: shown.items,
    last: shown.last,
    cursor: shown.cursor,
    loading: shown.loading,
    error: shown.error,
    more: () => ask(false),
    reload: () => ask(true),
  };
}
