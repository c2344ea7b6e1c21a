import { Button, formatNumber, RelativeTime, Skeleton, usePoll, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { WaitingList } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from './card-table';

type Waiter = WaitingList['messages'][number];

const page = 100;
const most = 1000;

/** Who waits at a queue or a key, in their order, and when each one's turn will come. */
export function WaitingMessages({ path }: { path: string }): JSX.Element {
  const [limit, setLimit] = useState(page);
  const poll = usePoll<WaitingList>(`${path} ${limit}`, { load: (signal) => api.get<WaitingList>(`${path}?limit=${limit}`, { signal }) });
  const list = poll.value.value;
  const columns: Column<Waiter>[] = [
    { key: 'position', title: t('resources.waitingPosition'), width: 'narrow', align: 'end', cell: ({ position }) => formatNumber(position) },
    {
      key: 'id',
      title: t('resources.waitingMessage'),
      width: 'narrow',
      cell: ({ id }) => (
        <a class="row-link mono clip res-id" href={router.href('message', { id })}>
          {id}
        </a>
      ),
    },
    { key: 'url', title: t('resources.waitingDestination'), width: 'fill', cell: ({ url }) => <span class="mono clip text-small">{url}</span> },
    { key: 'since', title: t('resources.waitingSince'), width: 'narrow', secondary: true, cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    {
      key: 'eta',
      title: t('resources.waitingEta'),
      width: 'narrow',
      cell: ({ nextAt, estimated }) =>
        nextAt === null ? (
          <span class="text-faint" data-tip={t('resources.waitingUnknownTip')}>
            {t('resources.waitingUnknown')}
          </span>
        ) : (
          <span>
            {estimated && <span data-tip={t('resources.waitingEstimated')}>≈ </span>}
            <RelativeTime at={nextAt} />
          </span>
        ),
    },
  ];
  return (
    <section class="res-block" aria-labelledby="waiting-title">
      <div class="res-head">
        <h2 id="waiting-title">{t('resources.waitingTitle')}</h2>
        {list !== undefined && list.total > 0 && <span class="text-soft">{t('resources.waitingTotal', { count: list.total })}</span>}
      </div>
      {list === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={3} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : list.messages.length === 0 ? (
        <p class="text-soft">{t('resources.waitingEmpty')}</p>
      ) : (
        <>
          <CardTable label={t('resources.waitingTitle')} columns={columns} rows={list.messages} keyOf={({ id }) => id} />
          {list.total > list.messages.length && (
            <p class="res-foot">
              <span class="text-soft">{t('resources.waitingFirst', { shown: list.messages.length, total: list.total })}</span>
              {limit < most && <Button onClick={() => setLimit(Math.min(most, limit * 10))}>{t('resources.waitingMore')}</Button>}
            </p>
          )}
        </>
      )}
    </section>
  );
}
