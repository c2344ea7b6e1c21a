// Long lists: only what is in sight (and a little more) is in the document. The page itself scrolls.

import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  observeWindowOffset,
  observeWindowRect,
  Virtualizer,
  windowScroll,
  type VirtualItem,
} from '@tanstack/virtual-core';
import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';

export interface VirtualOptions {
  count: number;
  /** Rows have about this height; their real one is measured. */
  estimateSize: (index: number) => number;
  keyOf: (index: number) => string | number;
  gap?: number;
  /** Items beside each other, for grids. */
  lanes?: number;
  overscan?: number;
  /** Scrolls by itself instead of the page: the element that does. */
  scroller?: RefObject<HTMLElement>;
}

export interface VirtualView {
  items: VirtualItem[];
  /** Height of everything. */
  size: number;
  /** To be the `ref` of each drawn item, which carries `data-index`. */
  measure: (element: Element | null) => void;
  /** Where `item` stands within the list. */
  offsetOf: (item: VirtualItem) => number;
  scrollToIndex: (index: number, align?: 'start' | 'center' | 'end' | 'auto') => void;
  /** For changes of estimated sizes that are not in `count`. */
  remeasure: () => void;
}

/** What to draw of a list in `box`, kept up to date while the reader scrolls. */
export function useVirtual(box: RefObject<HTMLElement>, options: VirtualOptions): VirtualView {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [margin, setMargin] = useState(0);
  const { scroller } = options;

  const common = {
    count: options.count,
    estimateSize: options.estimateSize,
    getItemKey: options.keyOf,
    gap: options.gap ?? 0,
    lanes: options.lanes ?? 1,
    overscan: options.overscan ?? 6,
    scrollMargin: margin,
    onChange: () => redraw(undefined),
  };
  // The two kinds differ in what scrolls; their common side is all that is used below.
  const make = (): Virtualizer<Element, Element> | Virtualizer<Window, Element> =>
    scroller
      ? new Virtualizer<Element, Element>({
          ...common,
          getScrollElement: () => scroller.current,
          observeElementRect,
          observeElementOffset,
          scrollToFn: elementScroll,
        })
      : new Virtualizer<Window, Element>({
          ...common,
          getScrollElement: () => window,
          observeElementRect: observeWindowRect,
          observeElementOffset: observeWindowOffset,
          scrollToFn: windowScroll,
          initialOffset: () => scrollY,
        });
  const [virtualizer] = useState(make);
  // One function for good: a new one at every drawing would have each item in sight measured anew.
  const [measure] = useState(() => (element: Element | null): void => virtualizer.measureElement(element));
  (virtualizer.setOptions as (next: object) => void)({ ...virtualizer.options, ...common });

  useLayoutEffect(() => {
    virtualizer._willUpdate();
  });
  useEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => {
    // What stands above the list moves it: keep its distance from the scroller's top.
    const measure = (): void => {
      const element = box.current;
      if (!element) return;
      const frame = scroller?.current;
      const top = frame
        ? element.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop
        : element.getBoundingClientRect().top + scrollY;
      setMargin((before) => (Math.abs(before - top) < 1 ? before : top));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [box, scroller]);

  return {
    items: virtualizer.getVirtualItems(),
    size: virtualizer.getTotalSize(),
    measure,
    offsetOf: (item) => item.start - margin,
    scrollToIndex: (index, align = 'auto') => virtualizer.scrollToIndex(index, { align }),
    remeasure: () => virtualizer.measure(),
  };
}

export interface VirtualListProps<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  estimateHeight: number;
  children: (item: T, index: number) => ComponentChildren;
  gap?: number;
  scroller?: RefObject<HTMLElement>;
}

/** A list of thousands of rows of any height. */
export function VirtualList<T>({ label, items, keyOf, estimateHeight, children, gap, scroller }: VirtualListProps<T>): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const view = useVirtual(box, {
    count: items.length,
    estimateSize: () => estimateHeight,
    keyOf: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
    ...(gap === undefined ? {} : { gap }),
    ...(scroller ? { scroller } : {}),
  });
  return (
    // Places and heights are set through the object model, which the pages' policy allows.
    <div ref={box} class="virtual" role="list" aria-label={label} style={{ height: view.size }}>
      {view.items.map((place) => {
        const item = items[place.index];
        if (item === undefined) return null;
        return (
          <div
            key={place.key}
            ref={view.measure}
            data-index={place.index}
            class="virtual-item"
            role="listitem"
            aria-setsize={items.length}
            aria-posinset={place.index + 1}
            style={{ transform: `translateY(${view.offsetOf(place)}px)` }}
          >
            {children(item, place.index)}
          </div>
        );
      })}
    </div>
  );
}

/** The width of an element, in CSS pixels; 0 before the first measurement. */
export function useWidth(box: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
