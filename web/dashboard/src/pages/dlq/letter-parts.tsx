import { Callout } from '@godwit/kit';
import type { JSX } from 'preact';

import type { DeadLetterDetail } from '../../api/contract';
import { t } from '../../i18n';
import { PayloadView } from '../../payload/payload-view';
import { Attempts } from '../message/attempts';
import { Facts } from '../message/facts';
import { History } from '../message/history';
import { RelationsView } from '../message/relations';
import { bodyLock, isCutShort } from './edit';

/** Why it was given up: the error, all attempts with what the destination answered, and what it belongs to. */
export function LetterParts({ letter }: { letter: DeadLetterDetail }): JSX.Element {
  // What the editor below shows as text is not shown twice.
  const edited = bodyLock(letter.body) === null && !isCutShort(letter.body);
  return (
    <>
      {letter.error && (
        <Callout tone="danger" title={t('dlq.errorTitle')}>
          <span class="wrap-anywhere">{letter.error}</span>
        </Callout>
      )}
      {letter.degraded && <Callout tone="warning">{t('message.degraded')}</Callout>}
      <div class="message-columns">
        <div class="message-main">
          <Attempts message={letter} />
          {!edited && (
            <section class="message-section" aria-labelledby="body-title">
              <h2 id="body-title" class="res-title">
                {t('message.bodyTitle')}
              </h2>
              <PayloadView body={letter.body} path={`/admin/v1/messages/${encodeURIComponent(letter.id)}/body`} label={t('message.bodyTitle')} />
            </section>
          )}
        </div>
        <aside class="message-side">
          <RelationsView relations={letter.relations} ofLetter />
          <Facts message={letter} />
          <History events={letter.events} />
        </aside>
      </div>
    </>
  );
}
