import { ApiError, Callout, CopyButton, EmptyState, formatDuration, Icon, LinkButton, PageHead, Rich, Skeleton, usePoll, useShortcut, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { MessageDetail, Setting } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { PayloadView } from '../../payload/payload-view';
import { LoadFailed } from '../../shell/problems';
import { DiffView } from '../dlq/diff-view';
import { CopyAs, LivingActions, runNow, runNowHindrance } from './actions';
import { Attempts } from './attempts';
import { parseDuration } from '../builder/duration';
import { Facts } from './facts';
import { HeadersTable } from './headers-table';
import { History } from './history';
import { messagesBackHref } from './last-list';
import { Plan } from './plan';
import { RelationsView } from './relations';
import { tell } from './sentence';
import { Sentence } from './sentence-view';
import { StateBadge, stateTones } from './status';
import { changing } from '../resources/may';
import { useMessage } from './use-message';

const retentionSetting = 'engine.log_retention';

/** In place of a message that is not there: why that may be, and how long messages are kept here. */
function Missing(): JSX.Element {
  const poll = usePoll<{ settings: Setting[] }>('settings', { load: (signal) => api.get<{ settings: Setting[] }>('/admin/v1/settings', { signal }), outlook: () => ({ final: true }) });
  const value = poll.value.value?.settings.find(({ name }) => name === retentionSetting)?.value;
  const ms = value === undefined ? null : parseDuration(value);
  return (
    <EmptyState icon="search" title={t('message.notFoundTitle')} actions={<LinkButton href={messagesBackHref()}>{t('message.keyBack')}</LinkButton>}>
      <p>{t('message.notFoundText')}</p>
      {value !== undefined && (
        <p>
          <Rich text={t('message.notFoundKept', { kept: ms === null ? value : formatDuration(ms), setting: retentionSetting })} />
        </p>
      )}
    </EmptyState>
  );
}

const stateIcons = { waiting: 'clock', retrying: 'retry', active: 'bolt', delivered: 'check', failed: 'error', canceled: 'stop' } as const;

/** One message: why it waits or how it ended, what was tried, what it carries. */
export function MessagePage({ id }: { id: string }): JSX.Element {
  useTitle(id);
  const poll = useMessage(id);
  const message = poll.value.value;
  const error = poll.error.value;
  const menu = useRef<HTMLSpanElement>(null);
  const refresh = (): void => void poll.refresh();

  useShortcut('Escape', () => t('message.keyBack'), () => void router.go(messagesBackHref()));
  useShortcut('KeyR', () => t('message.runNow'), () => message && !changing().disabled && runNowHindrance(message) === null && void runNow(message).then(refresh));
  useShortcut('KeyC', () => t('message.keyCopy'), () => menu.current?.querySelector('button')?.click());

  const back = { href: messagesBackHref(), label: t('message.back') };
  const missing = error instanceof ApiError && error.status === 404;
  if (message === undefined) {
    return (
      <>
        <PageHead title={<span class="mono letter-title wrap-anywhere">{id}</span>} back={back} />
        {missing ? <Missing /> : error === undefined ? <Skeleton lines={6} height="row" /> : <LoadFailed error={error} retry={() => poll.refresh()} />}
      </>
    );
  }
  return (
    <div class="stack message-page">
      <PageHead
        title={
          <span class="mono letter-title message-url">
            <span class="message-method">{message.method}</span> {message.url}
          </span>
        }
        back={back}
        actions={
          <>
            {message.relations.deadLetter !== null && (
              <LinkButton variant="primary" icon="retry" href={router.href('deadLetter', { id: message.relations.deadLetter })}>
                {t('message.repair')}
              </LinkButton>
            )}
            <LivingActions message={message} done={refresh} />
            <CopyAs message={message} anchor={menu} />
          </>
        }
      >
        <span class="message-id">
          <span class="mono wrap-anywhere">{message.id}</span>
          <CopyButton text={message.id} label={t('message.copyId')} />
        </span>
      </PageHead>
      <div class={`message-sentence message-${stateTones[message.state]}`} data-testid="sentence">
        <Icon name={stateIcons[message.state]} size={20} />
        <p>
          <Sentence pieces={tell(message)} />
        </p>
        <StateBadge state={message.state} />
      </div>
      {missing && (
        <Callout tone="warning" title={t('message.goneTitle')}>
          {t('message.goneText')}
        </Callout>
      )}
      {message.degraded && <Callout tone="warning">{t('message.degraded')}</Callout>}
      <div class="message-columns">
        <div class="message-main">
          <Attempts message={message} />
          <Plan plan={message.plan} waiting={message.waiting} />
          <MessageContent message={message} />
          <Changes message={message} />
        </div>
        <aside class="message-side">
          <RelationsView relations={message.relations} />
          <Facts message={message} />
          <History events={message.events} />
        </aside>
      </div>
    </div>
  );
}

/** What every attempt carries. */
export function MessageContent({ message }: { message: MessageDetail }): JSX.Element {
  return (
    <>
      <section class="message-section" aria-labelledby="body-title">
        <h2 id="body-title" class="res-title">
          {t('message.bodyTitle')}
        </h2>
        <PayloadView body={message.body} path={`/admin/v1/messages/${encodeURIComponent(message.id)}/body`} label={t('message.bodyTitle')} />
      </section>
      <section class="message-section" aria-labelledby="headers-title">
        <h2 id="headers-title" class="res-title">
          {t('message.headersTitle')}
        </h2>
        <HeadersTable lines={message.headers} label={t('message.headersTitle')} />
      </section>
    </>
  );
}

/** What somebody repaired before it was sent again. */
function Changes({ message }: { message: MessageDetail }): JSX.Element | null {
  const { changes } = message.relations;
  if (changes.length === 0) return null;
  return (
    <section class="message-section" aria-labelledby="changes-title">
      <h2 id="changes-title" class="res-title">
        {t('message.relChanges')}
      </h2>
      <DiffView changes={changes} />
    </section>
  );
}
