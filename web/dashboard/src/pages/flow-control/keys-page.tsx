import { Button, EmptyState, PageHead, Skeleton, TextInput, useDebounced, usePoll, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { FlowControlKey } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { useRowKeys } from '../resources/row-keys';
import { KeyState, rateText, RateUsage, Usage, Waiting, WindowEnd } from './usage';

/** All flow control keys: what they allow, what of it is used, who waits. */
export function FlowControlPage(): JSX.Element {
  useTitle(t('flowControl.title'));
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const search = router.current.value?.query.get('search') ?? '';
  const asked = useDebounced(search).value;
  const path = asked === '' ? '/v2/flowControl' : `/v2/flowControl?${new URLSearchParams({ search: asked }).toString()}`;
  const poll = usePoll<FlowControlKey[]>(path, {
    load: (signal) => v2.get<FlowControlKey[]>(path, { signal }),
    pace: { usualMs: 2000, nearMs: 1000, hiddenMs: 30_000 },
  });
  const columns: Column<FlowControlKey>[] = [
    {
      key: 'key',
      title: t('flowControl.columnKey'),
      width: 'fill',
      cell: (info) => (
        <span class="two-lines">
          <a class="row-link clip" href={router.href('flowControlKey', { key: info.flowControlKey })}>
            {info.flowControlKey}
          </a>
          <span class="text-soft text-small">{rateText(info) ?? t('resources.unlimited')}</span>
        </span>
      ),
    },
    { key: 'rate', title: t('flowControl.columnRate'), width: 'medium', cell: (info) => <RateUsage info={info} /> },
    {
      key: 'parallelism',
      title: t('flowControl.columnParallelism'),
      width: 'medium',
      cell: (info) => <Usage used={info.parallelismCount} max={info.parallelismMax} label={t('flowControl.columnParallelism')} />,
    },
    { key: 'waiting', title: t('flowControl.columnWaiting'), width: 'narrow', align: 'end', cell: ({ waitListSize }) => <Waiting count={waitListSize} /> },
    { key: 'window', title: t('flowControl.columnWindow'), width: 'narrow', secondary: true, cell: (info) => <WindowEnd info={info} /> },
    { key: 'state', title: t('flowControl.columnState'), width: 'narrow', cell: (info) => <KeyState info={info} /> },
  ];
  const keys = poll.value.value;
  return (
    <div ref={box}>
      <PageHead title={t('flowControl.title')}>{t('flowControl.lead')}</PageHead>
      {(keys === undefined || keys.length > 0 || search !== '') && (
        <div class="list-search">
          <TextInput
            type="search"
            label={t('flowControl.search')}
            hideLabel
            placeholder={t('flowControl.search')}
            value={search}
            onChange={(value) => router.setQuery({ search: value })}
          />
        </div>
      )}
      {keys === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={5} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : keys.length > 0 ? (
        <CardTable
          label={t('flowControl.title')}
          columns={columns}
          rows={keys}
          keyOf={({ flowControlKey }) => flowControlKey}
          onOpen={({ flowControlKey }) => void router.go(router.href('flowControlKey', { key: flowControlKey }))}
        />
      ) : search === '' ? (
        <EmptyState icon="filter" title={t('flowControl.emptyTitle')}>
          {t('flowControl.emptyText')}
        </EmptyState>
      ) : (
        <EmptyState compact icon="search" title={t('resources.nothingFound')} actions={<Button onClick={() => router.setQuery({ search: null })}>{t('resources.clearSearch')}</Button>}>
          {t('resources.nothingFoundText')}
        </EmptyState>
      )}
    </div>
  );
}
