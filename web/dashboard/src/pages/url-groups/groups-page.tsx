import { Button, EmptyState, formatNumber, PageHead, RelativeTime, Skeleton, TextInput, toast, usePoll, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { UrlGroup } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { changing } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { NewGroupDialog } from './dialogs';

/** All URL groups and where each of them leads. */
export function UrlGroupsPage(): JSX.Element {
  useTitle(t('urlGroups.title'));
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const search = router.current.value?.query.get('search') ?? '';
  const [making, setMaking] = useState(false);
  const poll = usePoll<UrlGroup[]>('groups', { load: (signal) => v2.get<UrlGroup[]>('/v2/topics', { signal }) });
  const columns: Column<UrlGroup>[] = [
    {
      key: 'name',
      title: t('urlGroups.columnName'),
      width: 'fill',
      cell: ({ name, endpoints }) => (
        <span class="two-lines">
          <a class="row-link clip" href={router.href('urlGroup', { name })}>
            {name}
          </a>
          <span class="text-soft text-small mono clip">{endpoints.map((endpoint) => endpoint.name ?? endpoint.url).join(', ')}</span>
        </span>
      ),
    },
    { key: 'endpoints', title: t('urlGroups.columnEndpoints'), align: 'end', width: 'narrow', cell: ({ endpoints }) => <span class="numeric">{formatNumber(endpoints.length)}</span> },
    { key: 'updated', title: t('urlGroups.columnUpdated'), width: 'narrow', cell: ({ updatedAt }) => <RelativeTime at={new Date(updatedAt).toISOString()} /> },
  ];
  const all = poll.value.value;
  const needle = search.trim().toLowerCase();
  const shown = all?.filter(({ name, endpoints }) => `${name} ${endpoints.map(({ url }) => url).join(' ')}`.toLowerCase().includes(needle));
  return (
    <div ref={box}>
      <PageHead
        title={t('urlGroups.title')}
        actions={
          <Button variant="primary" icon="plus" {...changing()} onClick={() => setMaking(true)} testId="group-new">
            {t('urlGroups.create')}
          </Button>
        }
      >
        {t('urlGroups.lead')}
      </PageHead>
      {all === undefined || shown === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={4} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : all.length === 0 ? (
        <EmptyState icon="globe" title={t('urlGroups.emptyTitle')}>
          {t('urlGroups.emptyText')}
        </EmptyState>
      ) : (
        <>
          <div class="list-search">
            <TextInput type="search" label={t('urlGroups.search')} hideLabel placeholder={t('urlGroups.search')} value={search} onChange={(value) => router.setQuery({ search: value })} />
          </div>
          {shown.length === 0 ? (
            <EmptyState compact icon="search" title={t('resources.nothingFound')} actions={<Button onClick={() => router.setQuery({ search: null })}>{t('resources.clearSearch')}</Button>}>
              {t('resources.nothingFoundText')}
            </EmptyState>
          ) : (
            <CardTable label={t('urlGroups.title')} columns={columns} rows={shown} keyOf={({ name }) => name} onOpen={({ name }) => void router.go(router.href('urlGroup', { name }))} />
          )}
        </>
      )}
      {making && (
        <NewGroupDialog
          taken={(all ?? []).map(({ name }) => name)}
          onClose={(name) => {
            setMaking(false);
            if (name === null) return;
            toast(t('urlGroups.created', { name }));
            void router.go(router.href('urlGroup', { name }));
          }}
        />
      )}
    </div>
  );
}
