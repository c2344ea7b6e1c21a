// A grid of thousands of equal cells; only the rows in sight, and some more, are in the document.

import { useVirtual, useWidth } from '@godwit/kit';
import type { ComponentChildren, JSX, RefObject } from 'preact';
import { Component } from 'preact';
import { useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'preact/hooks';

import { gridOf, rowCount, type GridShape } from './layout';

export interface GridHandle {
  columns: number;
  scrollTo(position: number): void;
}

export interface VirtualGridProps {
  label: string;
  count: number;
  shape: Omit<GridShape, 'width'>;
  keyOf: (position: number) => string | number;
  children: (position: number) => ComponentChildren;
  /** Told which items are in sight or near it. */
  onRange?: (first: number, end: number) => void;
  /** Changes when cells must be drawn again although their signals have not changed. */
  version?: unknown;
  handle?: RefObject<GridHandle>;
}

interface RowProps {
  first: number;
  end: number;
  columns: number;
  version: unknown;
  cell: (position: number) => ComponentChildren;
  keyOf: (position: number) => string | number;
}

/** A row is drawn again only when what it shows is another, not while the reader scrolls. */
class GridRow extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { first, end, columns, version, cell } = this.props;
    return next.first !== first || next.end !== end || next.columns !== columns || next.version !== version || next.cell !== cell;
  }

  override render({ first, end, cell, keyOf }: RowProps): ComponentChildren {
    return Array.from({ length: end - first }, (_, at) => (
      <div key={keyOf(first + at)} class="grid-cell">
        {cell(first + at)}
      </div>
    ));
  }
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

  const latest = useRef({ children, keyOf });
  latest.current = { children, keyOf };
  const stable = useRef({
    cell: (position: number) => latest.current.children(position),
    keyOf: (position: number) => latest.current.keyOf(position),
  });
  return (
    <div ref={box} class="virtual grid" role="list" aria-label={label} style={{ height: Math.max(0, view.size - shape.gap) }}>
      {view.items.map((row) => (
        <div
          key={row.key}
          class="virtual-item grid-row"
          style={{
            transform: `translateY(${view.offsetOf(row)}px)`,
            height: grid.row - shape.gap,
            columnGap: shape.gap,
            gridTemplateColumns: `repeat(${grid.columns}, minmax(0, 1fr))`,
          }}
        >
          <GridRow
            first={row.index * grid.columns}
            end={Math.min(count, (row.index + 1) * grid.columns)}
            columns={grid.columns}
            version={version}
            cell={stable.current.cell}
            keyOf={stable.current.keyOf}
          />
        </div>
      ))}
    </div>
  );
}
