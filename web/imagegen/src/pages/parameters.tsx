import { confirm, EmptyState, formatNumber, LinkButton, Menu, PageHead, RelativeTime, Rich, Skeleton, Table, TextInput, toast, toastError, usePoll, useShortcut, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Parameter } from '../api/contract';
import { api, describeError, router } from '../app';
import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';

const shownMax = 8;

/** Lists that fit on a screen need no search. */
const searchFrom = 7;

/** The beginning of a list, as small tags. */
function ValuePreview({ values }: { values: readonly string[] }): JSX.Element {
  const rest = values.length - shownMax;
  return (
    <span class="tags">
      {values.slice(0, shownMax).map((value, index) => (
        <span key={index} class="tag">
          {value}
        </span>
      ))}
      {rest > 0 && <span class="text-faint text-small">{t('parameters.more', { count: rest })}</span>}
    </span>
  );
}

export function ParametersPage(): JSX.Element {
  useTitle(t('parameters.title'));
  const [search, setSearch] = useState('');
  const poll = usePoll('parameters', {
    load: async (signal) => (await api.get<{ parameters: Parameter[] }>('/api/parameters', { signal })).parameters,
    pace: { usualMs: 30_000, nearMs: 30_000, hiddenMs: 300_000 },
  });
  const create = router.href('parameter', { id: 'new' });
  useShortcut('KeyN', () => t('parameters.create'), () => void router.go(create));
  const searchable = (poll.value.value?.length ?? 0) > searchFrom;
  useShortcut('Slash', () => t('parameters.searchLabel'), () => document.querySelector<HTMLElement>('input[type="search"]')?.focus(), searchable);

  const remove = async (parameter: Parameter): Promise<void> => {
    const sure = await confirm({
      title: t('parameters.deleteTitle', { name: parameter.name }),
      text: t('parameters.deleteText'),
      action: t('common.delete'),
      danger: true,
    });
    if (!sure) return;
    try {
      await api.delete(`/api/parameters/${encodeURIComponent(parameter.id)}`);
      toast(t('parameters.deleted'));
    } catch (error) {
      toastError(describeError(error));
    }
    await poll.refresh();
  };

  const columns: Column<Parameter>[] = [
    {
      key: 'name',
      title: t('parameters.name'),
      width: 'narrow',
      cell: (parameter) => (
        <>
          <a class="row-link mono" href={router.href('parameter', { id: parameter.id })}>
            {parameter.name}
          </a>
          <p class="on-phones clip text-soft text-small">{parameter.values.slice(0, shownMax).join(', ')}</p>
        </>
      ),
    },
    { key: 'values', title: t('parameters.values'), width: 'fill', secondary: true, cell: (parameter) => <ValuePreview values={parameter.values} /> },
    { key: 'count', title: t('parameters.total'), align: 'end', width: 'narrow', cell: (parameter) => formatNumber(parameter.values.length) },
    { key: 'updated', title: t('common.updated'), width: 'narrow', secondary: true, cell: (parameter) => <span class="text-soft"><RelativeTime at={parameter.updatedAt} /></span> },
    {
      key: 'actions',
      title: t('common.actions'),
      hideTitle: true,
      width: 'narrow',
      align: 'end',
      cell: (parameter) => (
        <Menu
          items={[
            { label: t('common.edit'), icon: 'edit', href: router.href('parameter', { id: parameter.id }) },
            { label: t('common.duplicate'), icon: 'copy', href: router.href('parameter', { id: 'new' }, { copy: parameter.id }) },
            'separator',
            { label: t('common.delete'), icon: 'trash', danger: true, run: () => void remove(parameter) },
          ]}
        />
      ),
    },
  ];

  const all = poll.value.value;
  const query = search.trim().toLowerCase();
  const rows = all?.filter((parameter) => `${parameter.name}\n${parameter.values.join('\n')}`.toLowerCase().includes(query)) ?? [];
  const button = (
    <LinkButton variant="primary" icon="plus" href={create}>
      {t('parameters.create')}
    </LinkButton>
  );
  return (
    <>
      <PageHead title={t('parameters.title')} actions={all && all.length > 0 && button}>
        <Rich text={t('parameters.lead')} />
      </PageHead>
      {!all ? (
        poll.error.value ? (
          <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
        ) : (
          <Skeleton lines={5} height="row" />
        )
      ) : all.length === 0 ? (
        <EmptyState icon="parameters" title={t('parameters.emptyTitle')} actions={button}>
          <Rich text={t('parameters.emptyText')} />
        </EmptyState>
      ) : (
        <>
          {searchable && (
            <div class="list-tools">
              <TextInput label={t('parameters.searchLabel')} hideLabel type="search" placeholder={t('parameters.searchLabel')} value={search} onChange={setSearch} />
            </div>
          )}
          {rows.length === 0 ? (
            <EmptyState compact icon="search" title={t('parameters.nothingFound', { query: search })} />
          ) : (
            <Table
              label={t('parameters.title')}
              columns={columns}
              rows={rows}
              keyOf={(parameter) => parameter.id}
              onOpen={(parameter) => void router.go(router.href('parameter', { id: parameter.id }))}
            />
          )}
        </>
      )}
    </>
  );
}
