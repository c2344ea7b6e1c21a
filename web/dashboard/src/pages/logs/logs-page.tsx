import { Badge, Button, EmptyState, formatClock, formatDuration, formatExact, Menu, now, PageHead, Select, Skeleton, TextInput, useDebounced, useTitle, VirtualList, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { LogPage } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { useCursorList } from '../resources/cursor-list';
import { useRowKeys } from '../resources/row-keys';
import { exportPath, filterNames, filterOf, isRowState, logsPath, rowStates, type FilterName } from './filter';

type LogRow = LogPage['rows'][number] & { key: string };
interface Page {
  items: readonly LogRow[];
  cursor: string | null;
  scanned: LogPage['scanned'];
}

const pageSize = 100;
const tones: Readonly<Record<string, Tone>> = { CREATED: 'neutral', ACTIVE: 'info', ERROR: 'danger', RETRY: 'warning', DELIVERED: 'success', FAILED: 'danger', CANCEL_REQUESTED: 'neutral', CANCELED: 'neutral' };

function stateText(state: string): string {
  return t.find(`logs.state${state}`) ?? state;
}

function Row({ row }: { row: LogRow }): JSX.Element {
  const at = Date.parse(row.at);
  return (
    <div class="log-row">
      <time class="log-time numeric text-soft text-small" dateTime={row.at} data-tip={formatExact(at)}>
        {formatClock(at, now.value)}
        <span class="text-faint">{row.at.slice(16, 23)}</span>
      </time>
      <span class="log-state">
        <Badge tone={tones[row.state] ?? 'neutral'} tip={t.find(`logs.means${row.state}`) ?? ''}>
          {stateText(row.state)}
        </Badge>
      </span>
      <span class="log-main">
        <a class="row-link mono text-small clip" href={router.href('message', { id: row.messageId })} aria-label={`${stateText(row.state)}, ${row.url}, ${row.messageId}`}>
          {row.url}
        </a>
        {row.error && <span class="text-danger text-small clip">{row.error}</span>}
      </span>
      <span class="log-aside numeric text-small text-soft">
        {[row.status === null || row.status === 0 ? null : String(row.status), row.durationMs === null ? null : formatDuration(row.durationMs)].filter(Boolean).join(' · ')}
      </span>
    </div>
  );
}

function Scanned({ scanned }: { scanned: LogPage['scanned'] }): JSX.Element {
  return (
    <span class="text-soft">
      {scanned.complete || scanned.back === null
        ? t('logs.scannedAll', { count: scanned.messages })
        : t('logs.scannedBack', { count: scanned.messages, back: formatClock(Date.parse(scanned.back), now.value) })}
    </span>
  );
}

/** What happened, row by row: filtered, searched in bodies, to be taken along. */
export function LogsPage(): JSX.Element {
  useTitle(t('logs.title'));
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const query = router.current.value?.query;
  const filter = filterOf(query);
  const key = useDebounced(filter.toString(), 350).value;
  const asked = new URLSearchParams(key);
  const counter = useRef(0);
  const list = useCursorList<LogRow, Page>(key, async (cursor, signal) => {
    const page = await api.get<LogPage>(logsPath(asked, pageSize, cursor), { signal });
    return { items: page.rows.map((row) => ({ ...row, key: `${row.messageId} ${row.at} ${row.state} ${(counter.current += 1)}` })), cursor: page.cursor, scanned: page.scanned };
  });
  const text = (name: FilterName): string => query?.get(name) ?? '';
  const set = (name: FilterName) => (value: string): void => router.setQuery({ [name]: value });
  const items = list.items ?? [];
  const state = text('rowState');
  const filtered = key !== '';
  return (
    <div ref={box} class="stack">
      <PageHead
        title={t('logs.title')}
        actions={
          <>
            <Button icon="retry" busy={list.loading && list.items !== undefined} onClick={() => void list.reload()}>
              {t('logs.refresh')}
            </Button>
            <Menu
              icon="download"
              testId="logs-export"
              items={[
                { label: t('logs.exportNdjson'), icon: 'download', href: exportPath(filter, 'ndjson'), download: true },
                { label: t('logs.exportCsv'), icon: 'download', href: exportPath(filter, 'csv'), download: true },
              ]}
            >
              {t('logs.exportMenu')}
            </Menu>
          </>
        }
      >
        {t('logs.lead')}
      </PageHead>
      <div class="letter-filters">
        <TextInput type="search" label={t('logs.search')} placeholder={t('logs.searchHint')} value={text('text')} onChange={set('text')} />
        <Select
          label={t('logs.rowState')}
          value={isRowState(state) ? state : ''}
          options={[{ value: '', label: t('logs.rowStateAny') }, ...rowStates.map((value) => ({ value, label: stateText(value) }))]}
          onChange={set('rowState')}
        />
        <TextInput label={t('logs.filterHost')} mono value={text('host')} onChange={set('host')} />
        <TextInput label={t('logs.filterStatus')} mono placeholder="5xx" value={text('status')} onChange={set('status')} />
        <TextInput label={t('logs.filterQueue')} value={text('queue')} onChange={set('queue')} />
        <TextInput label={t('logs.filterLabel')} value={text('label')} onChange={set('label')} />
        <Select
          label={t('logs.filterSince')}
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
      <details class="log-means">
        <summary>{t('logs.explain')}</summary>
        <dl class="res-facts">
          {rowStates.map((name) => (
            <div key={name} class="res-fact">
              <dt>
                <Badge tone={tones[name] ?? 'neutral'}>{stateText(name)}</Badge>
              </dt>
              <dd>{t.find(`logs.means${name}`)}</dd>
            </div>
          ))}
        </dl>
      </details>
      {list.items === undefined ? (
        list.error === undefined ? <Skeleton lines={8} height="row" /> : <LoadFailed error={list.error} retry={() => list.reload()} />
      ) : items.length === 0 && list.cursor === null && !filtered ? (
        <EmptyState icon="history" title={t('logs.emptyTitle')}>
          {t('logs.emptyText')}
        </EmptyState>
      ) : (
        <>
          {items.length === 0 ? (
            <EmptyState
              compact
              icon="search"
              title={t('logs.noneTitle')}
              actions={
                <>
                  {list.cursor !== null && (
                    <Button variant="primary" busy={list.loading} onClick={() => void list.more()}>
                      {t('logs.continueScan')}
                    </Button>
                  )}
                  {filtered && <Button onClick={() => router.setQuery(Object.fromEntries(filterNames.map((name) => [name, null])))}>{t('logs.clear')}</Button>}
                </>
              }
            >
              {list.cursor === null ? t('logs.noneAll') : t('logs.noneText')}
            </EmptyState>
          ) : (
            <VirtualList label={t('logs.title')} items={items} keyOf={(row) => row.key} estimateHeight={52}>
              {(row) => <Row row={row} />}
            </VirtualList>
          )}
          <p class="res-foot" role="status">
            {items.length > 0 && <span class="text-soft">{t('logs.shown', { count: items.length })}</span>}
            {list.last && <Scanned scanned={list.last.scanned} />}
            {list.cursor !== null && items.length > 0 && (
              <Button busy={list.loading} onClick={() => void list.more()}>
                {list.last?.items.length === 0 ? t('logs.continueScan') : t('logs.more')}
              </Button>
            )}
          </p>
          {list.error !== undefined && <LoadFailed error={list.error} retry={() => list.more()} />}
        </>
      )}
    </div>
  );
}
