import { Elapsed, formatDuration, RelativeTime } from '@godwit/kit';
import type { JSX } from 'preact';

import type { MessageRow, Waiting } from '../../api/contract';
import { t } from '../../i18n';

/** One short sentence: why the message is not being delivered this moment. */
export function waitingText({ reason, params }: Waiting): string {
  const text = (name: string): string => String(params[name] ?? '');
  const number = (name: string): number => Number(params[name] ?? 0);
  switch (reason) {
    case 'time':
      return t('messages.whyTime');
    case 'retry':
      return t('messages.whyRetry', { attempt: number('attempt'), of: number('of') });
    case 'queue':
      return 'position' in params ? t('messages.whyQueueAt', { queue: text('queue'), position: number('position') }) : t('messages.whyQueue', { queue: text('queue') });
    case 'queue_paused':
      return t('messages.whyQueuePaused', { queue: text('queue') });
    case 'flow_control_paused':
      return t('messages.whyKeyPaused', { key: text('key') });
    case 'rate':
      return t('messages.whyRate', { key: text('key'), rate: number('rate'), period: formatDuration(number('periodSeconds') * 1000) });
    case 'parallelism':
      return t('messages.whyParallelism', { key: text('key'), parallelism: number('parallelism') });
    case 'slot':
      return t('messages.whySlot');
    case 'active':
      return t('messages.whyActive');
    case 'canceling':
      return t('messages.whyCanceling');
    default:
      return t('messages.whyUnknown');
  }
}

/** The newest attempt's answer: a status, or that there was none. */
function Answer({ row }: { row: MessageRow }): JSX.Element | null {
  if (row.status === null && row.error === null) return null;
  const good = row.status !== null && row.status >= 200 && row.status < 300;
  const plain = row.status !== null && row.error === null;
  return (
    <span class="msgs-answer clip" data-tip={row.error !== null && row.error.length > 40 ? row.error : undefined}>
      <span class={`msgs-status numeric ${good ? 'text-success' : 'text-danger'}`}>{row.status ?? t('messages.noAnswer')}</span>
      {!plain && <span class="text-soft"> {row.error}</span>}
    </span>
  );
}

/** Two lines: why and when of a living message, the outcome of an ended one. */
export function Why({ row }: { row: MessageRow }): JSX.Element {
  const { waiting, state } = row;
  if (waiting === null) {
    const answer = Answer({ row });
    const words = state === 'delivered' ? t('messages.deliveredAnswer') : state === 'canceled' ? t('messages.canceledAnswer') : t('messages.failedAnswer');
    return <div class="msgs-why">{answer === null || state === 'canceled' ? <span class="text-soft clip">{words}</span> : answer}</div>;
  }
  const sentence = waitingText(waiting);
  const nextAt = waiting.nextAt ?? row.nextAt;
  const since = waiting.reason === 'active' ? waiting.params['since'] : undefined;
  return (
    <div class="msgs-why">
      <span class="clip" data-tip={sentence.length > 44 ? sentence : undefined}>
        {sentence}
        {typeof since === 'string' && (
          <span class="text-soft">
            {' · '}
            <Elapsed from={since} />
          </span>
        )}
      </span>
      <span class="msgs-second text-small text-soft">
        {nextAt !== null && (
          <span>
            {waiting.reason !== 'retry' && `${t('messages.next')} `}
            {waiting.estimated && <span data-tip={t('messages.nextEstimated')}>≈ </span>}
            <RelativeTime at={nextAt} />
          </span>
        )}
        <Answer row={row} />
      </span>
    </div>
  );
}
