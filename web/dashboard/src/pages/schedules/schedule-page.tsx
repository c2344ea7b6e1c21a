import {
  ApiError,
  Badge,
  Button,
  Callout,
  ClockTime,
  CopyButton,
  EmptyState,
  formatBytes,
  formatDuration,
  formatNumber,
  LinkButton,
  locale,
  PageHead,
  RelativeTime,
  Skeleton,
  Stat,
  Stats,
  usePoll,
  useTitle,
  type Column,
  type Tone,
} from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { CronPreview, MessagePage, MessageRow, MessageState } from '../../api/contract';
import type { Schedule } from '../../api/resources';
import { isHttpUrl } from '../../api/resources';
import { v2 } from '../../api/v2';
import { api, router, session } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { messagesHref } from '../resources/links';
import { changing } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { deleteSchedule, pauseSchedule, resumeSchedule, runSchedule, schedulePath } from './actions';
import { cronInWords } from './cron/words';
import { NextRuns } from './next-runs';
import { LastRun, ScheduleState } from './parts';

const historyLength = 20;
const historyPagesMax = 25;

const tones: Readonly<Record<MessageState, Tone>> = { waiting: 'neutral', retrying: 'warning', active: 'info', delivered: 'success', failed: 'danger', canceled: 'neutral' };

function stateText(state: MessageState): string {
  const texts: Readonly<Record<MessageState, string>> = {
    waiting: t('schedules.stateWaiting'),
    retrying: t('schedules.stateRetrying'),
    active: t('schedules.stateActive'),
    delivered: t('schedules.stateDelivered'),
    failed: t('schedules.stateFailed'),
    canceled: t('schedules.stateCanceled'),
  };
  return texts[state];
}

interface Runs {
  messages: MessageRow[];
  /** All that is kept was looked at, or there are as many as are shown. */
  complete: boolean;
}

/** The newest runs since the schedule is there. One page looks at a part of the messages only: others may lie between them. */
async function loadRuns({ scheduleId, createdAt }: Schedule, signal: AbortSignal): Promise<Runs> {
  const query = new URLSearchParams({ schedule: scheduleId, since: new Date(createdAt).toISOString(), limit: String(historyLength) });
  const messages: MessageRow[] = [];
  for (let pages = 0; pages < historyPagesMax; pages += 1) {
    const page = await api.get<MessagePage>(`/admin/v1/messages?${query.toString()}`, { signal });
    messages.push(...page.messages);
    if (page.cursor === null || messages.length >= historyLength) return { messages: messages.slice(0, historyLength), complete: true };
    query.set('cursor', page.cursor);
  }
  return { messages, complete: false };
}

