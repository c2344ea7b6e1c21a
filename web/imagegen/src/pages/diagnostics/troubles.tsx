import { Badge, Button, ClockTime, confirm, Elapsed, formatNumber, LinkButton, RelativeTime, toast, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Diagnostics, Generation, Task } from '../../api/contract';
import { api, describeError, router } from '../../app';
import { t } from '../../i18n';
import { WebhookLog } from './webhook-log';

const quotaPage = 'https://ai.google.dev/gemini-api/docs/rate-limits';

/** Does something to a task or generation and tells how it went. */
async function act(what: () => Promise<unknown>, done: string, after: () => Promise<void>): Promise<void> {
  try {
    await what();
    toast(done);
  } catch (error) {
    toastError(describeError(error));
  }
  await after();
}

function RateLimit({ trouble, refresh }: { trouble: Diagnostics['rateLimits'][number]; refresh: () => Promise<void> }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const rate = trouble.suggestedRateLimit;
  const lower = async (): Promise<void> => {
    setBusy(true);
    await act(
      () => api.post<Generation>(`/api/generations/${encodeURIComponent(trouble.generationId)}/replan`, { rateLimit: rate }),
      t('diagnostics.lowered', { rate }),
      refresh,
    );
    setBusy(false);
  };
  return (
    <li class="card trouble">
      <div class="trouble-head">
        <a class="row-link" href={router.href('generation', { id: trouble.generationId })}>
          {trouble.name}
        </a>
        <Badge tone="warning">{t('diagnostics.limitsCount', { count: trouble.count })}</Badge>
      </div>
      <dl class="facts">
        <dt>{t('diagnostics.limitsQuota')}</dt>
        <dd class="mono text-small">{trouble.quota}</dd>
        <dt>{t('diagnostics.limitsLast')}</dt>
        <dd>
          <RelativeTime at={trouble.at} />
        </dd>
      </dl>
      <div class="row">
        <Button variant="primary" size="small" busy={busy} onClick={() => void lower()}>
          {t('diagnostics.lower', { rate: formatNumber(rate) })}
        </Button>
        <LinkButton size="small" icon="external" href={quotaPage} external>
          {t('diagnostics.quotaPage')}
        </LinkButton>
      </div>
    </li>
  );
}

export function RateLimitTroubles({ troubles, refresh }: { troubles: Diagnostics['rateLimits']; refresh: () => Promise<void> }): JSX.Element {
  if (troubles.length === 0) return <p class="text-soft">{t('diagnostics.limitsNone')}</p>;
  return (
    <ul class="stack">
      {troubles.map((trouble) => (
        <RateLimit key={trouble.generationId} trouble={trouble} refresh={refresh} />
      ))}
    </ul>
  );
}

function StuckTask({ task, refresh }: { task: Diagnostics['stuck'][number]; refresh: () => Promise<void> }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const path = `/api/tasks/${encodeURIComponent(task.taskId)}`;
  const results = `/api/task-results?generationId=${encodeURIComponent(task.generationId)}&taskIds=${encodeURIComponent(task.taskId)}&debug=1`;
  const run = async (what: () => Promise<unknown>, done: string): Promise<void> => {
    setBusy(true);
    await act(what, done, refresh);
    setBusy(false);
  };
  // A task is retried from its end: the call that never came back is given up first.
  const retry = async (): Promise<Task> => {
    if (task.status === 'processing') await api.post(`${path}/fail`, {});
    return api.post<Task>(`${path}/retry`, {});
  };
  const fail = async (): Promise<void> => {
    const sure = await confirm({
      title: t('diagnostics.failTitle'),
      text: t('diagnostics.failText'),
      action: t('diagnostics.fail'),
      danger: true,
    });
    if (sure) await run(() => api.post(`${path}/fail`, {}), t('diagnostics.failedNow'));
  };
  const { brokerMessage, lease, webhookLog } = task.debug;
  return (
    <li class="card trouble" data-testid="stuck-task">
      <div class="trouble-head">
        <a class="row-link" href={router.href('generation', { id: task.generationId })}>
          {t('diagnostics.stuckTask', { index: task.index + 1 })}
        </a>
        {task.startedAt && (
          <Badge tone="danger">
            {t('diagnostics.stuckSince')} <Elapsed from={task.startedAt} />
          </Badge>
        )}
      </div>
      <p class="clip-2 text-soft">{task.prompt}</p>
      <dl class="facts">
        <dt>{t('diagnostics.stuckBroker')}</dt>
        <dd>
          {brokerMessage ? (
            <>
              <span class="mono text-small">{brokerMessage.state}</span> <span class="text-soft">{brokerMessage.detail}</span>
            </>
          ) : (
            t('diagnostics.stuckBrokerNone')
          )}
          {task.messageUrl && (
            <>
              {' · '}
              <a href={task.messageUrl} target="_blank" rel="noopener noreferrer">
                {t('diagnostics.openMessages')}
              </a>
            </>
          )}
        </dd>
        {lease && (
          <>
            <dt>{t('diagnostics.stuckLease')}</dt>
            <dd>
              {lease.lapsed ? t('diagnostics.leaseLapsed') : t('diagnostics.leaseUntil')} <ClockTime at={lease.until} />
            </dd>
          </>
        )}
        <dt>{t('diagnostics.stuckResults')}</dt>
        <dd>
          <a class="mono text-small" href={results} target="_blank">
            /api/task-results
          </a>
        </dd>
      </dl>
      <details class="details">
        <summary>{t('diagnostics.stuckLog')}</summary>
        {webhookLog.length === 0 ? <p class="text-soft">{t('diagnostics.stuckLogNone')}</p> : <WebhookLog calls={webhookLog} brief />}
      </details>
      <div class="row">
        <Button size="small" icon="retry" busy={busy} onClick={() => void run(retry, t('diagnostics.retried'))}>
          {t('diagnostics.retry')}
        </Button>
        <Button size="small" disabled={busy} onClick={() => void fail()}>
          {t('diagnostics.fail')}
        </Button>
      </div>
    </li>
  );
}

export function StuckTasks({ tasks, refresh }: { tasks: Diagnostics['stuck']; refresh: () => Promise<void> }): JSX.Element {
  if (tasks.length === 0) return <p class="text-soft">{t('diagnostics.stuckNone')}</p>;
  return (
    <ul class="stack">
      {tasks.map((task) => (
        <StuckTask key={task.taskId} task={task} refresh={refresh} />
      ))}
    </ul>
  );
}
