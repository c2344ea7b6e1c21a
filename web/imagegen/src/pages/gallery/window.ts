// A list of which only the parts that are looked at are loaded, page by page.

import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';

import { pagesOf } from './layout';

export interface Page<T> {
  items: readonly T[];
  total: number;
}

export type LoadPage<T> = (offset: number, limit: number, abort: AbortSignal) => Promise<Page<T>>;

export interface WindowOptions {
  pageSize: number;
  /** The most pages kept; those looked at longest ago are forgotten first. */
  pagesMax: number;
}

/** Each page is a signal: cells of a page are drawn again when it comes, and no others. */
export class ItemWindow<T extends { id: string }> {
  readonly total: ReadonlySignal<number | null>;
  readonly error: ReadonlySignal<unknown>;
  private readonly count = signal<number | null>(null);
  private readonly fault = signal<unknown>(undefined);
  private readonly pages = new Map<number, Signal<readonly T[] | null>>();
  private readonly loading = new Map<number, Promise<void>>();
  private abort = new AbortController();

  constructor(
    private readonly load: LoadPage<T>,
    private readonly options: WindowOptions,
  ) {
    this.total = this.count;
    this.error = this.fault;
  }

  /** The item at `position`, and a subscription to its page; undefined while it is not here. */
  item(position: number): T | undefined {
    const { pageSize } = this.options;
    return this.page(Math.floor(position / pageSize)).value?.[position % pageSize];
  }

  /** The same without a subscription. */
  peek(position: number): T | undefined {
    const { pageSize } = this.options;
    return this.pages.get(Math.floor(position / pageSize))?.peek()?.[position % pageSize];
  }

  /** Loads what is missing of `first`..`end` (not included); resolves when it is here. Failures are in
   *  `error`, and are tried again by the next call. */
  async ensure(first: number, end: number): Promise<void> {
    const total = this.count.peek();
    const last = total === null ? end : Math.min(end, total);
    await Promise.all(pagesOf(Math.max(0, first), last, this.options.pageSize).map((page) => this.fetch(page)));
  }

  /** Loads `first`..`end` (not included) again and forgets everything else; what is shown stays until
   *  the new is here. */
  async reload(first = 0, end = 1): Promise<void> {
    this.abort.abort();
    this.abort = new AbortController();
    this.loading.clear();
    const { signal: abort } = this.abort;
    const { pageSize } = this.options;
    try {
      const numbers = pagesOf(Math.max(0, first), Math.max(end, first + 1), pageSize);
      const pages = await Promise.all(numbers.map((number) => this.load(number * pageSize, pageSize, abort)));
      if (abort.aborted) return;
      batch(() => {
        const fresh = new Map(numbers.map((number, at) => [number, pages[at]]));
        for (const [number, known] of this.pages) if (!fresh.has(number)) known.value = null;
        for (const [number, page] of fresh) this.page(number).value = page?.items ?? null;
        this.count.value = pages[0]?.total ?? 0;
        this.fault.value = undefined;
      });
    } catch (error) {
      if (!abort.aborted && !isAbort(error)) this.fault.value = error;
    }
  }

  /** Changes an item wherever it is loaded. */
  patch(ids: ReadonlySet<string>, change: Partial<T>): void {
    batch(() => {
      for (const page of this.pages.values()) {
        const items = page.peek();
        if (items?.some((item) => ids.has(item.id))) {
          page.value = items.map((item) => (ids.has(item.id) ? { ...item, ...change } : item));
        }
      }
    });
  }

  stop(): void {
    this.abort.abort();
  }

  private page(number: number): Signal<readonly T[] | null> {
    let page = this.pages.get(number);
    if (!page) this.pages.set(number, (page = signal(null)));
    return page;
  }

  private fetch(number: number): Promise<void> {
    const known = this.pages.get(number);
    if (known && known.peek() !== null) {
      // Looked at again: the last to be forgotten.
      this.pages.delete(number);
      this.pages.set(number, known);
      return Promise.resolve();
    }
    const running = this.loading.get(number);
    if (running) return running;
    const { signal: abort } = this.abort;
    const { pageSize } = this.options;
    const fetched = this.load(number * pageSize, pageSize, abort)
      .then((page) => {
        if (abort.aborted) return;
        batch(() => {
          this.page(number).value = page.items;
          this.count.value = page.total;
          this.fault.value = undefined;
        });
        this.forgetOldest();
      })
      .catch((error: unknown) => {
        if (!abort.aborted && !isAbort(error)) this.fault.value = error;
      })
      .finally(() => {
        if (this.loading.get(number) === fetched) this.loading.delete(number);
      });
    this.loading.set(number, fetched);
    return fetched;
  }

  private forgetOldest(): void {
    const loaded = [...this.pages].filter(([, page]) => page.peek() !== null);
    for (const [, page] of loaded.slice(0, Math.max(0, loaded.length - this.options.pagesMax))) page.value = null;
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}
