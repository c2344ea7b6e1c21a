import { ApiError, Button, Callout, Dialog, formatNumber, isAbort, now, ProgressBar, TextInput, toast, toastError, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Action } from '../../api/contract';
import { api, describeError } from '../../app';
import { t } from '../../i18n';
import { bodyOf, type Term } from './filter';
import { fixedTerms } from './follow';
import { writeTyped } from './typed';
import { countAll, countIds, type Count } from './use-count';

/** What is to be cancelled: rows that somebody chose, or all that a filter matches. */
export type CancelWish = { ids: readonly string[] } | { terms: readonly Term[] };

/** Above this number it is typed. */
const typedAbove = 1000;

/** Counts exactly, says what will happen, asks, and begins. */
export function CancelDialog({ wish, onClose }: { wish: CancelWish; onClose: (action: string | null) => void }): JSX.Element {
  // Times are nailed down when it opens, so that what was counted is what is cancelled.
  const [terms] = useState(() => ('terms' in wish ? fixedTerms(wish.terms, now.peek()) : null));
  const [count, setCount] = useState<Count | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    setFailed(null);
    const counted = 'ids' in wish ? countIds(wish.ids, setCount, abort.signal) : countAll(terms ?? [], setCount, abort.signal);
    counted.catch((error: unknown) => {
      if (!isAbort(error)) setFailed(error);
    });
    return () => abort.abort();
  }, [attempt]);
  const living = count?.complete ? count.living : null;
  const mustType = living !== null && living > typedAbove;
  const agreed = living !== null && living > 0 && (!mustType || typed.replaceAll(/\D/g, '') === String(living));
  const start = async (): Promise<void> => {
    if (!agreed) return;
    setBusy(true);
    try {
      const filter = 'ids' in wish ? { id: [...wish.ids] } : bodyOf(terms ?? []);
      const { id } = await api.post<Action>('/admin/v1/messages/cancel', { filter });
      onClose(id);
    } catch (error) {
      toastError(describeError(error));
      setBusy(false);
    }
  };
  const filter = 'terms' in wish ? writeTyped(wish.terms) : '';
  return (
    <Dialog
      title={t('messages.cancelTitle')}
      size="small"
      testId="cancel-dialog"
      onClose={() => onClose(null)}
      actions={
        <>
          <Button onClick={() => onClose(null)}>{t('messages.cancelKeep')}</Button>
          <Button variant="danger" busy={busy} disabled={!agreed} onClick={() => void start()} testId="cancel-start">
            {living === null || living === 0 ? t('messages.cancelTitle') : t('messages.cancelConfirm', { count: living })}
          </Button>
        </>
      }
    >
      <div class="stack">
        {'terms' in wish && <p class="msgs-filter-text">{filter === '' ? t('messages.cancelOfAll') : t('messages.cancelOf', { filter })}</p>}
        <div role="status" data-testid="cancel-count">
          {failed !== null ? (
            <Callout tone="danger" actions={<Button size="small" icon="retry" onClick={() => setAttempt((before) => before + 1)}>{t('common.retry')}</Button>}>
              {describeError(failed)}
            </Callout>
          ) : living === null ? (
            <span class="msgs-counting text-soft numeric">
              <span class="spinner" aria-hidden="true" />
              {t('messages.cancelCounting', { count: count?.living ?? 0 })}
            </span>
          ) : living === 0 ? (
            t('messages.cancelNone')
          ) : (
            <strong class="numeric">{t('messages.cancelCount', { count: living })}</strong>
          )}
        </div>
        {'ids' in wish && living !== null && living > 0 && wish.ids.length > living && <p class="text-soft">{t('messages.cancelEnded', { count: wish.ids.length - living })}</p>}
        {living !== 0 && <p class="text-soft">{t('messages.cancelText')}</p>}
        {mustType && <TextInput label={t('messages.cancelType', { count: formatNumber(living) })} value={typed} autoFocus onChange={setTyped} onEnter={() => void start()} name="count" />}
      </div>
    </Dialog>
  );
}

/** How far a cancel has come, and its exact result. Leaving the page does not stop it. */
export function CancelProgress({ id, onEnd, onDismiss }: { id: string; onEnd: () => void; onDismiss: () => void }): JSX.Element {
  const poll = usePoll<Action>(id, {
    load: (signal) => api.get<Action>(`/admin/v1/actions/${encodeURIComponent(id)}`, { signal }),
    outlook: ({ state }) => ({ final: state !== 'running' }),
    pace: { usualMs: 500, nearMs: 500, hiddenMs: 5000 },
  });
  const action = poll.value.value;
  const error = poll.error.value;
  const gone = error instanceof ApiError && error.status === 404;
  const ended = action !== undefined && action.state !== 'running';
  const total = action?.total ?? null;
  const result =
    action?.state === 'done'
      ? [t('messages.cancelDone', { count: action.done }), total !== null && total > action.done ? t('messages.cancelDoneOthers', { count: total - action.done }) : ''].filter(Boolean).join(' ')
      : null;
  const told = useRef(false);
  useEffect(() => {
    if (!ended || told.current) return;
    told.current = true;
    if (result !== null) toast(result);
    onEnd();
  }, [ended]);
  const text = gone
    ? t('messages.cancelGone')
    : action === undefined
      ? error === undefined ? t('messages.cancelFinding') : describeError(error)
      : action.state === 'failed'
        ? t('messages.cancelFailed', { done: action.done, error: action.error ?? '' })
        : (result ?? (total === null ? t('messages.cancelFinding') : t('messages.cancelProgress', { done: action.done, total })));
  const tone = gone ? 'info' : action?.state === 'failed' || (action === undefined && error !== undefined) ? 'danger' : action?.state === 'done' ? 'success' : 'info';
  return (
    <Callout tone={tone} {...(ended || gone ? {} : { title: t('messages.cancelRunning') })} live={ended} testId="cancel-progress">
      <div class="action-line">
        <span class="numeric">{text}</span>
        {(ended || gone) && (
          <Button size="small" variant="ghost" onClick={onDismiss}>
            {t('resources.actionDismiss')}
          </Button>
        )}
      </div>
      {action?.state === 'running' && total !== null && <ProgressBar thin label={t('messages.cancelRunning')} max={total} parts={[{ value: action.done, tone: 'info' }]} />}
    </Callout>
  );
}
