import type { JSX } from 'preact';

import { now } from '../../core/clock';
import { formatClock, formatDuration, formatExact, formatRelative } from '../../language/format';

/** "in 12 min", the exact time on hover; it keeps itself up to date. */
export function RelativeTime({ at }: { at: string }): JSX.Element {
  const then = Date.parse(at);
  return (
    <time class="time" dateTime={at} data-tip={formatExact(then)}>
      {formatRelative(then, now.value)}
    </time>
  );
}

/** "14:05" today, "24 Nov, 14:05" otherwise; the exact time on hover. */
export function ClockTime({ at }: { at: string }): JSX.Element {
  const then = Date.parse(at);
  return (
    <time class="time" dateTime={at} data-tip={formatExact(then)}>
      {formatClock(then, now.value)}
    </time>
  );
}

/** How long it has taken since `from`, counting. */
export function Elapsed({ from }: { from: string }): JSX.Element {
  return <span class="time">{formatDuration(Math.max(0, Math.round((now.value - Date.parse(from)) / 1000) * 1000))}</span>;
}
