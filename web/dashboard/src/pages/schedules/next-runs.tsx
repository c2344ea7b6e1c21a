import { formatExact, formatRelative, locale, now } from '@godwit/kit';
import type { JSX } from 'preact';

import type { CronPreview } from '../../api/contract';
import { t } from '../../i18n';
import { ownZone } from './parts';

function clock(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(locale.value, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(at);
}

/** Whether the browser knows the zone: the broker's zone data may be newer. */
function known(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The next runs, by the schedule's clocks and by the reader's. */
export function NextRuns({ preview }: { preview: CronPreview }): JSX.Element {
  const own = ownZone();
  const theirs = preview.timeZone ?? 'UTC';
  if (preview.next.length === 0) return <p class="text-soft">{t('schedules.previewNone')}</p>;
  const zones = theirs !== own && known(theirs) ? [theirs, own] : [own];
  const same = zones.length === 2 && preview.next.every((at) => clock(Date.parse(at), theirs) === clock(Date.parse(at), own));
  return (
    <>
      <div class="runs-box">
        <table class="runs" aria-label={t('schedules.nextTitle')}>
          <thead>
            <tr>
              {zones.map((zone) => (
                <th key={zone} scope="col">
                  {zone === own ? t('schedules.nextYours', { zone }) : t('schedules.nextZone', { zone })}
                </th>
              ))}
              <th scope="col">
                <span class="visually-hidden">{t('schedules.columnNext')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {preview.next.map((at) => (
              <tr key={at}>
                {zones.map((zone) => (
                  <td key={zone} class="numeric">
                    <time dateTime={at} data-tip={formatExact(Date.parse(at), { timeZone: zone })}>
                      {clock(Date.parse(at), zone)}
                    </time>
                  </td>
                ))}
                <td class="text-soft">{formatRelative(Date.parse(at), now.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {same && <p class="field-hint">{t('schedules.nextSame')}</p>}
    </>
  );
}
