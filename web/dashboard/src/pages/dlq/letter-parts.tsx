import { Callout, formatBytes, formatDuration, formatExact } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Attempt, Body, DeadLetterDetail } from '../../api/contract';
import { t } from '../../i18n';
import { StatusBadge } from './groups-view';

function BodyText({ body }: { body: Body }): JSX.Element {
  if (body.bytes === 0) return <p class="text-faint">{t('schedules.bodyEmpty')}</p>;
  if (body.redacted) return <p class="text-faint">{t('dlq.lockRedacted')}</p>;
  if (body.text === null) return <p class="text-faint">{t('schedules.bodyBinary', { size: formatBytes(body.bytes) })}</p>;
  return <pre class="code-block code-tall" tabIndex={0}>{body.text}</pre>;
}

function AttemptLine({ attempt }: { attempt: Attempt }): JSX.Element {
  const started = Date.parse(attempt.startedAt);
  const ms = attempt.timing?.totalMs ?? (attempt.endedAt === null ? null : Date.parse(attempt.endedAt) - started);
  return (
    <li class="letter-attempt">
      <span class="numeric text-soft">{attempt.number}</span>
      <time dateTime={attempt.startedAt} class="numeric">
        {formatExact(started)}
      </time>
      <StatusBadge status={attempt.status} />
      <span class="text-soft numeric">{ms === null ? '' : formatDuration(ms)}</span>
      <span class="letter-attempt-error text-small wrap-anywhere">{attempt.error}</span>
    </li>
  );
}

/** Why it was given up: the error, what the destination answered, all attempts. */
export function LetterParts({ letter }: { letter: DeadLetterDetail }): JSX.Element {
  const last = letter.attemptList[letter.attemptList.length - 1];
  return (
    <>
      {letter.error && (
        <Callout tone="danger" title={t('dlq.errorTitle')}>
          <span class="wrap-anywhere">{letter.error}</span>
        </Callout>
      )}
      {last?.responseBody && last.responseBody.bytes > 0 && (
        <section class="res-block" aria-labelledby="response-title">
          <div class="res-head">
            <h2 id="response-title">{t('dlq.responseTitle')}</h2>
          </div>
          <BodyText body={last.responseBody} />
        </section>
      )}
      {letter.attemptList.length > 0 && (
        <section class="res-block" aria-labelledby="attempts-title">
          <div class="res-head">
            <h2 id="attempts-title">{t('dlq.attemptsTitle')}</h2>
          </div>
          <ol class="letter-attempts">
            {letter.attemptList.map((attempt) => (
              <AttemptLine key={attempt.number} attempt={attempt} />
            ))}
          </ol>
        </section>
      )}
    </>
  );
}
