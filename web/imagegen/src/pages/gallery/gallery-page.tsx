import { EmptyState, Button, LinkButton, PageHead, toast, toastError, useDebounced, useShortcut, useTitle } from '@godwit/kit';
import { useSignal, useSignalEffect, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { Facets, GalleryImage } from '../../api/contract';
import { api, describeError, eventStream, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CompareDialog } from '../gallery-viewer/compare';
import type { ImageSource } from '../gallery-viewer/image';
import { archiveImages, deleteImages, starImages } from '../gallery-viewer/image-actions';
import { Lightbox } from '../gallery-viewer/lightbox';
import { FilterBar, type GalleryView } from './filter-bar';
import { activeCount, apiQueryOf, filtersOf, noFilters, queryOf, type GalleryFilters } from './filters';
import { VirtualGrid, type GridHandle } from './grid';
import { neighbour } from './layout';
import { MatrixView } from './matrix-view';
import { emptySelection, extend, rangeTo, selectAll, toggle, without, type Selection } from './selection';
import { SelectionBar } from './selection-bar';
import { Tile } from './tile';
import { ItemWindow } from './window';

const pageSize = 100;
const pagesMax = 200;
const allPageSize = 500;

function loadPage(filters: GalleryFilters) {
  return async (offset: number, limit: number, signal: AbortSignal): Promise<{ items: GalleryImage[]; total: number }> => {
    const { images, total } = await api.get<{ images: GalleryImage[]; total: number }>(`/api/images?${apiQueryOf(filters, offset, limit)}`, { signal });
    return { items: images, total };
  };
}

/** «Галерея»: every image there is, filtered, selected, looked at. */
export function GalleryPage(): JSX.Element {
  useTitle(t('gallery.title'));
  const query = router.current.value?.query;
  const filters = filtersOf(query ?? new URLSearchParams());
  const view: GalleryView = query?.get('view') === 'matrix' ? 'matrix' : 'grid';
  const search = useRef<HTMLDivElement>(null);
  const [facets, setFacets] = useState<Facets | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const asked = filters.generation ? `?generationId=${encodeURIComponent(filters.generation)}` : '';
    // The filters offer less without it; the images are there all the same.
    api.get<Facets>(`/api/images/facets${asked}`, { signal: abort.signal }).then(setFacets, () => {});
    return () => abort.abort();
  }, [filters.generation]);

  const change = (changed: Partial<GalleryFilters>): void => router.setQuery(queryOf({ ...filters, ...changed }));
  const reset = (): void => router.setQuery(queryOf(noFilters));
  useShortcut('Slash', () => t('gallery.focusSearch'), () => search.current?.querySelector('input')?.focus());
  useShortcut('KeyN', () => t('gallery.emptyAction'), () => void router.go(router.href('newGeneration')));

  // Typing in the search asks once the reader rests; other filters at once.
  const { search: words, ...others } = filters;
  const restedWords = useDebounced(words, 250).value;
  const settled = useMemo(() => ({ ...others, search: restedWords }), [JSON.stringify(others), restedWords]);
  const total = useSignal<number | null>(null);
  return (
    <>
      <PageHead
        title={
          <>
            {t('gallery.title')}
            {total.value !== null && total.value > 0 && (
              <span class="gallery-count" data-testid="gallery-count">
                {t('gallery.count', { count: total.value })}
              </span>
            )}
          </>
        }
        actions={
          filters.generation !== '' &&
          (total.value ?? 0) > 0 && (
            <LinkButton icon="download" download href={`/api/generations/${encodeURIComponent(filters.generation)}/zip`} testId="zip-generation">
              {t('gallery.zipGeneration')}
            </LinkButton>
          )
        }
      />
      <FilterBar
        filters={filters}
        facets={facets}
        view={view}
        onChange={change}
        onView={(next) => router.setQuery({ view: next === 'grid' ? null : next })}
        onReset={reset}
        searchBox={search}
      />
      {view === 'matrix' ? (
        <MatrixView filters={settled} />
      ) : (
        <Images key={apiQueryOf(settled, 0, 0)} filters={settled} total={total} onReset={reset} />
      )}
    </>
  );
}

