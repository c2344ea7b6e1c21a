import { Badge, Button, confirm, EmptyState, formatNumber, LinkButton, locale, Menu, PageHead, RelativeTime, Rich, Skeleton, Table, TextInput, toast, toastError, usePoll, useShortcut, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Parameter, Prompt } from '../api/contract';
import { api, describeError, router } from '../app';
import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';
import { examplesFor, type Example } from './prompts/examples';
import { Highlight } from './prompts/highlight';
import { ImportDialog } from './prompts/import';

/** Lists that fit on a screen need no search. */
const searchFrom = 7;

/** Makes an example's missing parameters, then the prompt itself. Resolves with the prompt. */
async function makeExample(example: Example): Promise<Prompt> {
  const { parameters } = await api.get<{ parameters: Parameter[] }>('/api/parameters');
  const there = new Set(parameters.map((parameter) => parameter.name));
  for (const [name, values] of Object.entries(example.parameters)) {
    if (!there.has(name)) await api.post('/api/parameters', { name, values });
  }
  return api.post<Prompt>('/api/prompts', { name: example.name, content: example.content });
}

export function PromptsPage(): JSX.Element {
  useTitle(t('prompts.title'));
  const [search, setSearch] = useState('');
  const [importing, setImporting] = useState(false);
  const poll = usePoll('prompts', {
    load: async (signal) => (await api.get<{ prompts: Prompt[] }>('/api/prompts', { signal })).prompts,
    pace: { usualMs: 30_000, nearMs: 30_000, hiddenMs: 300_000 },
  });
  const create = router.href('prompt', { id: 'new' });
  useShortcut('KeyN', () => t('prompts.create'), () => void router.go(create));
  const searchable = (poll.value.value?.length ?? 0) > searchFrom;
  useShortcut('Slash', () => t('prompts.searchLabel'), () => document.querySelector<HTMLElement>('input[type="search"]')?.focus(), searchable);

  const remove = async (prompt: Prompt): Promise<void> => {
    const sure = await confirm({
      title: t('prompts.deleteTitle', { name: prompt.name }),
      text: t('prompts.deleteText'),
      action: t('common.delete'),
      danger: true,
    });
    if (!sure) return;
    try {
      await api.delete(`/api/prompts/${encodeURIComponent(prompt.id)}`);
      toast(t('prompts.deleted'));
    } catch (error) {
      toastError(describeError(error));
    }
    await poll.refresh();
  };
  const take = async (example: Example): Promise<void> => {
    try {
      const prompt = await makeExample(example);
      toast(t('prompts.exampleMade'));
      await router.go(router.href('prompt', { id: prompt.id }));
    } catch (error) {
      toastError(describeError(error));
      await poll.refresh();
    }
  };

  const columns: Column<Prompt>[] = [
    {
      key: 'name',
      title: t('prompts.name'),
      width: 'fill',
      cell: (prompt) => (
        <div class="prompt-cell">
          <a class="row-link" href={router.href('prompt', { id: prompt.id })}>
            {prompt.name}
          </a>
          <p class="clip-2 text-soft text-small">
            <Highlight template={prompt.content} known={(name) => !prompt.unknownParameters.includes(name)} />
          </p>
        </div>
      ),
    },
    {
      key: 'variants',
      title: t('prompts.variants'),
      align: 'end',
      width: 'narrow',
      cell: (prompt) =>
        prompt.unknownParameters.length > 0 ? (
          <Badge tone="warning" icon="warning" tip={t('prompts.unknown', { names: prompt.unknownParameters.join(', ') })}>
            {prompt.unknownParameters.length}
          </Badge>
        ) : (
          formatNumber(prompt.variants)
        ),
    },
    { key: 'updated', title: t('common.updated'), width: 'narrow', secondary: true, cell: (prompt) => <span class="text-soft"><RelativeTime at={prompt.updatedAt} /></span> },
    {
      key: 'actions',
      title: t('common.actions'),
      hideTitle: true,
      width: 'narrow',
      align: 'end',
      cell: (prompt) => (
        <Menu
          items={[
            { label: t('prompts.useInGeneration'), icon: 'generations', href: router.href('newGeneration', {}, { prompt: prompt.id }) },
            { label: t('common.edit'), icon: 'edit', href: router.href('prompt', { id: prompt.id }) },
            { label: t('common.duplicate'), icon: 'copy', href: router.href('prompt', { id: 'new' }, { copy: prompt.id }) },
            'separator',
            { label: t('common.delete'), icon: 'trash', danger: true, run: () => void remove(prompt) },
          ]}
        />
      ),
    },
  ];

  const all = poll.value.value;
  const query = search.trim().toLowerCase();
  const rows = all?.filter((prompt) => `${prompt.name}\n${prompt.content}`.toLowerCase().includes(query)) ?? [];
  const examples = examplesFor(locale.value);
  const createButton = (
    <LinkButton variant="primary" icon="plus" href={create}>
      {t('prompts.create')}
    </LinkButton>
  );
  const importButton = (
    <Button icon="upload" onClick={() => setImporting(true)}>
      {t('prompts.import')}
    </Button>
  );
  return (
    <>
      <PageHead
        title={t('prompts.title')}
        actions={
          all &&
          all.length > 0 && (
            <>
              <Menu icon="sparkle" label={t('prompts.examples')} items={examples.map((example) => ({ label: example.name, run: () => void take(example) }))}>
                {t('prompts.examples')}
              </Menu>
              {importButton}
              {createButton}
            </>
          )
        }
      >
        <Rich text={t('prompts.lead')} />
      </PageHead>
      {!all ? (
        poll.error.value ? (
          <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
        ) : (
          <Skeleton lines={5} height="row" />
        )
      ) : all.length === 0 ? (
        <>
          <EmptyState
            icon="prompts"
            title={t('prompts.emptyTitle')}
            actions={
              <>
                {importButton}
                {createButton}
              </>
            }
          >
            {t('prompts.emptyText')}
          </EmptyState>
          <ul class="examples" aria-label={t('prompts.examples')}>
            {examples.map((example) => (
              <li key={example.name}>
                <button type="button" class="example" onClick={() => void take(example)}>
                  <span class="example-name">{example.name}</span>
                  <span class="text-soft text-small">
                    <Highlight template={example.content} known={() => true} />
                  </span>
                  <span class="text-faint text-small">
                    {t('prompts.variantCount', { count: Object.values(example.parameters).reduce((product, values) => product * values.length, 1) })}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <>
          {searchable && (
            <div class="list-tools">
              <TextInput label={t('prompts.searchLabel')} hideLabel type="search" placeholder={t('prompts.searchLabel')} value={search} onChange={setSearch} />
            </div>
          )}
          {rows.length === 0 ? (
            <EmptyState compact icon="search" title={t('prompts.nothingFound', { query: search })} />
          ) : (
            <Table
              label={t('prompts.title')}
              columns={columns}
              rows={rows}
              keyOf={(prompt) => prompt.id}
              onOpen={(prompt) => void router.go(router.href('prompt', { id: prompt.id }))}
            />
          )}
        </>
      )}
      {importing && <ImportDialog onClose={() => setImporting(false)} onDone={() => void poll.refresh()} />}
    </>
  );
}
