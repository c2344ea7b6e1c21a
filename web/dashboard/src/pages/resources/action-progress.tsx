import { ApiError, Button, Callout, ProgressBar, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Action } from '../../api/contract';
import { api, describeError } from '../../app';
import { t } from '../../i18n';

export interface ActionProgressProps {
  id: string;
  title: string;
  /** It has ended: once, also when it had before this was shown. */
  onEnd: () => void;
  onDismiss: () => void;
}

/** Something that goes on at the server: how far it is, until it has ended. Leaving the page does not stop it. */
export function ActionProgress({ id, title, onEnd, onDismiss }: ActionProgressProps): JSX.Element {
  const poll = usePoll<Action>(id, {
    load: (signal) => api.get<Action>(`/admin/v1/actions/${encodeURIComponent(id)}`, { signal }),
    outlook: ({ state }) => ({ final: state !== 'running' }),
    pace: { usualMs: 700, nearMs: 700, hiddenMs: 5000 },
  });
  const action = poll.value.value;
  const error = poll.error.value;
  const ended = action !== undefined && action.state !== 'running';
  const told = useRef(false);
  useEffect(() => {
    if (!ended || told.current) return;
    told.current = true;
    onEnd();
  }, [ended]);
  const gone = error instanceof ApiError && error.status === 404;
  const text =
    gone || (action === undefined && error !== undefined)
      ? gone
        ? t('resources.actionGone')
        : describeError(error)
      : action === undefined || (action.state === 'running' && action.total === null)
        ? t('resources.actionStarting')
        : action.state === 'failed'
          ? t('resources.actionFailed', { done: action.done, error: action.error ?? '' })
          : action.state === 'done'
            ? t('resources.actionDone', { done: action.done })
            : t('resources.actionOf', { done: action.done, total: action.total ?? 0 });
  const failed = action?.state === 'failed' || (error !== undefined && !gone);
  return (
    <Callout tone={failed ? 'danger' : action?.state === 'done' ? 'success' : 'info'} title={title} live={ended} testId="action">
      <div class="action-line">
        <span class="numeric">{text}</span>
        {(ended || gone) && (
          <Button size="small" variant="ghost" onClick={onDismiss}>
            {t('resources.actionDismiss')}
          </Button>
        )}
      </div>
      {action?.state === 'running' && action.total !== null && (
        <ProgressBar thin label={title} max={action.total} parts={[{ value: action.done, tone: 'info' }]} />
      )}
    </Callout>
  );
}