function History({ schedule }: { schedule: Schedule }): JSX.Element {
  const { scheduleId: id, lastScheduleTime: lastRun } = schedule;
  // Asked anew after each run.
  const poll = usePoll<Runs>(`${id} ${lastRun ?? 0}`, { load: (signal) => loadRuns(schedule, signal) });
  const columns: Column<MessageRow>[] = [
    {
      key: 'id',
      title: t('schedules.historyMessage'),
      width: 'fill',
      cell: (row) => (
        <a class="row-link mono clip res-id" href={router.href('message', { id: row.id })}>
          {row.id}
        </a>
      ),
    },
    { key: 'at', title: t('schedules.historyAt'), width: 'narrow', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    { key: 'state', title: t('schedules.historyState'), width: 'narrow', cell: ({ state }) => <Badge tone={tones[state]} pulse={state === 'active'}>{stateText(state)}</Badge> },
    {
      key: 'attempts',
      title: t('schedules.historyAttempts'),
      width: 'medium',
      cell: ({ attempts, status, error, durationMs }) => (
        <span class="text-soft text-small clip">
          {[formatNumber(attempts), status === null ? error : String(status), durationMs === null ? null : formatDuration(durationMs)].filter(Boolean).join(' · ')}
        </span>
      ),
    },
  ];
  const rows = poll.value.value?.messages;
  const nothing = poll.value.value?.complete === false ? t('schedules.historyFar') : t('schedules.historyEmpty');
  return (
    <section class="res-block" aria-labelledby="history-title">
      <div class="res-head">
        <h2 id="history-title">{t('schedules.historyTitle')}</h2>
        <a href={messagesHref({ schedule: id })}>{t('schedules.historyAll')}</a>
      </div>
      {rows === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={3} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : rows.length === 0 ? (
        <p class="text-soft">{nothing}</p>
      ) : (
        <CardTable label={t('schedules.historyTitle')} columns={columns} rows={rows} keyOf={(row) => row.id} onOpen={(row) => void router.go(router.href('message', { id: row.id }))} />
      )}
    </section>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function headerText(headers: Schedule['header']): string {
  return Object.entries(headers ?? {})
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}`))
    .join('\n');
}

function Definition({ schedule }: { schedule: Schedule }): JSX.Element {
  const flow = [
    schedule.rate ? `${formatNumber(schedule.rate)} / ${formatDuration((schedule.period ?? 1) * 1000)}` : '',
    schedule.parallelism ? `× ${formatNumber(schedule.parallelism)}` : '',
  ].filter(Boolean);
  const headers = headerText(schedule.header);
  return (
    <section class="res-block" aria-labelledby="definition-title">
      <div class="res-head">
        <h2 id="definition-title">{t('schedules.definitionTitle')}</h2>
      </div>
      <dl class="res-facts">
        <Fact label={isHttpUrl(schedule.destination) ? t('schedules.destination') : t('schedules.group')}>
          {isHttpUrl(schedule.destination) ? (
            <span class="mono wrap-anywhere">{schedule.destination}</span>
          ) : (
            <a href={router.href('urlGroup', { name: schedule.destination })}>{schedule.destination}</a>
          )}
        </Fact>
        <Fact label={t('schedules.method')}>{schedule.method}</Fact>
        <Fact label={t('schedules.retries')}>{formatNumber(schedule.retries)}</Fact>
        {schedule.retryDelayExpression && <Fact label={t('schedules.retryDelay')}><code>{schedule.retryDelayExpression}</code></Fact>}
        {schedule.delay !== undefined && <Fact label={t('schedules.delay')}>{formatDuration(schedule.delay * 1000)}</Fact>}
        {schedule.timeout !== undefined && <Fact label={t('schedules.timeout')}>{formatDuration(schedule.timeout * 1000)}</Fact>}
        {schedule.queueName && <Fact label={t('schedules.queue')}><a href={router.href('queue', { name: schedule.queueName })}>{schedule.queueName}</a></Fact>}
        {schedule.labels && schedule.labels.length > 0 && <Fact label={t('schedules.labels')}>{schedule.labels.join(', ')}</Fact>}
        {schedule.flowControlKey && (
          <Fact label={t('schedules.flowControl')}>
            <a href={router.href('flowControlKey', { key: schedule.flowControlKey })}>{schedule.flowControlKey}</a> {flow.join(', ')}
          </Fact>
        )}
        {schedule.callback && <Fact label={t('schedules.callback')}><span class="mono wrap-anywhere">{schedule.callback}</span></Fact>}
        {schedule.failureCallback && <Fact label={t('schedules.failureCallback')}><span class="mono wrap-anywhere">{schedule.failureCallback}</span></Fact>}
        {headers !== '' && <Fact label={t('schedules.headers')}><pre class="code-block">{headers}</pre></Fact>}
        <Fact label={t('schedules.body')}>
          {schedule.body !== undefined && schedule.body !== '' ? (
            <pre class="code-block code-tall">{schedule.body}</pre>
          ) : schedule.bodyBase64 ? (
            t('schedules.bodyBinary', { size: formatBytes(Math.floor((schedule.bodyBase64.length * 3) / 4)) })
          ) : (
            <span class="text-faint">{t('schedules.bodyEmpty')}</span>
          )}
        </Fact>
      </dl>
    </section>
  );
}

/** One schedule: when it runs, what it publishes, what became of it. */
export function SchedulePage({ id }: { id: string }): JSX.Element {
  useTitle(id);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const path = schedulePath(id);
  const poll = usePoll<Schedule>(path, {
    load: (signal) => v2.get<Schedule>(path, { signal }),
    outlook: ({ nextScheduleTime, isPaused }) => ({ dueAt: isPaused ? null : (nextScheduleTime ?? null) }),
  });
  const schedule = poll.value.value;
  const previewPath = schedule && `/admin/v1/schedules/preview?${new URLSearchParams({ cron: schedule.cron, count: '10' }).toString()}`;
  const preview = usePoll<CronPreview | null>(`${previewPath ?? ''} ${schedule?.nextScheduleTime ?? 0}`, {
    load: (signal) => (previewPath === undefined ? Promise.resolve(null) : api.get<CronPreview>(previewPath, { signal })),
    outlook: () => ({ final: true }),
  });
  const error = poll.error.value;
  const back = { href: router.href('schedules'), label: t('schedules.back') };
  const then = (changed: boolean): void => {
    if (changed) void poll.refresh();
  };
  const gone = error instanceof ApiError && error.status === 404;
  if (gone || schedule === undefined) {
    return (
      <>
        <PageHead title={<span class="wrap-anywhere">{id}</span>} back={back} />
        {gone ? (
          <EmptyState icon="search" title={t('resources.notFoundTitle')}>
            {t('resources.notFoundText')}
          </EmptyState>
        ) : error === undefined ? (
          <Skeleton lines={5} height="row" />
        ) : (
          <LoadFailed error={error} retry={() => poll.refresh()} />
        )}
      </>
    );
  }
  const runs = preview.value.value;
  return (
    <div ref={box} class="stack">
      <PageHead
        title={
          <span class="wrap-anywhere">
            {id} <CopyButton text={id} />
          </span>
        }
        back={back}
        actions={
          <>
            <Button variant="primary" icon="bolt" {...changing()} onClick={() => void runSchedule(id).then(then)} testId="schedule-run">
              {t('schedules.runNow')}
            </Button>
            {schedule.isPaused ? (
              <Button icon="play" {...changing()} onClick={() => void resumeSchedule(id).then(then)} testId="schedule-resume">
                {t('resources.resume')}
              </Button>
            ) : (
              <Button icon="pause" {...changing()} onClick={() => void pauseSchedule(id).then(then)} testId="schedule-pause">
                {t('resources.pause')}
              </Button>
            )}
            {session.value?.readOnly ? (
              <Button icon="edit" {...changing()}>
                {t('resources.edit')}
              </Button>
            ) : (
              <LinkButton icon="edit" href={router.href('scheduleEdit', { id })} testId="schedule-edit">
                {t('resources.edit')}
              </LinkButton>
            )}
            <Button variant="danger" icon="trash" {...changing()} onClick={() => void deleteSchedule(id).then((deleted) => deleted && router.go(router.href('schedules')))} testId="schedule-delete">
              {t('resources.delete')}
            </Button>
          </>
        }
      >
        {cronInWords(schedule.cron, locale.value) ?? t('schedules.cronUnknown')} <code>{schedule.cron}</code>
      </PageHead>
      {schedule.isPaused && <Callout tone="warning">{t('schedules.pausedNote')}</Callout>}
      {schedule.error && (
        <Callout tone="danger" title={t('schedules.errorTitle')}>
          {schedule.error}
        </Callout>
      )}
      <Stats>
        <Stat label={t('schedules.columnNext')}>
          {schedule.isPaused || schedule.nextScheduleTime === undefined ? '—' : <RelativeTime at={new Date(schedule.nextScheduleTime).toISOString()} />}
        </Stat>
        <Stat label={t('schedules.columnLast')}>
          {schedule.lastScheduleTime === undefined ? t('schedules.never') : <RelativeTime at={new Date(schedule.lastScheduleTime).toISOString()} />} <LastRun schedule={schedule} />
        </Stat>
        <Stat label={t('schedules.columnState')}>
          <ScheduleState paused={schedule.isPaused} />
        </Stat>
        <Stat label={t('schedules.created')}>
          <ClockTime at={new Date(schedule.createdAt).toISOString()} />
        </Stat>
      </Stats>
      <section class="res-block" aria-labelledby="next-title">
        <div class="res-head">
          <h2 id="next-title">{t('schedules.nextTitle')}</h2>
        </div>
        {runs ? runs.valid ? <NextRuns preview={runs} /> : <p class="text-soft">{runs.error}</p> : preview.error.value === undefined ? <Skeleton lines={3} /> : <LoadFailed error={preview.error.value} retry={() => preview.refresh()} />}
      </section>
      <History schedule={schedule} />
      <Definition schedule={schedule} />
    </div>
  );
}
