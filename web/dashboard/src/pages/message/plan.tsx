import { Button } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { MessageDetail } from '../../api/contract';
import { t } from '../../i18n';
import { Filled } from './places';
import { ExactClock, Until } from './time';

const shownAtFirst = 4;

/** The attempts that are left, and when each would be made. */
export function Plan({ plan, waiting }: Pick<MessageDetail, 'plan' | 'waiting'>): JSX.Element | null {
  const [all, setAll] = useState(false);
  if (plan.length === 0) return null;
  const shown = all ? plan : plan.slice(0, shownAtFirst);
  // Behind something that takes nobody knows how long, times are the earliest ones.
  const sure = plan[0]?.at !== null && waiting?.reason !== 'active' && waiting?.estimated !== true;
  return (
    <section class="message-section" aria-labelledby="plan-title">
      <h2 id="plan-title" class="res-title">
        {t('message.planTitle')}
      </h2>
      <ol class="plan">
        {shown.map(({ number, at }, index) => (
          <li key={number} class="plan-line">
            <span class="plan-name">{t('message.attempt', { number })}</span>
            {at === null ? (
              <span class="plan-wide text-soft">{t(index === 0 && waiting?.reason !== 'active' ? 'message.planWhenTurn' : 'message.planAfter')}</span>
            ) : sure ? (
              <>
                <Until at={at} />
                <span class="text-soft">
                  <ExactClock at={at} />
                </span>
              </>
            ) : (
              <span class="plan-wide text-soft">
                <Filled text={t.find('message.planEarliest') ?? ''} places={{ clock: <ExactClock at={at} /> }} />
              </span>
            )}
            {index === 0 && sure && <span class="text-faint text-small">{t('message.planNext')}</span>}
          </li>
        ))}
      </ol>
      {plan.length > shown.length && (
        <div>
          <Button size="small" variant="ghost" onClick={() => setAll(true)}>
            {t('message.planMore', { count: plan.length - shown.length })}
          </Button>
        </div>
      )}
      <p class="text-small text-faint">{t('message.planLead')}</p>
    </section>
  );
}
