import type { ComponentChildren, JSX } from 'preact';

import { texts } from '../../texts';
import { Icon } from './icons';

export interface Column<T> {
  key: string;
  title: string;
  /** Keeps the title for screen readers only: columns of buttons. */
  hideTitle?: boolean;
  cell: (row: T, index: number) => ComponentChildren;
  align?: 'start' | 'end';
  width?: 'narrow' | 'medium' | 'wide' | 'fill';
  /** Makes the title a button that sorts. */
  sortable?: boolean;
  /** What a phone leaves out. */
  secondary?: boolean;
}

export interface Sorting {
  key: string;
  descending: boolean;
}

export interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  /** Where a press anywhere on the row goes; the row's main link stays for the keyboard. */
  onOpen?: (row: T) => void;
  selected?: (row: T) => boolean;
}

/** For lists of up to some hundred rows; longer ones are virtual lists. On a phone each row is a card. */
export function Table<T>({ label, columns, rows, keyOf, sorting, onSort, onOpen, selected }: TableProps<T>): JSX.Element {
  const classes = (column: Column<T>): string =>
    [`cell-${column.width ?? 'medium'}`, column.align === 'end' ? 'cell-end' : '', column.secondary ? 'cell-secondary' : ''].join(' ').trim();
  return (
    <div class="table-box">
      <table class="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => {
              const sorted = sorting?.key === column.key ? sorting : undefined;
              const name = column.hideTitle ? <span class="visually-hidden">{column.title}</span> : column.title;
              return (
                <th key={column.key} scope="col" class={classes(column)} aria-sort={sorted ? (sorted.descending ? 'descending' : 'ascending') : undefined}>
                  {column.sortable && onSort ? (
                    <button type="button" class="table-sort" onClick={() => onSort({ key: column.key, descending: sorted ? !sorted.descending : false })}>
                      {name}
                      {sorted && (
                        <>
                          <Icon name={sorted.descending ? 'arrowDown' : 'arrowUp'} size={14} />
                          <span class="visually-hidden">{texts(sorted.descending ? 'kit.sortDescending' : 'kit.sortAscending')}</span>
                        </>
                      )}
                    </button>
                  ) : (
                    name
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr
              key={keyOf(row)}
              class={onOpen ? 'table-open' : undefined}
              aria-selected={selected?.(row)}
              onClick={(event) => {
                if (!onOpen || !(event.target instanceof Element)) return;
                if (event.target.closest('a, button, input, label, [role="menu"]') || getSelection()?.toString()) return;
                onOpen(row);
              }}
            >
              {columns.map((column) => (
                <td key={column.key} class={classes(column)} data-title={column.hideTitle ? undefined : column.title}>
                  {column.cell(row, index)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
