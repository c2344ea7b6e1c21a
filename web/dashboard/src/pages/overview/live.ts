import { createEventStream, learnServerTime, usePoll, type Poll } from '@godwit/kit';
import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import type { Overview } from '../../api/contract';
import { api } from '../../app';
import { ratesOf, withMoment, type Moment, type Rates } from './rates';

export interface LiveOverview {
  poll: Poll<Overview>;
  live: ReadonlySignal<boolean>;
  /** What the totals grew by lately; null until that is known. */
  rates: ReadonlySignal<Rates | null>;
}

/** The overview once a second from the event stream, and every few seconds by asking while that is interrupted. */
export function useOverview(): LiveOverview {
  const poll = usePoll<Overview>('overview', { load: (signal) => api.get<Overview>('/admin/v1/overview', { signal }) });
  const live = useSignal(false);
  const moments = useSignal<readonly Moment[]>([]);
  const rates = useSignal<Rates | null>(null);
  useEffect(() => {
    const stream = createEventStream<{ overview: Overview }>('/admin/v1/events', ['overview']);
    const forget = stream.on('overview', (value) => poll.accept(value));
    const follow = stream.live.subscribe((value) => {
      // An answer of its own ends what the page says about a server that was away.
      if (value && !live.peek() && poll.error.peek() !== undefined) void poll.refresh();
      live.value = value;
    });
    return () => {
      follow();
      forget();
      stream.stop();
    };
  }, [poll]);
  useSignalEffect(() => {
    const value = poll.value.value;
    if (value === undefined) return;
    learnServerTime(value.now);
    moments.value = withMoment(moments.peek(), { at: Date.parse(value.now), totals: value.totals });
    rates.value = ratesOf(moments.peek());
  });
  return { poll, live, rates };
}
