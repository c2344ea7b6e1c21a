import {
  Button,
  ClockTime,
  EmptyState,
  formatNumber,
  LinkButton,
  Menu,
  PageHead,
  ProgressBar,
  RelativeTime,
  Skeleton,
  Table,
  Tabs,
  TextInput,
  toast,
  toastError,
  usePoll,
  useShortcut,
  useTitle,
  type Column,
} from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { Generation } from '../../api/contract';
import { api, describeError, eventStream, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { isAtRest } from '../generation/state';
import { deleteGeneration } from './delete';
import { countByFilter, filterGenerations, isStateFilter, stateFilters, withGeneration, type StateFilter } from './filter';
import { StateBadge } from './state-badge';

interface Listing {
  generations: Generation[];
}

const restingPollMs = 30_000;

function filterText(filter: StateFilter): string {
  switch (filter) {
    case 'all':
      return t('generations.filterAll');
    case 'active':
      return t('generations.filterActive');
    case 'ready':
      return t('generations.filterReady');
    case 'finished':
      return t('generations.filterFinished');
    case 'errors':
      return t('generations.filterErrors');
  }
}

function Name({ generation }: { generation: Generation }): JSX.Element {
  const [prompt = '', ...more] = generation.prompts;
  return (
    <div class="generation-name">
      <a class="row-link" href={router.href('generation', { id: generation.id })}>
        {generation.name}
      </a>
      <span class="generation-prompt clip">
        {prompt}
        {more.length > 0 && ` ${t('generations.morePrompts', { count: more.length })}`}
      </span>
    </div>
  );
}

function Progress({ generation: { summary } }: { generation: Generation }): JSX.Element {
  const text = t('generations.progress', { done: summary.done, total: summary.total });
  return (
    <div class="generation-progress">
      <span class="numeric">
        {text}
        {summary.failed > 0 && (
          <span class="text-danger"> · {t('generations.progressErrors', { count: summary.failed })}</span>
        )}
      </span>
      <ProgressBar
        thin
        label={text}
        max={summary.total}
        parts={[
          { value: summary.done, tone: 'success' },
          { value: summary.failed, tone: 'danger' },
          { value: summary.processing, tone: 'info' },
        ]}
      />
    </div>
  );
}

function Eta({ generation }: { generation: Generation }): JSX.Element {
  if (generation.state === 'scheduled' && generation.startAt) return <ClockTime at={generation.startAt} />;
  if (generation.eta && !isAtRest(generation.state)) return <RelativeTime at={generation.eta.at} />;
  if (generation.finishedAt) return <ClockTime at={generation.finishedAt} />;
  return <span class="text-faint">—</span>;
}

/** «Генерации»: what there is, how far it is, and the way to a new one. */
export function GenerationsPage(): JSX.Element {
  useTitle(t('generations.title'));
  const search = useRef<HTMLDivElement>(null);
  const query = router.current.value?.query;
  const asked = query?.get('state') ?? null;
  const filter: StateFilter = isStateFilter(asked) ? asked : 'all';
  const text = query?.get('search') ?? '';

  const poll = usePoll<Listing>('generations', {
    load: (signal) => api.get<Listing>('/api/generations', { signal }),
    outlook: ({ generations }) => (generations.every(({ state }) => isAtRest(state)) ? { adviceMs: restingPollMs } : {}),
  });
  useEffect(
    () =>
      eventStream().on('generation', (changed) => {
        const known = poll.value.peek();
        if (known) poll.accept({ generations: withGeneration(known.generations, changed) });
      }),
    [poll],
  );
  useShortcut('Slash', () => t('generations.focusSearch'), () => search.current?.querySelector('input')?.focus());
  useShortcut('KeyN', () => t('generations.create'), () => void router.go(router.href('newGeneration')));

  const duplicate = async (generation: Generation): Promise<void> => {
    try {
      const copy = await api.post<Generation>(`/api/generations/${generation.id}/duplicate`);
      void poll.refresh();
      toast(t('generations.duplicated', { name: copy.name }), {
        action: { label: t('generations.open'), run: () => void router.go(router.href('generation', { id: copy.id })) },
      });
    } catch (error) {
      toastError(describeError(error));
    }
  };
  const remove = async (generation: Generation): Promise<void> => {
    if (await deleteGeneration(generation)) await poll.refresh();
  };

  const columns: Column<Generation>[] = [
    { key: 'name', title: t('generations.columnName'), width: 'fill', cell: (generation) => <Name generation={generation} /> },
    {
      key: 'model',
      title: t('generations.columnModel'),
      secondary: true,
      width: 'narrow',
      cell: ({ options }) => <span class="text-soft">{options.model}</span>,
    },
    {
      key: 'limit',
      title: t('generations.columnLimit'),
      align: 'end',
      secondary: true,
      width: 'narrow',
      cell: ({ options }) => t('generations.limit', { rate: formatNumber(options.rateLimit) }),
    },
    { key: 'progress', title: t('generations.columnProgress'), cell: (generation) => <Progress generation={generation} /> },
    { key: 'state', title: t('generations.columnState'), width: 'narrow', cell: ({ state }) => <StateBadge state={state} /> },
    {
      key: 'started',
      title: t('generations.columnStarted'),
      secondary: true,
      width: 'narrow',
      cell: ({ startedAt }) => (startedAt ? <ClockTime at={startedAt} /> : <span class="text-faint">—</span>),
    },
    { key: 'eta', title: t('generations.columnEta'), secondary: true, width: 'narrow', cell: (generation) => <Eta generation={generation} /> },
    {
      key: 'actions',
      title: t('common.actions'),
      hideTitle: true,
      width: 'narrow',
      align: 'end',
      cell: (generation) => (
        <Menu
          items={[
            { label: t('generations.duplicate'), icon: 'copy', run: () => void duplicate(generation) },
            {
              label: t('generations.useSettings'),
              icon: 'settings',
              run: () => void router.go(router.href('newGeneration', {}, { generation: generation.id })),
            },
            ...(generation.summary.done > 0
              ? [{ label: t('generations.downloadZip'), icon: 'download' as const, href: `/api/generations/${generation.id}/zip`, download: true }]
              : []),
            'separator',
            { label: t('generations.delete'), icon: 'trash', danger: true, run: () => void remove(generation) },
          ]}
        />
      ),
    },
  ];

  const all = poll.value.value?.generations;
  const create = (
    <LinkButton variant="primary" icon="plus" href={router.href('newGeneration')} testId="new-generation">
      {t('generations.create')}
    </LinkButton>
  );
  if (all === undefined) {
    return (
      <>
        <PageHead title={t('generations.title')} actions={create} />
        {poll.error.value === undefined ? <Skeleton lines={6} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />}
      </>
    );
  }
  if (all.length === 0) {
    return (
      <>
        <PageHead title={t('generations.title')} />
        <EmptyState
          icon="generations"
          title={t('generations.emptyTitle')}
          actions={
            <>
              {create}
              <LinkButton icon="sparkle" href={router.href('newGeneration', {}, { sample: 1 })} testId="try-sample">
                {t('generations.trySample')}
              </LinkButton>
            </>
          }
        >
          {t('generations.emptyText')}
        </EmptyState>
      </>
    );
  }
  const counts = countByFilter(all, text);
  const shown = filterGenerations(all, filter, text);
  return (
    <>
      <PageHead title={t('generations.title')} actions={create} />
      <div class="view-tools">
        <Tabs
          label={t('generations.filterLabel')}
          value={filter}
          tabs={stateFilters.map((value) => ({ value, label: filterText(value), count: counts[value] }))}
          onChange={(value) => router.setQuery({ state: value === 'all' ? null : value })}
        />
        <div class="view-search" ref={search}>
          <TextInput
            type="search"
            label={t('generations.searchLabel')}
            hideLabel
            placeholder={t('generations.searchPlaceholder')}
            value={text}
            onChange={(value) => router.setQuery({ search: value })}
          />
        </div>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          compact
          icon="search"
          title={t('generations.nothingFound')}
          actions={<Button onClick={() => router.setQuery({ search: null, state: null })}>{t('generations.resetFilters')}</Button>}
        >
          {t('generations.nothingFoundText')}
        </EmptyState>
      ) : (
        <div class="generation-table">
          <Table
            label={t('generations.title')}
            columns={columns}
            rows={shown}
            keyOf={({ id }) => id}
            onOpen={({ id }) => void router.go(router.href('generation', { id }))}
          />
        </div>
      )}
    </>
  );
}
