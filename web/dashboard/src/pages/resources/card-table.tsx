import { Button, formatNumber, Table, type TableProps } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { t } from '../../i18n';

const rowsAtOnce = 200;

/** A table whose rows are cards on a phone, each value with its column's title before it. Of thousands of rows the
 *  first are drawn; more, as the reader asks for them. */
export function CardTable<T>({ rows, ...properties }: TableProps<T>): JSX.Element {
  const [most, setMost] = useState(rowsAtOnce);
  const left = rows.length - most;
  return (
    <div class="card-table stack">
      <Table {...properties} rows={left > 0 ? rows.slice(0, most) : rows} />
      {left > 0 && (
        <div class="row">
          <Button onClick={() => setMost(most + rowsAtOnce)} testId="more-rows">
            {t('resources.moreRows', { count: Math.min(left, rowsAtOnce) })}
          </Button>
          <span class="text-small text-soft">{t('resources.rowsShown', { shown: formatNumber(most), all: formatNumber(rows.length) })}</span>
        </div>
      )}
    </div>
  );
}
