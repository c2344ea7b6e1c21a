import { Callout, CopyButton, Dot, formatDuration, formatRelative, now, Rich, usePoll, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { MessageDetail, MessageState } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';

export interface Receipt {
  messageId: string;
  url?: string;
  deduplicated?: boolean;
}
export type Sent = { kind: 'messages'; receipts: readonly Receipt[] } | { kind: 'schedule'; id: string } | { kind: 'refused'; message: string; answered: boolean };

/** What an accepted publish answers: one receipt, those of a group, or a schedule's id. */
export function sentOf(answer: unknown): Sent {
  if (Array.isArray(answer)) return { kind: 'messages', receipts: answer as Receipt[] };
  const { scheduleId } = answer as { scheduleId?: unknown };
  if (typeof scheduleId === 'string') return { kind: 'schedule', id: scheduleId };
  return { kind: 'messages', receipts: [answer as Receipt] };
}

const stateTexts = {
  waiting: 'builder.stateWaiting',
  retrying: 'builder.stateRetrying',
  active: 'builder.stateActive',
  delivered: 'builder.stateDelivered',
  failed: 'builder.stateFailed',
  canceled: 'builder.stateCanceled',
} as const satisfies Record<MessageState, string>;
const tones: Readonly<Record<MessageState, Tone>> = { waiting: 'neutral', retrying: 'warning', active: 'info', delivered: 'success', failed: 'danger', canceled: 'neutral' };

const followedMax = 5;

/** What becomes of a message, as long as something does. */
function Followed({ id }: { id: string }): JSX.Element | null {
  const message = usePoll<MessageDetail>(`sent ${id}`, {
    load: (signal) => api.get<MessageDetail>(`/admin/v1/messages/${encodeURIComponent(id)}`, { signal }),
    outlook: ({ state, nextAt }) => ({ final: state === 'delivered' || state === 'failed' || state === 'canceled', dueAt: nextAt === null ? null : Date.parse(nextAt), adviceMs: state === 'active' || state === 'waiting' ? 1000 : 5000 }),
  }).value.value;
  if (!message) return null;
  const { state, status, error, durationMs, nextAt } = message;
  const facts = [
    status === null || status === 0 ? null : String(status),
    durationMs === null ? null : t('builder.inTime', { duration: formatDuration(durationMs) }),
    (state === 'waiting' || state === 'retrying') && nextAt !== null ? `${t('builder.stateNext')} ${formatRelative(Date.parse(nextAt), now.value)}` : null,
  ].filter(Boolean);
  return (
    <span class="sent-state" role="status">
      <Dot tone={tones[state]} pulse={state === 'active'} />
      <strong>{t(stateTexts[state])}</strong>
      <span class="text-soft numeric text-small">{facts.join(' · ')}</span>
      {error !== null && state !== 'delivered' && <span class="text-danger text-small sent-error">{error}</span>}
    </span>
  );
}

function Message({ receipt, follow }: { receipt: Receipt; follow: boolean }): JSX.Element {
  return (
    <li class="sent">
      <span class="sent-id">
        <a class="mono text-small clip" href={router.href('message', { id: receipt.messageId })} data-testid="sent-message">
          {receipt.messageId}
        </a>
        <CopyButton text={receipt.messageId} />
      </span>
      {receipt.url !== undefined && <span class="mono text-small text-soft wrap-anywhere">{receipt.url}</span>}
      {receipt.deduplicated === true && <span class="text-warning text-small">{t('builder.deduplicated')}</span>}
      {follow && <Followed id={receipt.messageId} />}
    </li>
  );
}

/** How it went: the message with its state, or why not. */
export function Result({ sent }: { sent: Sent }): JSX.Element {
  if (sent.kind === 'refused') {
    return (
      <Callout tone="danger" title={sent.answered ? t('builder.refused') : t('builder.notAnswered')} live testId="builder-refused">
        {sent.answered ? <span class="wrap-anywhere">{sent.message}</span> : <Rich text={t('builder.notAnsweredText')} />}
      </Callout>
    );
  }
  if (sent.kind === 'schedule') {
    return (
      <Callout tone="success" title={t('builder.scheduleMade')} live testId="builder-sent">
        <a href={router.href('schedule', { id: sent.id })}>{t('builder.showSchedule')}</a>
      </Callout>
    );
  }
  return (
    <Callout tone="success" title={t('builder.accepted', { count: sent.receipts.length })} testId="builder-sent">
      <ul class="sents">
        {sent.receipts.map((receipt, index) => (
          <Message key={receipt.messageId} receipt={receipt} follow={index < followedMax} />
        ))}
      </ul>
    </Callout>
  );
}
