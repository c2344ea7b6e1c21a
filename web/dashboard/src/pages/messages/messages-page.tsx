import { Button, Checkbox, EmptyState, formatExact, formatNumber, LinkButton, Menu, PageHead, Segmented, Select, Skeleton, toast, useShortcut, useTitle, VirtualList } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { changing, changingItem } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { CancelDialog, CancelProgress, type CancelWish } from './cancel';
import { freshCount, stillMatches } from './feed';
import { addressOf, endedStates, join, livingStates, orderOf, stateGroup, termsOf, withStates, type Order, type StateGroup, type Term } from './filter';
import { whyNotFollowing } from './follow';
import { LiveSwitch } from './live-switch';
import { MessageLine } from './row';
import { SearchBox } from './search-box';
import { readTyped } from './typed';
import { useCount } from './use-count';
import { rowsMax, useMessageList } from './use-list';
import { useReading } from './use-reading';

const rowHeight = 57;

/** Goes to a filter: a step that the back button undoes. What goes on at the server stays in sight. */
function go(terms: readonly Term[], order: Order, replace = false): void {
  const action = router.current.peek()?.query.get('action') ?? null;
  void router.go(addressOf(router.href('messages'), terms, order, action), { replace });
}

/** Calls `onSight` when the element comes into sight, or nearly. It asks anew whenever `version` changes. */
function useEndInSight(version: unknown, onSight: () => void): (element: Element | null) => void {
  const element = useRef<Element | null>(null);
  const latest = useRef(onSight);
  latest.current = onSight;
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) latest.current();
      },
      { rootMargin: '0px 0px 900px 0px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [version]);
  return useRef((found: Element | null) => void (element.current = found)).current;
}

