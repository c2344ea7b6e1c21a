// Server-sent events with reconnection. While they do not come, `live` is false: polls then ask at
// their usual pace, and may be left to rest while it is true.

import { signal, type ReadonlySignal } from '@preact/signals';

export interface EventStream<M extends Record<string, unknown>> {
  readonly live: ReadonlySignal<boolean>;
  /** Calls `handler` for each event of that name until the returned function is called. */
  on<N extends keyof M & string>(name: N, handler: (payload: M[N]) => void): () => void;
  stop(): void;
}

/** How long to wait before connection number `attempt` (from 1): 1, 2, 4 ... 30 s. */
export function reconnectWait(attempt: number): number {
  return Math.min(1000 * 2 ** (attempt - 1), 30_000);
}

export function createEventStream<M extends Record<string, unknown>>(
  url: string,
  names: readonly (keyof M & string)[],
): EventStream<M> {
  const live = signal(false);
  const handlers = new Map<string, Set<(payload: never) => void>>();
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let stopped = false;

  const connect = (): void => {
    if (stopped || source || document.visibilityState === 'hidden') return;
    clearTimeout(timer);
    source = new EventSource(url);
    source.onopen = () => {
      attempt = 0;
      live.value = true;
    };
    // The browser's own reconnection hammers and gives up on some statuses: we close and pace it.
    source.onerror = () => {
      disconnect();
      attempt += 1;
      if (!stopped) timer = setTimeout(connect, reconnectWait(attempt));
    };
    for (const name of names) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        let payload: unknown;
        try {
          payload = JSON.parse(event.data);
        } catch {
          return; // A cut line; the next event or poll brings the state again.
        }
        for (const handler of handlers.get(name) ?? []) handler(payload as never);
      });
    }
  };
  const disconnect = (): void => {
    source?.close();
    source = null;
    live.value = false;
  };
  // Hidden pages let go: a browser has few connections for one server, and polls go on slowly.
  const onVisibility = (): void => {
    if (document.visibilityState === 'visible') connect();
    else disconnect();
  };
  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('online', connect);
  connect();

  return {
    live,
    on(name, handler) {
      const set = handlers.get(name) ?? new Set();
      handlers.set(name, set);
      set.add(handler);
      return () => set.delete(handler);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      removeEventListener('online', connect);
      disconnect();
    },
  };
}
