import { Icon } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

export interface GroupProps {
  title: string;
  /** What is set inside, for when it is closed. */
  summary: string;
  /** Something inside is wrong: it opens. */
  wrong: boolean;
  startsOpen?: boolean;
  children: ComponentChildren;
}

/** A part of the form that opens and closes, and tells what is set in it. */
export function Group({ title, summary, wrong, startsOpen = false, children }: GroupProps): JSX.Element {
  const [open, setOpen] = useState(startsOpen);
  useEffect(() => {
    if (wrong) setOpen(true);
  }, [wrong]);
  return (
    <details class="builder-group" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="builder-group-head">
        <Icon name="chevronRight" size={14} />
        <span class="builder-group-title">{title}</span>
        {!open && <span class="builder-group-summary clip">{summary}</span>}
      </summary>
      <div class="builder-group-body">{children}</div>
    </details>
  );
}
