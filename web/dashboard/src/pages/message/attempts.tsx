import { Button, Elapsed, Icon, RelativeTime, Tabs } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Attempt, MessageDetail } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import { PayloadView } from '../../payload/payload-view';
import { DiagnosisView } from './diagnosis-view';
import { HeadersTable } from './headers-table';
import { announcedBytes } from './sentence';
import { AttemptBadge } from './status';
import { formatMs } from './time';
import { Waterfall } from './waterfall-view';

/** The part of a message that its attempts are shown with. */
export type Attempted = Pick<MessageDetail, 'id' | 'url' | 'method' | 'state' | 'attemptList' | 'degraded'>;

const shownAtFirst = 10;

type Part = 'response' | 'responseHeaders' | 'requestHeaders';

function Exchange({ message, attempt }: { message: Attempted; attempt: Attempt }): JSX.Element {
  const [part, setPart] = useState<Part>('response');
  const { number, responseBody, responseHeaders, requestHeaders } = attempt;
  const label = t('message.attempt', { number });
  const tabs: { value: Part; label: string; count?: number | undefined }[] = [
    { value: 'response', label: t('message.response') },
    { value: 'responseHeaders', label: t('message.responseHeaders'), count: responseHeaders?.length },
    { value: 'requestHeaders', label: t('message.requestHeaders'), count: requestHeaders?.length },
  ];
  const shown = attempt.responseHeaders === null ? tabs.filter(({ value }) => value === 'requestHeaders') : tabs;
  const value = shown.some((tab) => tab.value === part) ? part : 'requestHeaders';
  return (
    <Tabs label={label} value={value} tabs={shown} onChange={setPart}>
      {value === 'response' ? (
        responseBody === null ? (
          <p class="text-soft">{t('message.responseNone')}</p>
        ) : (
          <PayloadView
            body={responseBody}
            path={`/admin/v1/messages/${encodeURIComponent(message.id)}/attempts/${number}/body`}
            label={t('message.response')}
            announced={announcedBytes(responseHeaders)}
          />
        )
      ) : value === 'responseHeaders' ? (
        <HeadersTable lines={responseHeaders ?? []} label={t('message.responseHeaders')} />
      ) : (
        <div class="stack stack-small">
          <HeadersTable lines={requestHeaders ?? []} label={t('message.requestHeaders')} />
          <p class="text-small text-faint">{t('message.requestHeadersNote')}</p>
        </div>
      )}
    </Tabs>
  );
}

function AttemptBody({ message, attempt }: { message: Attempted; attempt: Attempt }): JSX.Element {
  return (
    <div class="attempt-body">
      {attempt.diagnosis && <DiagnosisView diagnosis={attempt.diagnosis} url={message.url} method={message.method} />}
      {attempt.error && (
        <p class="attempt-error">
          <span class="text-soft">{t('message.errorLabel')}: </span>
          <span class="mono wrap-anywhere">{attempt.error}</span>
        </p>
      )}
      {attempt.timing ? <Waterfall timing={attempt.timing} number={attempt.number} /> : attempt.endedAt !== null && <p class="text-small text-faint">{t('message.noTimings')}</p>}
      <Exchange message={message} attempt={attempt} />
      {attempt.callback !== null && (
        <p class="text-small">
          <span class="text-soft">{t('message.callbackMade')}: </span>
          <a class="mono" href={router.href('message', { id: attempt.callback })}>
            {attempt.callback}
          </a>
        </p>
      )}
    </div>
  );
}

function AttemptItem({ message, attempt, newest }: { message: Attempted; attempt: Attempt; newest: boolean }): JSX.Element {
  const [open, setOpen] = useState(newest);
  const ms = attempt.timing?.totalMs ?? (attempt.endedAt === null ? null : Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt));
  return (
    <li class="attempt" data-testid="attempt">
      <button type="button" class="attempt-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class={`attempt-arrow${open ? ' attempt-arrow-open' : ''}`}>
          <Icon name="chevronRight" size={14} />
        </span>
        <span class="attempt-name">{t('message.attempt', { number: attempt.number })}</span>
        <AttemptBadge attempt={attempt} />
        <span class="attempt-hint text-small text-soft clip">{open ? '' : attempt.error}</span>
        <span class="attempt-ms numeric text-soft">{ms === null ? <Elapsed from={attempt.startedAt} /> : formatMs(ms)}</span>
        <span class="attempt-when text-small text-soft">
          <RelativeTime at={attempt.startedAt} />
        </span>
      </button>
      {open && <AttemptBody message={message} attempt={attempt} />}
    </li>
  );
}

/** What was tried, the newest first and open; one that comes while somebody reads comes open as well. */
export function Attempts({ message }: { message: Attempted }): JSX.Element {
  const [all, setAll] = useState(false);
  useEffect(() => setAll(false), [message.id]);
  const newestFirst = [...message.attemptList].reverse();
  const shown = all ? newestFirst : newestFirst.slice(0, shownAtFirst);
  const living = message.state === 'waiting' || message.state === 'retrying' || message.state === 'active';
  return (
    <section class="message-section" aria-labelledby="attempts-title">
      <h2 id="attempts-title" class="res-title">
        {t('message.attemptsTitle')}
      </h2>
      {newestFirst.length === 0 ? (
        <p class="text-soft">{t(living ? 'message.attemptsNone' : message.degraded ? 'message.attemptsLost' : 'message.attemptsNoneEnded')}</p>
      ) : (
        <ol class="attempts">
          {shown.map((attempt, index) => (
            <AttemptItem key={attempt.number} message={message} attempt={attempt} newest={index === 0} />
          ))}
        </ol>
      )}
      {newestFirst.length > shown.length && (
        <div>
          <Button size="small" variant="ghost" onClick={() => setAll(true)}>
            {t('message.attemptsOlder', { count: newestFirst.length - shown.length })}
          </Button>
        </div>
      )}
    </section>
  );
}