interface ImagesProps {
  filters: GalleryFilters;
  total: Signal<number | null>;
  onReset: () => void;
}

const autoReloadMs = 1000;

/** Counts images that have come since the list was loaded, and loads them where that disturbs nobody. */
function useNewImages(filters: GalleryFilters, items: ItemWindow<GalleryImage>, mayReload: () => boolean): Signal<number> {
  const fresh = useSignal(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = eventStream().on('task', (result) => {
      if (result.status !== 'done' || result.imageUrl === null) return;
      if (filters.generation !== '' && filters.generation !== result.generationId) return;
      fresh.value += 1;
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!mayReload()) return;
        fresh.value = 0;
        void items.reload();
      }, autoReloadMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [items]);
  return fresh;
}

function Images({ filters, total, onReset }: ImagesProps): JSX.Element {
  const items = useMemo(() => new ItemWindow<GalleryImage>(loadPage(filters), { pageSize, pagesMax }), []);
  const selection = useSignal<Selection>(emptySelection);
  const position = useSignal<number | null>(null);
  const compared = useSignal<readonly [GalleryImage, GalleryImage] | null>(null);
  const range = useRef({ first: 0, end: pageSize });
  const grid = useRef<GridHandle>(null);
  const [selectingAll, setSelectingAll] = useState(false);
  useEffect(() => {
    void items.ensure(0, 1);
    return () => {
      items.stop();
      total.value = null;
    };
  }, [items]);
  useSignalEffect(() => {
    total.value = items.total.value;
  });
  const atRest = (): boolean => selection.peek().ids.size === 0 && position.peek() === null;
  const fresh = useNewImages(filters, items, () => atRest() && filters.order === 'newest' && scrollY < 240);

  const onRange = useCallback(
    (first: number, end: number) => {
      range.current = { first, end };
      void items.ensure(first, end);
    },
    [items],
  );
  const reload = (): Promise<void> => items.reload(range.current.first, range.current.end);

  const idAt = (at: number): string | undefined => items.peek(at)?.id;
  const reach = async (at: number): Promise<void> => {
    const { first, last } = rangeTo(selection.peek(), at);
    await items.ensure(first, last + 1);
    selection.value = extend(selection.peek(), at, idAt);
  };
  const select = (at: number, image: GalleryImage, event: MouseEvent): void => {
    if (event.shiftKey) void reach(at);
    else selection.value = toggle(selection.peek(), at, image.id);
  };
  const press = (at: number, image: GalleryImage, event: MouseEvent): void => {
    if (event.shiftKey || event.ctrlKey || event.metaKey || selection.peek().ids.size > 0) select(at, image, event);
    else position.value = at;
  };
  const selectEverything = async (): Promise<void> => {
    setSelectingAll(true);
    try {
      const ids: string[] = [];
      const load = loadPage({ ...filters });
      const abort = new AbortController();
      for (;;) {
        const page = await load(ids.length, allPageSize, abort.signal);
        ids.push(...page.items.map(({ id }) => id));
        if (page.items.length === 0 || ids.length >= page.total) break;
      }
      selection.value = selectAll(ids);
    } catch (error) {
      toastError(describeError(error));
    } finally {
      setSelectingAll(false);
    }
  };
  const clear = (): void => {
    selection.value = emptySelection;
  };
  const selectedIds = (): string[] => [...selection.peek().ids];
  const star = async (ids: readonly string[], starred: boolean): Promise<void> => {
    if (!(await starImages(ids, starred))) return;
    items.patch(new Set(ids), { starred });
    if (ids.length > 1) toast(t(starred ? 'gallery.starredDone' : 'gallery.unstarredDone', { count: ids.length }));
  };
  const remove = async (ids: readonly string[]): Promise<void> => {
    if (!(await deleteImages(ids))) return;
    selection.value = without(selection.peek(), ids);
    await reload();
  };
  /** The two selected images, also when they have been scrolled away. */
  const compare = (): void => {
    const chosen: GalleryImage[] = [];
    for (let at = 0; at < (items.total.peek() ?? 0) && chosen.length < 2; at += 1) {
      const image = items.peek(at);
      if (image && selection.peek().ids.has(image.id)) chosen.push(image);
    }
    const [first, second] = chosen;
    if (first && second) compared.value = [first, second];
  };

  const free = position.value === null && compared.value === null;
  useShortcut('Mod+KeyA', () => t('gallery.keySelectAll'), () => void selectEverything(), free);
  useShortcut('Escape', () => t('gallery.clearSelection'), clear, free && selection.value.ids.size > 0);
  useShortcut('Delete', () => t('gallery.keyDelete'), () => void remove(selectedIds()), free && selection.value.ids.size > 0);
  useShortcut('KeyD', () => t('gallery.downloadZip'), () => void archiveImages(selectedIds()), free && selection.value.ids.size > 0);

  const onArrow = (event: KeyboardEvent): void => {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-position]') : null;
    if (!tile || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = Number(tile.dataset['position']);
    const next = neighbour(at, event.code, grid.current?.columns ?? 1, items.total.peek() ?? 0);
    if (next === at) return;
    event.preventDefault();
    grid.current?.scrollTo(next);
    // The row may have to be drawn first.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-position="${next}"]`)?.focus());
  };

  const source = useMemo<ImageSource>(
    () => ({
      total: () => items.total.value ?? 0,
      at: (at) => items.item(at),
      ensure: (at) => void items.ensure(at - 1, at + 2),
    }),
    [items],
  );

  const count = items.total.value;
  const problem = items.error.value;
  if (count === null) return problem === undefined ? <GridSkeleton /> : <LoadFailed error={problem} retry={() => items.ensure(0, 1)} />;
  if (count === 0) {
    return activeCount(filters) > 0 ? (
      <EmptyState icon="search" title={t('gallery.nothingFound')} actions={<Button onClick={onReset}>{t('gallery.resetFilters')}</Button>}>
        {t('gallery.nothingFoundText')}
      </EmptyState>
    ) : (
      <EmptyState
        icon="gallery"
        title={t('gallery.emptyTitle')}
        actions={
          <LinkButton variant="primary" icon="plus" href={router.href('newGeneration')}>
            {t('gallery.emptyAction')}
          </LinkButton>
        }
      >
        {t('gallery.emptyText')}
      </EmptyState>
    );
  }
  const selected = selection.value.ids.size;
  const phone = innerWidth < 640;
  return (
    <div class={selected > 0 ? 'gallery gallery-selecting' : 'gallery'} onKeyDown={onArrow}>
      {fresh.value > 0 && (
        <div class="gallery-fresh">
          <Button
            size="small"
            icon="arrowUp"
            onClick={() => {
              fresh.value = 0;
              scrollTo({ top: 0 });
              void items.reload();
            }}
          >
            {t('gallery.newImages', { count: fresh.value })}
          </Button>
        </div>
      )}
      <VirtualGrid
        label={t('gallery.grid')}
        count={count}
        shape={{ gap: phone ? 6 : 10, cellMin: phone ? 112 : 190, ratio: 1, caption: 0 }}
        keyOf={(at) => at}
        onRange={onRange}
        handle={grid}
      >
        {(at) => (
          <Tile
            items={items}
            position={at}
            selection={selection}
            onPress={press}
            onSelect={select}
            onStar={(image) => void star([image.id], !image.starred)}
          />
        )}
      </VirtualGrid>
      {selected > 0 && (
        <SelectionBar
          count={selected}
          total={count}
          selectingAll={selectingAll}
          onAll={() => void selectEverything()}
          onClear={clear}
          onZip={() => void archiveImages(selectedIds())}
          onStar={() => void star(selectedIds(), true)}
          onCompare={compare}
          onDelete={() => void remove(selectedIds())}
        />
      )}
      <Lightbox
        source={source}
        position={position}
        onStar={(image, starred) => items.patch(new Set([image.id]), { starred })}
        onDeleted={() => void reload()}
      />
      {compared.value && <CompareDialog images={compared.value} onClose={() => (compared.value = null)} />}
    </div>
  );
}

function GridSkeleton(): JSX.Element {
  return (
    <div class="grid-skeleton" role="status" aria-label={t('gallery.grid')}>
      {Array.from({ length: 18 }, (_, at) => (
        <span key={at} />
      ))}
    </div>
  );
}
