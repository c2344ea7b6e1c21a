import { Button, confirm, Dialog, formatClock, formatRelative, now, NumberInput, Switch, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Action } from '../../api/contract';
import { api, describeError } from '../../app';
import { t } from '../../i18n';
import { replayDuration } from './pace';

/** Which dead letters an action takes. */
export interface LetterFilter {
  host?: string;
  status?: number;
  fingerprint?: string;
  ids?: readonly string[];
}

/** Something that was asked for and goes on at the server: as it stands in the page's address. */
export interface Running {
  kind: 'replay' | 'delete';
  id: string;
}

export function runningOf(text: string | null | undefined): Running | null {
  const match = /^(replay|delete):(.+)$/.exec(text ?? '');
  return match?.[1] === undefined || match[2] === undefined ? null : { kind: match[1] as Running['kind'], id: match[2] };
}

const paceUsual = 60;

/** Asks how fast, and begins. */
export function ReplayDialog({ filter, count, exact, onClose }: { filter: LetterFilter; count: number; exact: boolean; onClose: (running: Running | null) => void }): JSX.Element {
  const [paced, setPaced] = useState(count > paceUsual);
  const [pace, setPace] = useState<number | null>(paceUsual);
  const [busy, setBusy] = useState(false);
  const perMinute = paced ? pace : null;
  const wrong = paced && (pace === null || pace < 1 || !Number.isInteger(pace));
  const start = async (): Promise<void> => {
    if (wrong) return;
    setBusy(true);
    try {
      const { id } = await api.post<Action>('/admin/v1/dead-letters/replay', { filter, ...(perMinute === null ? {} : { perMinute }) });
      onClose({ kind: 'replay', id });
    } catch (error) {
      toastError(describeError(error));
      setBusy(false);
    }
  };
  const end = now.value + replayDuration(count, perMinute);
  return (
    <Dialog
      title={t('dlq.replayTitle', { count })}
      size="small"
      onClose={() => onClose(null)}
      actions={
        <>
          <Button onClick={() => onClose(null)}>{t('common.cancel')}</Button>
          <Button variant="primary" busy={busy} disabled={wrong} onClick={() => void start()} testId="replay-start">
            {t('dlq.replayAction', { count })}
          </Button>
        </>
      }
    >
      <div class="stack">
        <p>{t('dlq.replayText')}</p>
        {!exact && <p class="text-warning">{t('dlq.replayCountIncomplete')}</p>}
        <Switch label={t('dlq.replayPaced')} hint={t('dlq.replayPacedHint')} checked={paced} onChange={setPaced} />
        {paced && <NumberInput label={t('dlq.replayPerMinute')} min={1} value={pace} error={wrong ? t('schedules.faultPositive') : undefined} onChange={setPace} name="perMinute" />}
        <p role="status" data-testid="replay-finish">
          {paced && !wrong && end - now.value >= 1000
            ? t('dlq.replayFinish', { when: formatRelative(end, now.value), at: formatClock(end, now.value) })
            : t('dlq.replayAtOnce')}
        </p>
      </div>
    </Dialog>
  );
}

/** Asks, saying how many, and begins to delete; null when it was not begun. */
export async function deleteLetters(filter: LetterFilter, count: number): Promise<Running | null> {
  const agreed = await confirm({ title: t('dlq.deleteTitle', { count }), text: t('dlq.deleteText'), action: t('dlq.deleteAction', { count }), danger: true });
  if (!agreed) return null;
  try {
    const { id } = await api.post<Action>('/admin/v1/dead-letters/delete', { filter });
    return { kind: 'delete', id };
  } catch (error) {
    toastError(describeError(error));
    return null;
  }
}
