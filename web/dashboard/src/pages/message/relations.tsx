import type { ComponentChildren, JSX } from 'preact';

import type { Relations } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';

function Line({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="side-line">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function MessageLink({ id }: { id: string }): JSX.Element {
  return (
    <a class="mono wrap-anywhere" href={router.href('message', { id })}>
      {id}
    </a>
  );
}

/** What a message has to do with, each a link. On a dead letter's own page it is not named again. */
export function RelationsView({ relations, ofLetter = false }: { relations: Relations; ofLetter?: boolean }): JSX.Element | null {
  const { schedule, queue, urlGroup, endpoint, flowControlKey, callbackOf, callbacks, deadLetter, deduplication, replayOf, replayedAs } = relations;
  const letter = ofLetter ? null : deadLetter;
  if (![schedule, queue, urlGroup, flowControlKey, callbackOf, letter, deduplication, replayOf].some((one) => one !== null) && callbacks.length === 0 && replayedAs.length === 0) return null;
  return (
    <section class="side-part" aria-labelledby="relations-title">
      <h2 id="relations-title" class="res-title">
        {t('message.relationsTitle')}
      </h2>
      <dl class="side-lines">
        {schedule !== null && (
          <Line name={t('message.relSchedule')}>
            <a class="wrap-anywhere" href={router.href('schedule', { id: schedule })}>
              {schedule}
            </a>
          </Line>
        )}
        {queue !== null && (
          <Line name={t('message.relQueue')}>
            <a class="wrap-anywhere" href={router.href('queue', { name: queue })}>
              {queue}
            </a>
          </Line>
        )}
        {urlGroup !== null && (
          <Line name={t('message.relGroup')}>
            <a class="wrap-anywhere" href={router.href('urlGroup', { name: urlGroup })}>
              {urlGroup}
            </a>
            {endpoint !== null && <span class="text-soft">, {endpoint}</span>}
          </Line>
        )}
        {flowControlKey !== null && (
          <Line name={t('message.relKey')}>
            <a class="wrap-anywhere" href={router.href('flowControlKey', { key: flowControlKey })}>
              {flowControlKey}
            </a>
          </Line>
        )}
        {callbackOf !== null && (
          <Line name={t('message.relCallbackOf')}>
            <MessageLink id={callbackOf} />
          </Line>
        )}
        {callbacks.length > 0 && (
          <Line name={t('message.relCallbacks')}>
            <ul>
              {callbacks.map(({ id, failure }) => (
                <li key={id}>
                  <MessageLink id={id} />
                  {failure && <span class="text-soft"> {t('message.relFailureCallback')}</span>}
                </li>
              ))}
            </ul>
          </Line>
        )}
        {letter !== null && (
          <Line name={t('message.relDeadLetter')}>
            <a class="mono wrap-anywhere" href={router.href('deadLetter', { id: letter })}>
              {letter}
            </a>
          </Line>
        )}
        {deduplication !== null && (
          <Line name={t('message.relDuplicates')}>
            <span class="wrap-anywhere">{deduplication.id === null ? t('message.relSameContent') : t('message.relSameId', { id: deduplication.id })}</span>
          </Line>
        )}
        {replayOf !== null && <Line name={t('message.relReplayOf')}>{replayOf.message === null ? <span class="mono">{replayOf.deadLetter}</span> : <MessageLink id={replayOf.message} />}</Line>}
        {replayedAs.length > 0 && (
          <Line name={t('message.relReplayedAs')}>
            <ul>
              {replayedAs.map((id) => (
                <li key={id}>
                  <MessageLink id={id} />
                </li>
              ))}
            </ul>
          </Line>
        )}
      </dl>
    </section>
  );
}
