import { Table, type TableProps } from '@godwit/kit';
import type { JSX } from 'preact';

/** A table whose rows are cards on a phone, each value with its column's title before it. */
export function CardTable<T>(properties: TableProps<T>): JSX.Element {
  return (
    <div class="card-table">
      <Table {...properties} />
    </div>
  );
}
