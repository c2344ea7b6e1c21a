import { formatClock, formatDuration, formatExact, formatNumber, locale, now } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

/** "in 12 s", counting; "any moment now" once the time has come. */
export function Until({ at }: { at: string }): JSX.Element {
  const left = Math.ceil((Date.parse(at) - now.value) / 1000) * 1000;
  return <span class="numeric">{left <= 0 ? t('message.anyMoment') : t('message.inTime', { time: formatDuration(left) })}</span>;
}

function seconds(then: number): string {
  return new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(then);
}

/** "14:05:09" today, with the date on other days; everything on hover. */
export function ExactClock({ at }: { at: string }): JSX.Element {
  const then = Date.parse(at);
  const clock = formatClock(then, now.value);
  return (
    <time class="time" dateTime={at} data-tip={formatExact(then)}>
      {/^\d\d:\d\d$/.test(clock) ? seconds(then) : clock}
    </time>
  );
}

/** "0.31 ms", "24 ms", "1.4 s": short times keep what they have to say. */
export function formatMs(ms: number): string {
  return ms < 100 ? t('message.ms', { value: formatNumber(ms, { maximumSignificantDigits: ms < 10 ? 2 : 3 }) }) : formatDuration(ms);
}
