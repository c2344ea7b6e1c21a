import { Button, Checkbox, EmptyState, IconButton, RelativeTime, Row, Select, Skeleton, TextInput, useDebounced, VirtualList } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { DeadLetterPage, DeadLetterRow } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { useCursorList, type CursorPage } from '../resources/cursor-list';
import { changing } from '../resources/may';
import { StatusBadge } from './groups-view';

interface Page extends CursorPage<DeadLetterRow> {
  items: readonly DeadLetterRow[];
}

const filterNames = ['host', 'status', 'fingerprint', 'queue', 'label', 'since', 'text'] as const;
const pageSize = 100;

/** Dead letters one by one, by filters that stand in the address. */
export function ListView({ version, onReplay, onDelete }: { version: number; onReplay: (ids: readonly string[]) => void; onDelete: (ids: readonly string[]) => void }): JSX.Element {
  const query = router.current.value?.query;
  const filter = new URLSearchParams();
  for (const name of filterNames) {
    const value = query?.get(name) ?? '';
    if (value !== '') filter.set(name, value);
  }
  const key = useDebounced(filter.toString()).value;
  const list = useCursorList<DeadLetterRow, Page>(`${key} ${version}`, async (cursor, signal) => {
    const asked = new URLSearchParams(key);
    asked.set('limit', String(pageSize));
    if (cursor !== null) asked.set('cursor', cursor);
    const page = await api.get<DeadLetterPage>(`/admin/v1/dead-letters?${asked.toString()}`, { signal });
    return { items: page.deadLetters, cursor: page.cursor };
  });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setSelected(new Set()), [key, version]);
  const items = list.items ?? [];
  const all = items.length > 0 && items.every(({ id }) => selected.has(id));
  const toggle = (id: string, chosen: boolean): void => {
    const next = new Set(selected);
    if (chosen) next.add(id);
    else next.delete(id);
    setSelected(next);
  };
  const text = (name: (typeof filterNames)[number]): string => query?.get(name) ?? '';
  const set = (name: (typeof filterNames)[number]) => (value: string): void => router.setQuery({ [name]: value });
  const fingerprint = text('fingerprint');
  return (
    <div class="stack stack-small">
      <div class="letter-filters">
        <TextInput type="search" label={t('dlq.filterText')} placeholder={t('dlq.filterTextHint')} value={text('text')} onChange={set('text')} />
        <TextInput label={t('dlq.filterHost')} mono value={text('host')} onChange={set('host')} />
        <TextInput label={t('dlq.filterStatus')} mono value={text('status')} onChange={set('status')} />
        <TextInput label={t('dlq.filterQueue')} value={text('queue')} onChange={set('queue')} />
        <TextInput label={t('dlq.filterLabel')} value={text('label')} onChange={set('label')} />
        <Select
          label={t('dlq.filterSince')}
          value={text('since')}
          options={[
            { value: '', label: t('dlq.sinceAny') },
            { value: '1h', label: t('dlq.since1h') },
            { value: '24h', label: t('dlq.since24h') },
            { value: '168h', label: t('dlq.since7d') },
          ]}
          onChange={set('since')}
        />
      </div>
      {fingerprint !== '' && (
        <p class="res-chips">
          <span class="res-tag">
            {t('dlq.sameError')}: <code>{fingerprint}</code>
            <IconButton icon="close" label={t('dlq.removeFilter')} onClick={() => router.setQuery({ fingerprint: null })} />
          </span>
        </p>
      )}
      {list.items === undefined ? (
        list.error === undefined ? <Skeleton lines={6} height="row" /> : <LoadFailed error={list.error} retry={() => list.reload()} />
      ) : items.length === 0 ? (
        <EmptyState compact icon="search" title={t('dlq.filterNone')} actions={<Button onClick={() => router.setQuery(Object.fromEntries(filterNames.map((name) => [name, null])))}>{t('dlq.clearFilters')}</Button>}>
          {t('dlq.filterNoneText')}
        </EmptyState>
      ) : (
        <>
          <div class="letter-bar">
            <Checkbox
              label={selected.size > 0 ? t('dlq.selected', { count: selected.size }) : t('dlq.selectShown')}
              checked={all}
              indeterminate={selected.size > 0 && !all}
              onChange={(chosen) => setSelected(chosen ? new Set(items.map(({ id }) => id)) : new Set())}
            />
            <Row end>
              {selected.size > 0 ? (
                <>
                  <Button size="small" icon="retry" {...changing()} onClick={() => onReplay([...selected])} testId="selection-replay">
                    {t('dlq.replayMany')}
                  </Button>
                  <Button size="small" variant="ghost" icon="trash" {...changing()} onClick={() => onDelete([...selected])} testId="selection-delete">
                    {t('dlq.delete')}
                  </Button>
                </>
              ) : (
                <Button size="small" variant="ghost" icon="retry" busy={list.loading} onClick={() => void list.reload()}>
                  {t('dlq.refresh')}
                </Button>
              )}
            </Row>
          </div>
          <VirtualList label={t('dlq.title')} items={items} keyOf={({ id }) => id} estimateHeight={64}>
            {(letter) => (
              <div class="letter-row">
                <Checkbox label={t('dlq.select', { id: letter.id })} hideLabel checked={selected.has(letter.id)} onChange={(chosen) => toggle(letter.id, chosen)} />
                <div class="letter-main">
                  <div class="letter-line">
                    <a class="row-link mono clip" href={router.href('deadLetter', { id: letter.id })}>
                      {letter.message.url}
                    </a>
                    <StatusBadge status={letter.message.status} />
                  </div>
                  <div class="letter-line text-small text-soft">
                    <span class="clip">{letter.message.error ?? ''}</span>
                    <span class="letter-aside">
                      {t('dlq.attempts', { count: letter.message.attempts })} · <RelativeTime at={letter.enteredAt} />
                    </span>
                  </div>
                </div>
              </div>
            )}
          </VirtualList>
          <p class="res-foot text-soft">
            <span>
              {t('dlq.listShown', { count: items.length })}
            </span>
            {list.cursor !== null && (
              <Button busy={list.loading} onClick={() => void list.more()}>
                {t('dlq.more')}
              </Button>
            )}
          </p>
          {list.error !== undefined && <LoadFailed error={list.error} retry={() => list.more()} />}
        </>
      )}
    </div>
  );
}
