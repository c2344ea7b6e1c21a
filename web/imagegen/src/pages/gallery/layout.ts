// Where the cells of a grid stand. All are alike, so everything follows from the width.

export interface GridShape {
  width: number; // of the whole, in pixels
  gap: number;
  cellMin: number; // the narrowest cell that still shows something
  ratio: number; // width of a picture to its height
  caption: number; // pixels below the picture
}

export interface Grid {
  columns: number;
  cell: number; // width in pixels
  row: number; // from the top of one row to the top of the next
}

export function gridOf(shape: GridShape): Grid {
  const columns = Math.max(1, Math.floor((shape.width + shape.gap) / (shape.cellMin + shape.gap)));
  const cell = Math.max(1, (shape.width - shape.gap * (columns - 1)) / columns);
  return { columns, cell, row: Math.round(cell / shape.ratio) + shape.caption + shape.gap };
}

export function rowCount(items: number, columns: number): number {
  return Math.ceil(items / columns);
}

/** The height of all rows; the last one needs no gap. */
export function heightOf(items: number, grid: Grid, gap: number): number {
  return Math.max(0, rowCount(items, grid.columns) * grid.row - gap);
}

export interface RowRange {
  first: number;
  end: number; // not included
}

/** The rows that are seen between `top` and `top + height` (in pixels below the first row's top), and
 *  `overscan` more on each side. */
export function visibleRows(top: number, height: number, row: number, rows: number, overscan: number): RowRange {
  const first = Math.floor(top / row) - overscan;
  const end = Math.ceil((top + height) / row) + overscan;
  return { first: Math.min(Math.max(0, first), rows), end: Math.min(Math.max(0, end), rows) };
}

/** The pages of `size` items that items `first`..`end` (not included) lie on. */
export function pagesOf(first: number, end: number, size: number): number[] {
  const pages: number[] = [];
  for (let page = Math.floor(first / size); page * size < end; page += 1) pages.push(page);
  return pages;
}

/** Where an arrow key leads from `position`; the same place when there is nothing. */
export function neighbour(position: number, code: string, columns: number, total: number): number {
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (code === 'Home') return 0;
  if (code === 'End') return Math.max(0, total - 1);
  const next = position + (steps[code] ?? 0);
  return next < 0 || next >= total ? position : next;
}
