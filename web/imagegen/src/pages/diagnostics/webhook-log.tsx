import { Badge, ClockTime, formatDuration, formatNumber, Segmented, Table, type Column, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { WebhookCall } from '../../api/contract';
import { t } from '../../i18n';

function toneOf(status: number): Tone {
  if (status < 300) return 'success';
  if (status === 503 || status === 429) return 'warning';
  return status === 0 ? 'neutral' : 'danger';
}

/** What the webhook answered, call by call. */
export function WebhookLog({ calls, brief = false }: { calls: readonly WebhookCall[]; brief?: boolean }): JSX.Element {
  const columns: Column<WebhookCall>[] = [
    { key: 'time', title: t('diagnostics.logTime'), width: 'narrow', cell: (call) => <ClockTime at={call.at} /> },
    {
      key: 'status',
      title: t('diagnostics.logStatus'),
      width: 'narrow',
      cell: (call) => <Badge tone={toneOf(call.status)}>{call.status === 0 ? '…' : call.status}</Badge>,
    },
    { key: 'code', title: t('diagnostics.logCode'), width: 'fill', cell: (call) => <span class="mono text-small">{call.code}</span> },
    { key: 'attempt', title: t('diagnostics.logAttempt'), align: 'end', width: 'narrow', secondary: true, cell: (call) => formatNumber(call.attempt) },
    { key: 'duration', title: t('diagnostics.logDuration'), align: 'end', width: 'narrow', cell: (call) => formatDuration(call.durationMs) },
  ];
  if (!brief) {
    columns.push(
      { key: 'task', title: t('diagnostics.logTask'), width: 'narrow', secondary: true, cell: (call) => <span class="mono text-small text-soft">{call.taskId ?? '–'}</span> },
      { key: 'message', title: t('diagnostics.logMessage'), width: 'narrow', secondary: true, cell: (call) => <span class="mono text-small text-soft clip-id">{call.messageId ?? '–'}</span> },
    );
  }
  return <Table label={t('diagnostics.logTitle')} columns={columns} rows={calls} keyOf={(call) => `${call.at}${call.messageId ?? ''}${call.attempt}`} />;
}

export function WebhookLogSection({ calls }: { calls: readonly WebhookCall[] }): JSX.Element {
  const [errorsOnly, setErrorsOnly] = useState<'all' | 'errors'>('all');
  const shown = errorsOnly === 'all' ? calls : calls.filter((call) => call.status >= 300);
  return (
    <section class="block" id="webhook" aria-labelledby="webhook-title">
      <div class="block-head">
        <div>
          <h2 class="section-title" id="webhook-title">
            {t('diagnostics.logTitle')}
          </h2>
          <p class="section-lead">{t('diagnostics.logLead')}</p>
        </div>
        {calls.length > 0 && (
          <Segmented
            label={t('diagnostics.logTitle')}
            value={errorsOnly}
            onChange={setErrorsOnly}
            options={[
              { value: 'all', label: t('diagnostics.logAll') },
              { value: 'errors', label: t('diagnostics.logErrors') },
            ]}
          />
        )}
      </div>
      {calls.length === 0 ? (
        <p class="text-soft">{t('diagnostics.logNone')}</p>
      ) : shown.length === 0 ? (
        <p class="text-soft">{t('diagnostics.logNoErrors')}</p>
      ) : (
        <WebhookLog calls={shown} />
      )}
    </section>
  );
}
