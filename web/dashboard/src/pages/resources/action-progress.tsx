import { Callout, Elapsed, ProgressBar, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Action } from '../../api/contract';
import { api } from '../../app';
import { t } from '../../i18n';

/** Something that goes on at the server: how far it is, until it has ended. */
export function ActionProgress({ action, title, since, onEnd }: { action: Action; title: string; since: string; onEnd: () => void }): JSX.Element {
  const poll = usePoll<Action>(action.id, {
    load: (signal) => api.get<Action>(`/admin/v1/actions/${encodeURIComponent(action.id)}`, { signal }),
    outlook: ({ state }) => ({ final: state !== 'running' }),
    pace: { usualMs: 700, nearMs: 700, hiddenMs: 5000 },
  });
  const now = poll.value.value ?? action;
  const told = useRef(false);
  useEffect(() => {
    if (now.state === 'running' || told.current) return;
    told.current = true;
    onEnd();
  }, [now.state]);
  const text =
    now.state === 'failed'
      ? t('resources.actionFailed', { done: now.done, error: now.error ?? '' })
      : now.state === 'done'
        ? t('resources.actionDone', { done: now.done })
        : now.total === null
          ? t('resources.actionStarting')
          : t('resources.actionOf', { done: now.done, total: now.total });
  return (
    <Callout tone={now.state === 'failed' ? 'danger' : now.state === 'done' ? 'success' : 'info'} title={title} live={now.state !== 'running'} testId="action">
      <div class="action-line">
        <span class="numeric">{text}</span>
        {now.state === 'running' && (
          <span class="text-soft">
            <Elapsed from={since} />
          </span>
        )}
      </div>
      {now.state === 'running' && now.total !== null && (
        <ProgressBar thin label={title} max={now.total} parts={[{ value: now.done, tone: 'info' }]} />
      )}
    </Callout>
  );
}
