import { formatDuration, formatNumber } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { MessageDetail } from '../../api/contract';
import { t } from '../../i18n';
import { messagesHref } from '../resources/links';
import { ExactClock } from './time';

function Line({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="side-line">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function flowLimits({ rate, periodSeconds, parallelism }: NonNullable<MessageDetail['flowControl']>): string {
  return [
    rate === null ? null : t('message.factFlowRate', { rate, period: formatDuration(periodSeconds * 1000) }),
    parallelism === null ? null : t('message.factFlowParallelism', { count: parallelism }),
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/** How it is delivered: what its publisher asked for. */
export function Facts({ message }: { message: MessageDetail }): JSX.Element {
  const { flowControl, labels } = message;
  const used = Math.min(Math.max(0, message.attempts - 1), message.retriesMax);
  return (
    <section class="side-part" aria-labelledby="facts-title">
      <h2 id="facts-title" class="res-title">
        {t('message.factsTitle')}
      </h2>
      <dl class="side-lines">
        <Line name={t('message.factPublished')}>
          <ExactClock at={message.createdAt} />
        </Line>
        {message.notBefore !== null && (
          <Line name={t('message.factNotBefore')}>
            <ExactClock at={message.notBefore} />
          </Line>
        )}
        <Line name={t('message.factRetries')}>{message.retriesMax === 0 ? formatNumber(0) : t('message.factRetriesUsed', { used, most: message.retriesMax })}</Line>
        <Line name={t('message.factRetryDelay')}>
          {message.retryDelay === null ? (
            <span class="text-soft">{t('message.factRetryDelayDefault')}</span>
          ) : (
            <code data-tip={t('message.factRetryDelayTip')} tabIndex={0}>
              {message.retryDelay}
            </code>
          )}
        </Line>
        <Line name={t('message.factTimeout')}>
          {message.timeoutSeconds === null ? <span class="text-soft">{t('message.factTimeoutDefault')}</span> : formatDuration(message.timeoutSeconds * 1000)}
        </Line>
        {flowControl !== null && <Line name={t('message.factFlow')}>{flowLimits(flowControl)}</Line>}
        {labels.length > 0 && (
          <Line name={t('message.factLabels')}>
            <span class="res-chips">
              {labels.map((label) => (
                <a key={label} class="res-tag" href={messagesHref({ label })}>
                  {label}
                </a>
              ))}
            </span>
          </Line>
        )}
        {message.callback !== null && (
          <Line name={t('message.factCallback')}>
            <span class="mono text-small wrap-anywhere">{message.callback}</span>
          </Line>
        )}
        {message.failureCallback !== null && (
          <Line name={t('message.factFailureCallback')}>
            <span class="mono text-small wrap-anywhere">{message.failureCallback}</span>
          </Line>
        )}
        {message.callerIp !== null && (
          <Line name={t('message.factCallerIp')}>
            <span class="mono">{message.callerIp}</span>
          </Line>
        )}
      </dl>
    </section>
  );
}
