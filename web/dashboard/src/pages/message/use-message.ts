import { ApiError, createEventStream, usePoll, type Poll } from '@godwit/kit';
import { useEffect, useRef } from 'preact/hooks';

import type { LiveRows, MessageDetail, Waiting } from '../../api/contract';
import { api } from '../../app';

/** Rows of the message's log tell when to read again. What moves without a row of its own, a place in a
 *  line or an estimate, is read now and then. */
const quietMs = 60_000;
const movingMs = 5000;
const withoutStreamMs = 3000;

const moves: readonly Waiting['reason'][] = ['queue', 'queue_paused', 'flow_control_paused', 'rate', 'parallelism', 'slot'];

/** One message, kept up to date while it lives and while somebody looks. */
export function useMessage(id: string): Poll<MessageDetail> {
  const live = useRef(false);
  const path = `/admin/v1/messages/${encodeURIComponent(id)}`;
  const poll = usePoll<MessageDetail>(path, {
    load: (signal) => api.get<MessageDetail>(path, { signal }),
    outlook: ({ waiting }) => {
      if (waiting === null) return { final: true };
      const due = waiting.nextAt === null ? null : Date.parse(waiting.nextAt);
      if (!live.current) return { adviceMs: withoutStreamMs, dueAt: due };
      return { adviceMs: moves.includes(waiting.reason) ? movingMs : quietMs };
    },
  });
  const missing = poll.error.value instanceof ApiError && poll.error.value.status === 404;
  const ended = missing || (poll.value.value !== undefined && poll.value.value.waiting === null);
  useEffect(() => {
    if (ended) return undefined;
    const stream = createEventStream<{ rows: LiveRows }>(`/admin/v1/events?tail=1&id=${encodeURIComponent(id)}`, ['rows']);
    const forget = stream.on('rows', () => void poll.refresh());
    // Rows may have come while nobody listened: read once after each connection.
    const forgetLive = stream.live.subscribe((connected) => {
      live.current = connected;
      if (connected) void poll.refresh();
    });
    return () => {
      forget();
      forgetLive();
      stream.stop();
      live.current = false;
    };
  }, [id, ended]);
  return poll;
}
