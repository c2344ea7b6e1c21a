// The images of a generation as a table of two of its parameters.

import type { GalleryImage } from '../../api/contract';

export interface Matrix {
  rows: readonly string[];
  columns: readonly string[];
  /** The images of a cell; several when other parameters or repetitions differ. */
  cell(row: string, column: string): readonly GalleryImage[];
}

type Placed = Pick<GalleryImage, 'variant'>;

/** The parameters that take at least one value among `images`, by name of first use. */
export function parametersOf(images: Iterable<Placed>): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const image of images) {
    for (const [name, value] of Object.entries(image.variant)) {
      let values = found.get(name);
      if (!values) found.set(name, (values = new Set()));
      values.add(value);
    }
  }
  return new Map([...found].map(([name, values]) => [name, [...values]]));
}

/** The two parameters to begin with: those with most values, the larger one down. */
export function suggestedAxes(parameters: ReadonlyMap<string, readonly string[]>): { row: string; column: string } | null {
  const [first, second] = [...parameters].sort((a, b) => b[1].length - a[1].length);
  return first && second ? { row: first[0], column: second[0] } : null;
}

/** `order` puts values where the generation had them; values it does not know come last. */
export function matrixOf(
  images: readonly GalleryImage[],
  axes: { row: string; column: string },
  order: Readonly<Record<string, readonly string[]>> = {},
): Matrix {
  const cells = new Map<string, Map<string, GalleryImage[]>>();
  const columns = new Set<string>();
  for (const image of images) {
    const row = image.variant[axes.row];
    const column = image.variant[axes.column];
    if (row === undefined || column === undefined) continue;
    columns.add(column);
    let cellsOfRow = cells.get(row);
    if (!cellsOfRow) cells.set(row, (cellsOfRow = new Map()));
    const cell = cellsOfRow.get(column);
    if (cell) cell.push(image);
    else cellsOfRow.set(column, [image]);
  }
  const inOrder = (values: Iterable<string>, name: string): string[] => {
    const places = new Map((order[name] ?? []).map((value, place) => [value, place]));
    return [...values].sort((a, b) => (places.get(a) ?? places.size) - (places.get(b) ?? places.size));
  };
  return {
    rows: inOrder(cells.keys(), axes.row),
    columns: inOrder(columns, axes.column),
    cell: (row, column) => cells.get(row)?.get(column) ?? [],
  };
}
