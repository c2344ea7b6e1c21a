import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { FixedRows } from './fixed-rows';
import { rowsOf } from './lines';

/** Beyond so many characters the lines are a window over rows: the browser would lay all of them out. */
const wholeMax = 96 * 1024;
const rowWidth = 240;

export function TextView({ text, label }: { text: string; label: string }): JSX.Element {
  const rows = useMemo(() => (text.length > wholeMax ? rowsOf(text, rowWidth) : null), [text]);
  if (rows !== null) {
    return (
      <FixedRows label={label} count={rows.length}>
        {(row) => rows[row]}
      </FixedRows>
    );
  }
  return (
    <pre class="code-block payload-text" tabIndex={0} role="group" aria-label={label}>
      {text}
    </pre>
  );
}
