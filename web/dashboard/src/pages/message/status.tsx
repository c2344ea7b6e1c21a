import { Badge, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Attempt, MessageState } from '../../api/contract';
import { t } from '../../i18n';

export const stateTones: Readonly<Record<MessageState, Tone>> = { waiting: 'neutral', retrying: 'warning', active: 'info', delivered: 'success', failed: 'danger', canceled: 'neutral' };

const stateTexts = {
  waiting: 'message.stateWaiting',
  retrying: 'message.stateRetrying',
  active: 'message.stateActive',
  delivered: 'message.stateDelivered',
  failed: 'message.stateFailed',
  canceled: 'message.stateCanceled',
} as const;

export function StateBadge({ state }: { state: MessageState }): JSX.Element {
  return (
    <Badge tone={stateTones[state]} pulse={state === 'active'}>
      {t(stateTexts[state])}
    </Badge>
  );
}

/** What came of an attempt, in a word. */
export function AttemptBadge({ attempt: { endedAt, status, diagnosis } }: { attempt: Attempt }): JSX.Element {
  if (endedAt === null) {
    return (
      <Badge tone="info" pulse>
        {t('message.underWay')}
      </Badge>
    );
  }
  if (status === null || status === 0) return <Badge tone="danger">{t('message.noAnswer')}</Badge>;
  return <Badge tone={diagnosis === null ? 'success' : status < 500 ? 'warning' : 'danger'}>{status}</Badge>;
}
