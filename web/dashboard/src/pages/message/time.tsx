import { formatDuration, formatExact, formatNumber, locale, now } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

/** "in 12 s", counting; "any moment now" once the time has come. */
export function Until({ at }: { at: string }): JSX.Element {
  const left = Math.ceil((Date.parse(at) - now.value) / 1000) * 1000;
  return <span class="numeric">{left <= 0 ? t('message.anyMoment') : t('message.inTime', { time: formatDuration(left) })}</span>;
}

/** "14:05:09" on the day that `today` belongs to, "1 Dec, 14:05:09" on others. */
function clock(then: number, today: number): string {
  const sameDay = new Date(then).toDateString() === new Date(today).toDateString();
  return new Intl.DateTimeFormat(locale.value, { ...(sameDay ? {} : { day: 'numeric', month: 'short' }), hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(then);
}

/** When exactly, to the second; with year and zone on hover. */
export function ExactClock({ at }: { at: string }): JSX.Element {
  const then = Date.parse(at);
  return (
    <time class="time" dateTime={at} data-tip={formatExact(then)}>
      {clock(then, now.value)}
    </time>
  );
}

/** "0.31 ms", "24 ms", "1.4 s": short times keep what they have to say. */
export function formatMs(ms: number): string {
  return ms < 100 ? t('message.ms', { value: formatNumber(ms, { maximumSignificantDigits: ms < 10 ? 2 : 3 }) }) : formatDuration(ms);
}
