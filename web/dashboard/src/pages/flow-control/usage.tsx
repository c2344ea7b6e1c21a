import { Badge, formatDuration, formatNumber, now, ProgressBar, RelativeTime, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { FlowControlKey } from '../../api/resources';
import { t } from '../../i18n';

/** "60 per 1 h"; null without a limit. */
export function rateText({ rateMax, ratePeriod }: FlowControlKey): string | null {
  return rateMax === 0 ? null : t('flowControl.rate', { count: rateMax, period: formatDuration(ratePeriod * 1000) });
}

/** When the window ends, in milliseconds since 1970; null when it has, and the next one has not begun. */
export function windowEnd({ rateMax, ratePeriod, ratePeriodStart }: FlowControlKey): number | null {
  if (rateMax === 0) return null;
  const end = (ratePeriodStart + ratePeriod) * 1000;
  return end > now.value ? end : null;
}

/** So many of so many, as a number and as a length. */
export function Usage({ used, max, label }: { used: number; max: number; label: string }): JSX.Element {
  if (max === 0) return <span class="text-soft numeric">{t('flowControl.usedOnly', { used })}</span>;
  const text = t('flowControl.used', { used, max });
  const tone: Tone = used >= max ? 'warning' : 'info';
  return (
    <span class="usage">
      <span class="numeric">{text}</span>
      <ProgressBar thin label={`${label}: ${text}`} max={max} parts={[{ value: Math.min(used, max), tone }]} />
    </span>
  );
}

export function RateUsage({ info }: { info: FlowControlKey }): JSX.Element {
  const used = windowEnd(info) === null ? 0 : info.rateCount;
  return <Usage used={used} max={info.rateMax} label={t('flowControl.columnRate')} />;
}

export function WindowEnd({ info }: { info: FlowControlKey }): JSX.Element {
  const end = windowEnd(info);
  if (info.rateMax === 0) return <span class="text-faint">—</span>;
  return end === null ? <span class="text-faint">{t('flowControl.windowIdle')}</span> : <RelativeTime at={new Date(end).toISOString()} />;
}

export function KeyState({ info }: { info: FlowControlKey }): JSX.Element {
  const pinned = info.isPinnedRate || info.isPinnedParallelism;
  return (
    <span class="badges">
      {info.isPaused ? <Badge tone="warning" icon="pause">{t('resources.paused')}</Badge> : <Badge tone="success">{t('resources.running')}</Badge>}
      {pinned && <Badge tone="info" tip={t('flowControl.pinnedTip')}>{t('flowControl.pinned')}</Badge>}
    </span>
  );
}

export function Waiting({ count }: { count: number }): JSX.Element {
  return <span class={`numeric${count === 0 ? ' text-faint' : ''}`}>{formatNumber(count)}</span>;
}
