import { formatBytes, formatExact, formatNumber } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { Overview } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import { barParts, reasonHref, reasons } from './backlog';

/** What living messages wait for, as one bar; each reason leads to where its messages are seen. */
export function BacklogCard({ backlog }: { backlog: Overview['backlog'] }): JSX.Element {
  return (
    <section class="overview-card" aria-labelledby="backlog-title">
      <div class="overview-card-head">
        <h2 id="backlog-title">{t('overview.backlogTitle')}</h2>
        <span class="numeric">{formatNumber(backlog.total)}</span>
      </div>
      <svg class="reason-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {barParts(backlog).map(({ reason, start, width }) => (
          <rect key={reason} class={`reason-${reason}`} x={start} y="0" width={width} height="1" />
        ))}
      </svg>
      <ul class="reasons">
        {reasons.map((reason) => (
          <li key={reason}>
            <a class={`reason${backlog[reason] === 0 ? ' reason-none' : ''}`} href={reasonHref(reason)} data-tip={t(`overview.reason_${reason}_tip`)} data-testid={`reason-${reason}`}>
              <svg class="reason-swatch" width="10" height="10" aria-hidden="true">
                <rect class={`reason-${reason}`} width="10" height="10" rx="2" />
              </svg>
              <span class="clip">{t(`overview.reason_${reason}`)}</span>
              <span class="reason-count numeric">{formatNumber(backlog[reason])}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Standing({ label, href, value, note, testId }: { label: string; href: string; value: ComponentChildren; note: ComponentChildren; testId: string }): JSX.Element {
  return (
    <li>
      <a class="standing" href={href} data-testid={testId}>
        <span class="standing-label">{label}</span>
        <span class="standing-value numeric">{value}</span>
        <span class="standing-note numeric">{note}</span>
      </a>
    </li>
  );
}

/** Dead letters, disk, queues and schedules: how much there is of each. */
export function StandingCard({ overview }: { overview: Overview }): JSX.Element {
  const { deadLetters, disk, queues, schedules } = overview;
  const paused = (count: number): ComponentChildren => (count === 0 ? t('overview.pausedNone') : <span class="text-warning">{t('overview.pausedCount', { count })}</span>);
  const low = disk.freeBytes < disk.minFreeBytes * 2 && !disk.ephemeral;
  return (
    <section class="overview-card" aria-labelledby="standing-title">
      <div class="overview-card-head">
        <h2 id="standing-title">{t('overview.standing')}</h2>
      </div>
      <ul class="standings">
        <Standing
          label={t('overview.deadLetters')}
          href={router.href('dlq')}
          value={formatNumber(deadLetters.total)}
          note={deadLetters.lastHour === 0 ? t('overview.deadLettersStill') : <span class="text-danger">{t('overview.deadLettersGrowth', { count: deadLetters.lastHour })}</span>}
          testId="standing-dead"
        />
        <Standing label={t('overview.queues')} href={router.href('queues')} value={formatNumber(queues.total)} note={paused(queues.paused)} testId="standing-queues" />
        <Standing label={t('overview.schedules')} href={router.href('schedules')} value={formatNumber(schedules.total)} note={paused(schedules.paused)} testId="standing-schedules" />
        <Standing
          label={t('overview.disk')}
          href={router.href('settings')}
          value={disk.ephemeral ? '—' : formatBytes(disk.usedBytes)}
          note={disk.ephemeral ? t('overview.diskEphemeral') : <span class={low ? 'text-warning' : undefined}>{t('overview.diskFree', { free: formatBytes(disk.freeBytes) })}</span>}
          testId="standing-disk"
        />
      </ul>
    </section>
  );
}

/** Everything since the first message, in a sentence. */
export function TotalsLine({ overview }: { overview: Overview }): JSX.Element {
  const { totals, startedAt } = overview;
  return (
    <p class="totals">
      {t('overview.totals', {
        published: totals.published,
        deduplicated: totals.deduplicated,
        delivered: totals.delivered,
        deadLettered: totals.deadLettered,
        canceled: totals.canceled,
        attempts: totals.attempts,
        failed: totals.failedAttempts,
        since: formatExact(Date.parse(startedAt)),
      })}
    </p>
  );
}
