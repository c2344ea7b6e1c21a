import { Dot, Icon, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { MessageDetail } from '../../api/contract';
import { t } from '../../i18n';
import { ExactClock } from './time';

const tones: Readonly<Record<string, Tone>> = { ACTIVE: 'info', RETRY: 'warning', ERROR: 'danger', FAILED: 'danger', DELIVERED: 'success' };

/** The rows of its log, the newest last. */
export function History({ events }: Pick<MessageDetail, 'events'>): JSX.Element | null {
  if (events.length === 0) return null;
  return (
    <details class="side-part side-history">
      <summary>
        <Icon name="chevronRight" size={14} />
        <h2 class="res-title">{t('message.historyTitle')}</h2>
        <span class="tab-count">{events.length}</span>
      </summary>
      <ol class="history">
        {events.map(({ at, state }, index) => (
          <li key={index} class="history-line">
            <Dot tone={tones[state] ?? 'neutral'} />
            <span data-tip={t.find(`logs.means${state}`) ?? undefined}>{t.find(`logs.state${state}`) ?? state}</span>
            <span class="text-soft text-small">
              <ExactClock at={at} />
              <span class="text-faint numeric">{at.slice(19, 23)}</span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}
