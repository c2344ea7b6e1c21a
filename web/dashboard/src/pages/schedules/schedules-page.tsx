import { Button, EmptyState, LinkButton, Menu, PageHead, RelativeTime, Segmented, Skeleton, TextInput, usePoll, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { Schedule } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router, session } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { changing, changingItem } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { deleteSchedule, pauseSchedule, resumeSchedule, runSchedule } from './actions';
import { CalendarView } from './calendar-view';
import { CronWords, LastRun, ScheduleState } from './parts';

/** All schedules: when each runs, how its last run went; and the calendar of what is ahead. */
export function SchedulesPage(): JSX.Element {
  useTitle(t('schedules.title'));
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const query = router.current.value?.query;
  const search = query?.get('search') ?? '';
  const view = query?.get('view') === 'calendar' ? 'calendar' : 'list';
  const poll = usePoll<Schedule[]>('schedules', {
    load: (signal) => v2.get<Schedule[]>('/v2/schedules', { signal }),
    outlook: (schedules) => ({ dueAt: Math.min(...schedules.filter(({ isPaused }) => !isPaused).map(({ nextScheduleTime }) => nextScheduleTime ?? Infinity)) }),
  });
  const then = (changed: boolean): void => {
    if (changed) void poll.refresh();
  };
  const columns: Column<Schedule>[] = [
    {
      key: 'schedule',
      title: t('schedules.columnSchedule'),
      width: 'fill',
      cell: ({ scheduleId, destination }) => (
        <span class="two-lines">
          <a class="row-link clip" href={router.href('schedule', { id: scheduleId })}>
            {scheduleId}
          </a>
          <span class="text-soft text-small mono clip">{destination}</span>
        </span>
      ),
    },
    { key: 'when', title: t('schedules.columnWhen'), width: 'wide', cell: ({ cron }) => <CronWords cron={cron} /> },
    {
      key: 'next',
      title: t('schedules.columnNext'),
      width: 'narrow',
      cell: ({ nextScheduleTime, isPaused }) =>
        isPaused ? (
          <span class="text-faint">—</span>
        ) : nextScheduleTime === undefined ? (
          <span class="text-faint">{t('schedules.noNext')}</span>
        ) : (
          <RelativeTime at={new Date(nextScheduleTime).toISOString()} />
        ),
    },
    {
      key: 'last',
      title: t('schedules.columnLast'),
      width: 'medium',
      secondary: true,
      cell: (schedule) => (
        <span class="two-lines">
          {schedule.lastScheduleTime === undefined ? <span class="text-faint">{t('schedules.never')}</span> : <RelativeTime at={new Date(schedule.lastScheduleTime).toISOString()} />}
          <LastRun schedule={schedule} />
        </span>
      ),
    },
    { key: 'state', title: t('schedules.columnState'), width: 'narrow', cell: ({ isPaused }) => <ScheduleState paused={isPaused} /> },
    {
      key: 'actions',
      title: t('resources.actions'),
      hideTitle: true,
      width: 'narrow',
      align: 'end',
      cell: ({ scheduleId: id, isPaused }) => (
        <Menu
          items={[
            { label: t('schedules.runNow'), icon: 'bolt', ...changingItem(), run: () => void runSchedule(id).then(then) },
            isPaused
              ? { label: t('resources.resume'), icon: 'play', ...changingItem(), run: () => void resumeSchedule(id).then(then) }
              : { label: t('resources.pause'), icon: 'pause', ...changingItem(), run: () => void pauseSchedule(id).then(then) },
            { label: t('resources.edit'), icon: 'edit', ...changingItem(), run: () => void router.go(router.href('scheduleEdit', { id })) },
            'separator',
            { label: t('resources.delete'), icon: 'trash', danger: true, ...changingItem(), run: () => void deleteSchedule(id).then(then) },
          ]}
        />
      ),
    },
  ];
  const create = session.value?.readOnly ? (
    <Button variant="primary" icon="plus" {...changing()}>
      {t('schedules.create')}
    </Button>
  ) : (
    <LinkButton variant="primary" icon="plus" href={router.href('scheduleNew')} testId="schedule-new">
      {t('schedules.create')}
    </LinkButton>
  );
  const all = poll.value.value;
  const needle = search.trim().toLowerCase();
  const shown = all?.filter(({ scheduleId, destination, cron }) => `${scheduleId} ${destination} ${cron}`.toLowerCase().includes(needle));
  return (
    <div ref={box}>
      <PageHead title={t('schedules.title')} actions={create}>
        {t('schedules.lead')}
      </PageHead>
      {all === undefined || shown === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={5} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : all.length === 0 ? (
        <EmptyState icon="clock" title={t('schedules.emptyTitle')}>
          {t('schedules.emptyText')}
        </EmptyState>
      ) : (
        <>
          <div class="list-search list-search-wide">
            <Segmented
              label={t('schedules.viewLabel')}
              value={view}
              options={[
                { value: 'list', label: t('schedules.viewList') },
                { value: 'calendar', label: t('schedules.viewCalendar') },
              ]}
              onChange={(value) => router.setQuery({ view: value === 'list' ? null : value })}
            />
            {view === 'list' && (
              <TextInput type="search" label={t('schedules.search')} hideLabel placeholder={t('schedules.search')} value={search} onChange={(value) => router.setQuery({ search: value })} />
            )}
          </div>
          {view === 'calendar' ? (
            <CalendarView />
          ) : shown.length === 0 ? (
            <EmptyState compact icon="search" title={t('resources.nothingFound')} actions={<Button onClick={() => router.setQuery({ search: null })}>{t('resources.clearSearch')}</Button>}>
              {t('resources.nothingFoundText')}
            </EmptyState>
          ) : (
            <CardTable label={t('schedules.title')} columns={columns} rows={shown} keyOf={({ scheduleId }) => scheduleId} onOpen={({ scheduleId }) => void router.go(router.href('schedule', { id: scheduleId }))} />
          )}
        </>
      )}
    </div>
  );
}
