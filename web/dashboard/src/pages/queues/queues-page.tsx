import { Badge, Button, EmptyState, formatNumber, Menu, PageHead, RelativeTime, Skeleton, TextInput, toast, usePoll, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { Queue } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { changing, changingItem } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { deleteQueue, pauseQueue, QueueDialog, resumeQueue } from './actions';

export function QueueState({ paused }: { paused: boolean }): JSX.Element {
  return paused ? <Badge tone="warning" icon="pause">{t('resources.paused')}</Badge> : <Badge tone="success">{t('resources.running')}</Badge>;
}

/** All queues: how much each still has to do, and what can be done about it. */
export function QueuesPage(): JSX.Element {
  useTitle(t('queues.title'));
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const search = router.current.value?.query.get('search') ?? '';
  const poll = usePoll<Queue[]>('queues', { load: (signal) => v2.get<Queue[]>('/v2/queues', { signal }) });
  const [dialog, setDialog] = useState<{ queue: Queue | null } | null>(null);
  const then = (changed: boolean): void => {
    if (changed) void poll.refresh();
  };

  const columns: Column<Queue>[] = [
    {
      key: 'name',
      title: t('queues.columnName'),
      width: 'fill',
      cell: ({ name }) => (
        <a class="row-link clip" href={router.href('queue', { name })}>
          {name}
        </a>
      ),
    },
    { key: 'parallelism', title: t('queues.columnParallelism'), align: 'end', width: 'narrow', cell: ({ parallelism }) => formatNumber(parallelism) },
    {
      key: 'lag',
      title: t('queues.columnLag'),
      align: 'end',
      width: 'narrow',
      cell: ({ lag }) => (
        <span class={`numeric${lag === 0 ? ' text-faint' : ''}`} data-tip={t('queues.columnLagTip')}>
          {formatNumber(lag)}
        </span>
      ),
    },
    { key: 'state', title: t('queues.columnState'), width: 'narrow', cell: (queue) => <QueueState paused={queue.paused} /> },
    { key: 'updated', title: t('queues.columnUpdated'), width: 'narrow', secondary: true, cell: ({ updatedAt }) => <RelativeTime at={new Date(updatedAt).toISOString()} /> },
    {
      key: 'actions',
      title: t('resources.actions'),
      hideTitle: true,
      width: 'narrow',
      align: 'end',
      cell: (queue) => (
        <Menu
          items={[
            queue.paused
              ? { label: t('resources.resume'), icon: 'play', ...changingItem(), run: () => void resumeQueue(queue).then(then) }
              : { label: t('resources.pause'), icon: 'pause', ...changingItem(), run: () => void pauseQueue(queue).then(then) },
            { label: t('queues.changeParallelism'), icon: 'edit', ...changingItem(), run: () => setDialog({ queue }) },
            'separator',
            { label: t('resources.delete'), icon: 'trash', danger: true, ...changingItem(), run: () => void deleteQueue(queue.name).then(then) },
          ]}
        />
      ),
    },
  ];

  const all = poll.value.value;
  const shown = all?.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const create = (
    <Button variant="primary" icon="plus" {...changing()} onClick={() => setDialog({ queue: null })} testId="queue-new">
      {t('queues.create')}
    </Button>
  );
  return (
    <div ref={box}>
      <PageHead title={t('queues.title')} actions={create}>
        {t('queues.lead')}
      </PageHead>
      {all === undefined || shown === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={5} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : all.length === 0 ? (
        <EmptyState icon="list" title={t('queues.emptyTitle')}>
          {t('queues.emptyText')}
        </EmptyState>
      ) : (
        <>
          <div class="list-search">
            <TextInput type="search" label={t('queues.search')} hideLabel placeholder={t('queues.search')} value={search} onChange={(value) => router.setQuery({ search: value })} />
          </div>
          {shown.length === 0 ? (
            <EmptyState compact icon="search" title={t('resources.nothingFound')} actions={<Button onClick={() => router.setQuery({ search: null })}>{t('resources.clearSearch')}</Button>}>
              {t('resources.nothingFoundText')}
            </EmptyState>
          ) : (
            <CardTable label={t('queues.title')} columns={columns} rows={shown} keyOf={({ name }) => name} onOpen={({ name }) => void router.go(router.href('queue', { name }))} />
          )}
        </>
      )}
      {dialog && (
        <QueueDialog
          queue={dialog.queue}
          taken={(all ?? []).map(({ name }) => name)}
          onClose={(saved) => {
            setDialog(null);
            if (saved === null) return;
            if (!dialog.queue) toast(t('queues.created', { name: saved }));
            void poll.refresh();
          }}
        />
      )}
    </div>
  );
}
