import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface FixedRowsProps {
  label: string;
  count: number;
  children: (row: number) => ComponentChildren;
}

const rowHeight = 20;
const rowsInSight = 18;
const spare = 10;

/** A window over up to a million rows of one height, of which only those in sight are drawn. The kit's
 *  virtual list measures its rows and has an object for each; here a row is its number. */
export function FixedRows({ label, count, children }: FixedRowsProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [first, setFirst] = useState(0);
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    setFirst(0);
  }, [count]);
  const begin = Math.max(0, first - spare);
  const end = Math.min(count, first + rowsInSight + spare);
  return (
    <div
      ref={box}
      class="fixed-rows mono"
      tabIndex={0}
      role="group"
      aria-label={label}
      style={{ maxHeight: rowHeight * rowsInSight }}
      onScroll={(event) => setFirst(Math.floor(event.currentTarget.scrollTop / rowHeight))}
    >
      <div class="fixed-rows-all" style={{ height: count * rowHeight }}>
        <div class="fixed-rows-drawn" style={{ transform: `translateY(${begin * rowHeight}px)` }}>
          {Array.from({ length: end - begin }, (_, index) => (
            <div key={begin + index} class="fixed-row">
              {children(begin + index)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
