import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';

import { createPoll, type Poll, type PollOptions } from '../../core/poll';
import { addShortcut } from '../../core/shortcuts';

/** A poll for as long as the component is shown; it starts anew when `key` changes. */
export function usePoll<T>(key: string, options: PollOptions<T>): Poll<T> {
  const poll = useMemo(() => createPoll(options), [key]);
  useEffect(() => () => poll.stop(), [poll]);
  return poll;
}

/** A shortcut for as long as the component is shown. `run` may close over the latest values. */
export function useShortcut(keys: string, label: () => string, run: (event: KeyboardEvent) => void, enabled = true): void {
  const latest = useRef({ label, run });
  latest.current = { label, run };
  useEffect(() => {
    if (!enabled) return undefined;
    return addShortcut({ keys, label: () => latest.current.label(), run: (event) => latest.current.run(event) });
  }, [keys, enabled]);
}

/** What the page's own <title> says: the product. */
const product = typeof document === 'undefined' ? '' : document.title;

/** The title of the browser's tab, before the product's name. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' || title === product ? product : `${title} · ${product}`;
  }, [title]);
}

/** A value that follows `source` once it has rested for `ms`: for questions asked while typing. */
export function useDebounced<T>(source: T, ms = 250): ReadonlySignal<T> {
  const settled = useSignal(source);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = source;
    }, ms);
    return () => clearTimeout(timer);
  }, [source, ms]);
  return settled;
}

export { useSignalEffect };
