import { useWidth } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { FixedRows } from './fixed-rows';
import { hexLine, hexRows } from './hex';

/** Narrower than this, a line has eight bytes. */
const wideFrom = 620;

export function HexView({ bytes, label }: { bytes: Uint8Array; label: string }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box) >= wideFrom ? 16 : 8;
  return (
    <div ref={box}>
      <FixedRows label={label} count={hexRows(bytes, width)}>
        {(row) => {
          const { offset, bytes: columns, ascii } = hexLine(bytes, row, width);
          return (
            <>
              <span class="text-faint">{offset}</span>
              {'  '}
              {columns}
              {'  '}
              <span class="hex-ascii">{ascii}</span>
            </>
          );
        }}
      </FixedRows>
    </div>
  );
}
