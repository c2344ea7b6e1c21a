// A grid of thousands of equal cells; only the rows in sight, and some more, are in the document.

import { useVirtual, useWidth } from '@godwit/kit';
import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks';

import { gridOf, rowCount, type GridShape } from './layout';
import { Still } from './still';

export interface GridHandle {
  columns: number;
  scrollTo(position: number): void;
}

export interface VirtualGridProps {
  label: string;
  count: number;
  shape: Omit<GridShape, 'width'>;
  keyOf: (position: number) => string | number;
  /** Draws a cell. It is asked again when `count`, the columns or `version` change: what it closes over
   *  must be good until then. */
  children: (position: number) => ComponentChildren;
  /** Told which items are in sight or near it. */
  onRange?: (first: number, end: number) => void;
  /** Changes when cells must be drawn again although their signals have not changed. */
  version?: unknown;
  handle?: RefObject<GridHandle>;
}

export function VirtualGrid({ label, count, shape, keyOf, children, onRange, version, handle }: VirtualGridProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const grid = gridOf({ ...shape, width });
  const rows = width === 0 ? 0 : rowCount(count, grid.columns);
  const view = useVirtual(box, { count: rows, estimateSize: () => grid.row, keyOf: (row) => row, overscan: 3 });
  useLayoutEffect(() => view.remeasure(), [grid.row]);

  const firstRow = view.items[0]?.index ?? 0;
  const endRow = (view.items.at(-1)?.index ?? -1) + 1;
  useEffect(() => {
    if (endRow > firstRow) onRange?.(firstRow * grid.columns, Math.min(count, endRow * grid.columns));
  }, [firstRow, endRow, grid.columns, count, onRange]);
  useImperativeHandle(
    handle ?? { current: null },
    () => ({
      columns: grid.columns,
      scrollTo: (position) => view.scrollToIndex(Math.floor(position / grid.columns)),
    }),
    [grid.columns, view.scrollToIndex],
  );

  return (
    <div ref={box} class="virtual grid" role="list" aria-label={label} style={{ height: Math.max(0, view.size - shape.gap) }}>
      {view.items.map((row) => (
        <div
          key={row.key}
          class="virtual-item grid-row"
          role="presentation"
          style={{
            transform: `translateY(${view.offsetOf(row)}px)`,
            height: grid.row - shape.gap,
            columnGap: shape.gap,
            gridTemplateColumns: `repeat(${grid.columns}, minmax(0, 1fr))`,
          }}
        >
          <Still of={[count, grid.columns, version]}>
            {() => {
              const first = row.index * grid.columns;
              const end = Math.min(count, first + grid.columns);
              return Array.from({ length: Math.max(0, end - first) }, (_, at) => (
                <div key={keyOf(first + at)} class="grid-cell" role="listitem" aria-setsize={count} aria-posinset={first + at + 1}>
                  {children(first + at)}
                </div>
              ));
            }}
          </Still>
        </div>
      ))}
    </div>
  );
}