/** All messages, as they are and as they come; found by filters, cancelled in bulk. */
export function MessagesPage(): JSX.Element {
  useTitle(t('messages.title'));
  const page = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(page);
  const query = router.current.value?.query;
  const terms = termsOf(query);
  const order = orderOf(query);
  const key = addressOf('', terms, order);
  // What other pages hand over as a typed text becomes the filter that it means.
  const handed = query?.get('q') ?? '';
  const read = readTyped(handed);
  useEffect(() => {
    if (handed !== '' && read.faults.length === 0) go(join(terms, read.terms), order, true);
  }, [handed]);

  const [wanted, setWanted] = useState(true);
  const why = whyNotFollowing(terms, order);
  const live = wanted && why === null;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [matching, setMatching] = useState(false);
  const [wish, setWish] = useState<CancelWish | null>(null);
  const selecting = selected.size > 0 || matching;
  const settle = useRef(() => {});
  const reading = useReading(box, () => settle.current());
  const list = useMessageList({
    terms,
    order,
    live,
    following: () => !reading.is() && !selecting && wish === null,
    inSight: () => new Set([...(box.current?.querySelectorAll<HTMLElement>('[data-message]') ?? [])].map(({ dataset }) => dataset['message'] ?? '')),
  });
  settle.current = list.settle;
  const [version, setVersion] = useState(0);
  const count = useCount(terms, live, version);
  const { feed } = list;
  const rows = feed?.rows ?? [];
  const fresh = feed === undefined ? 0 : freshCount(feed);
  const holding = reading.shown || selecting || wish !== null;

  const deselect = (): void => {
    setSelected(new Set());
    setMatching(false);
  };
  useEffect(deselect, [key]);
  useEffect(() => {
    if (!selecting && wish === null) list.settle();
  }, [selecting, wish]);
  const reload = async (): Promise<void> => {
    setVersion((before) => before + 1);
    await list.reload();
  };
  const show = async (): Promise<void> => {
    scrollTo(0, 0);
    if (feed !== undefined && (feed.unlisted > 0 || feed.unsure)) await reload();
    else await list.show();
  };
  const change = (next: readonly Term[]): void => go(next, order);
  // The same functions for every row, so that rows that stay are not drawn again.
  const latest = useRef({ terms, change, select: (_id: string, _chosen: boolean): void => undefined });
  latest.current = {
    terms,
    change,
    select(id, chosen) {
      const next = new Set(selected);
      if (chosen) next.add(id);
      else next.delete(id);
      setMatching(false);
      setSelected(next);
    },
  };
  const onSelect = useRef((id: string, chosen: boolean) => latest.current.select(id, chosen)).current;
  const onFilter = useRef((term: Term) => latest.current.change(join(latest.current.terms, [term]))).current;

  useShortcut('KeyX', () => t('messages.toggleRow'), () => {
    const id = document.activeElement?.closest<HTMLElement>('[data-message]')?.dataset['message'];
    if (id !== undefined) onSelect(id, !selected.has(id));
  });
  useShortcut('Escape', () => t('messages.clearSelection'), () => {
    if (selecting) deselect();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  useShortcut('KeyL', () => t('messages.liveToggle'), () => {
    if (why === null) setWanted((before) => !before);
    else toast(t(why === 'order' ? 'messages.liveNotOrder' : why === 'text' ? 'messages.liveNotText' : 'messages.liveNotUntil'), { tone: 'info' });
  });

  const end = useEndInSight(`${rows.length} ${list.loading} ${list.more}`, () => {
    if (list.more && !list.loading && !list.paused && list.error === undefined) void list.loadMore();
  });
  const all = matching || (rows.length > 0 && rows.every(({ id }) => selected.has(id)));
  const group = stateGroup(terms);
  const action = /^cancel:(.+)$/.exec(query?.get('action') ?? '')?.[1];
  const total = count.value;
  // Between two counts the stream tells how many have come; not what has left a state.
  const told = useRef({ total, created: 0 });
  if (told.current.total !== total) told.current = { total, created: list.created };
  const grows = live && !terms.some(({ name }) => name === 'state' || name === 'status');
  const matches = total === undefined ? 0 : total.count + (grows ? Math.max(0, list.created - told.current.created) : 0);
  const nothing = feed !== undefined && rows.length === 0 && fresh === 0;
  return (
    <div ref={page} class="stack">
      <PageHead
        title={t('messages.title')}
        actions={
          <>
            <LiveSwitch wanted={wanted} why={why} connection={list.connection} reading={holding} onChange={setWanted} />
            <Button icon="retry" busy={list.reloading} onClick={() => void reload()} testId="messages-refresh">
              {t('messages.refresh')}
            </Button>
            <Menu testId="messages-menu" items={[{ label: t('messages.cancelMatching'), icon: 'close', danger: true, ...changingItem(), run: () => setWish({ terms }) }]} />
          </>
        }
      >
        {t('messages.lead')}
      </PageHead>
      {action !== undefined && <CancelProgress key={action} id={action} onEnd={() => void reload()} onDismiss={() => router.setQuery({ action: null })} />}
      <SearchBox key={read.faults.length > 0 ? handed : ''} initial={read.faults.length > 0 ? handed : ''} terms={terms} onChange={change} rows={() => rows} />
      <div class="msgs-tools">
        <Segmented<StateGroup>
          label={t('messages.groupLabel')}
          value={group}
          options={[
            { value: 'all', label: t('messages.groupAll') },
            { value: 'living', label: t('messages.groupLiving') },
            { value: 'ended', label: t('messages.groupEnded') },
          ]}
          onChange={(value) => change(withStates(terms, value === 'living' ? livingStates : value === 'ended' ? endedStates : []))}
        />
        <span class="msgs-total numeric" {...(live ? {} : { role: 'status' })} data-testid="messages-total">
          {total === undefined ? (
            <span class="text-soft">{count.failed ? t('messages.totalFailed') : t('messages.totalCounting')}</span>
          ) : total.complete ? (
            <span data-tip={t('messages.totalTip', { at: formatExact(total.at) })}>{t('messages.total', { count: matches })}</span>
          ) : (
            <span class="text-soft">{t('messages.totalAtLeast', { total: total.count })}</span>
          )}
          {(total === undefined ? count.failed : !total.complete) && (
            <Button size="small" variant="ghost" busy={count.counting} onClick={count.countOn}>
              {count.failed ? t('common.retry') : t('messages.totalMore')}
            </Button>
          )}
        </span>
        <div class="msgs-order">
          <Select<Order>
            label={t('messages.order')}
            hideLabel
            value={order}
            options={[
              { value: 'newest', label: t('messages.orderNewest') },
              { value: 'oldest', label: t('messages.orderOldest') },
            ]}
            onChange={(value) => go(terms, value)}
          />
        </div>
      </div>
      <div ref={box} class="msgs-list">
        {/* It takes no room of its own, so that nothing moves when it comes. */}
        <div class="msgs-fresh-place">
          {feed !== undefined && live && holding && (fresh > 0 || feed.unsure) && (
            <button type="button" class="msgs-fresh" data-tip={t('messages.freshTip')} data-testid="messages-fresh" onClick={() => void show()}>
              {feed.unsure ? t('messages.freshUnsure') : t('messages.fresh', { count: fresh })}
            </button>
          )}
          {feed !== undefined && live && !holding && feed.unlisted > 0 && (
            <div class="msgs-gap numeric" data-testid="messages-gap">
              {t('messages.gap', { count: feed.unlisted })}
              <button
                type="button"
                class="msgs-link"
                onClick={() => {
                  setWanted(false);
                  void reload();
                }}
              >
                {t('messages.gapAction')}
              </button>
            </div>
          )}
        </div>
        {rows.length > 0 && (
          <div class={`msgs-head${selecting ? ' msgs-head-selecting' : ''}`}>
            <span class="msgs-check">
              <Checkbox
                label={t('messages.selectShown')}
                hideLabel
                checked={all}
                indeterminate={selected.size > 0 && !all}
                onChange={(chosen) => {
                  setMatching(false);
                  setSelected(chosen ? new Set(rows.map(({ id }) => id)) : new Set());
                }}
              />
            </span>
            {selecting ? (
              <div class="msgs-selection" role="status" data-testid="messages-selection">
                <span class="numeric">{matching ? t('messages.allMatching') : t('messages.selected', { count: selected.size })}</span>
                {!matching && all && (list.more || fresh > 0) && (
                  <button type="button" class="msgs-link" onClick={() => setMatching(true)}>
                    {t('messages.selectMatching')}
                    {total?.complete === true && ` (${formatNumber(matches)})`}
                  </button>
                )}
                <Button
                  size="small"
                  icon="close"
                  {...changing()}
                  onClick={() => setWish(matching ? { terms } : { ids: [...selected] })}
                  testId="selection-cancel"
                >
                  {t('messages.cancelAction')}
                </Button>
                <Button size="small" variant="ghost" onClick={deselect}>
                  {t('messages.clearSelection')}
                </Button>
              </div>
            ) : (
              <>
                <span class="msgs-state">{t('messages.columnState')}</span>
                <span class="msgs-main">{t('messages.columnDestination')}</span>
                <span class="msgs-why">{t('messages.columnWhy')}</span>
                <span class="msgs-attempts">{t('messages.columnAttempts')}</span>
                <span class="msgs-took">{t('messages.columnTook')}</span>
                <span class="msgs-created">{t('messages.columnCreated')}</span>
              </>
            )}
          </div>
        )}
        {feed === undefined ? (
          list.error === undefined ? <Skeleton lines={10} height="row" /> : <LoadFailed error={list.error} retry={list.reload} />
        ) : nothing && list.error !== undefined ? (
          <LoadFailed error={list.error} retry={list.reload} />
        ) : nothing ? (
          terms.length === 0 ? (
            <EmptyState
              icon="bolt"
              title={t('messages.emptyTitle')}
              actions={
                <>
                  <LinkButton variant="primary" icon="upload" href={router.href('builder')}>
                    {t('messages.emptyBuild')}
                  </LinkButton>
                  <LinkButton href={router.href('overview')}>{t('messages.emptyStart')}</LinkButton>
                </>
              }
            >
              {t('messages.emptyText')}
            </EmptyState>
          ) : (
            <EmptyState
              compact
              icon="search"
              title={list.more ? (list.paused ? t('messages.noneSoFar') : t('messages.searching')) : t('messages.noneTitle')}
              actions={
                <>
                  {list.more && list.paused && (
                    <Button variant="primary" busy={list.loading} onClick={() => void list.loadMore()}>
                      {t('messages.scanFurther')}
                    </Button>
                  )}
                  <Button onClick={() => change([])}>{t('messages.clearFilters')}</Button>
                </>
              }
            >
              {list.more ? (list.last?.back ? t('messages.scannedBack', { count: list.last.messages, back: formatExact(Date.parse(list.last.back)) }) : t('messages.noneSoFarText')) : t('messages.noneText')}
            </EmptyState>
          )
        ) : (
          <VirtualList label={t('messages.title')} items={rows} keyOf={({ id }) => id} estimateHeight={rowHeight}>
            {(row) => <MessageLine row={row} selected={matching || selected.has(row.id)} faded={!stillMatches(row, terms)} onSelect={onSelect} onFilter={onFilter} />}
          </VirtualList>
        )}
      </div>
      {feed !== undefined && (rows.length > 0 || list.more) && (
        <p class="msgs-foot" {...(live ? {} : { role: 'status' })}>
          {rows.length > 0 && (
            <span class="text-soft numeric">{total?.complete === true ? t('messages.shownOf', { shown: rows.length, total: Math.max(matches, rows.length) }) : t('messages.shown', { count: rows.length })}</span>
          )}
          {list.last !== undefined && !list.last.complete && list.last.back !== null && list.emptyPages > 0 && rows.length > 0 && (
            <span class="text-soft">{t('messages.scannedBack', { count: list.last.messages, back: formatExact(Date.parse(list.last.back)) })}</span>
          )}
          {list.more && rows.length > 0 && (
            <Button size="small" busy={list.loading} onClick={() => void list.loadMore()}>
              {list.paused ? t('messages.scanFurther') : t('messages.loadMore')}
            </Button>
          )}
          {rows.length >= rowsMax && <span class="text-soft">{t('messages.tooMany', { count: rowsMax })}</span>}
        </p>
      )}
      {rows.length > 0 && list.error !== undefined && <LoadFailed error={list.error} retry={list.loadMore} />}
      <div ref={end} aria-hidden="true" />
      {wish && (
        <CancelDialog
          wish={wish}
          onClose={(begun) => {
            setWish(null);
            if (begun === null) return;
            deselect();
            router.setQuery({ action: `cancel:${begun}` });
            scrollTo(0, 0);
          }}
        />
      )}
    </div>
  );
}
