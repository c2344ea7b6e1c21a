import { formatClock, formatExact, formatNumber, locale, Segmented, Skeleton, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Calendar } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { heatDays } from './heat';
import { ownZone } from './parts';

const choices = ['3', '7', '14'] as const;
const hours = Array.from({ length: 24 }, (_, hour) => hour);
const collisionNames = 6;

/** The runs ahead, hour by hour, and the minutes at which schedules meet. */
export function CalendarView(): JSX.Element {
  const asked = router.current.value?.query.get('days');
  const days = choices.find((choice) => choice === asked) ?? '7';
  const poll = usePoll<Calendar>(days, {
    load: (signal) => api.get<Calendar>(`/admin/v1/schedules/calendar?days=${days}`, { signal }),
    pace: { usualMs: 30_000, nearMs: 30_000, hiddenMs: 300_000 },
  });
  const calendar = poll.value.value;
  if (calendar === undefined) return poll.error.value === undefined ? <Skeleton lines={7} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />;
  const heat = heatDays(calendar);
  const dayName = new Intl.DateTimeFormat(locale.value, { weekday: 'short', day: 'numeric', month: 'short' });
  const anything = heat.some(({ runs }) => runs > 0);
  return (
    <div class="stack">
      <section class="res-block" aria-labelledby="calendar-title">
        <div class="res-head">
          <h2 id="calendar-title">{t('schedules.calendarTitle')}</h2>
          <Segmented
            label={t('schedules.calendarDays')}
            value={days}
            options={choices.map((value) => ({ value, label: value }))}
            onChange={(value) => router.setQuery({ days: value === '7' ? null : value })}
          />
        </div>
        <p class="text-soft">{t('schedules.calendarLead', { days: Number(days), zone: ownZone() })}</p>
        {anything ? (
          <>
            <div class="heat-box" tabIndex={0} role="region" aria-labelledby="calendar-title">
              <table class="heat" aria-labelledby="calendar-title">
                <thead>
                  <tr>
                    <th scope="col">
                      <span class="visually-hidden">{t('schedules.calendarDay')}</span>
                    </th>
                    {hours.map((hour) => (
                      <th key={hour} scope="col" class="heat-hour">
                        {hour % 3 === 0 ? hour : <span class="visually-hidden">{hour}</span>}
                      </th>
                    ))}
                    <th scope="col" class="heat-total">
                      {t('schedules.calendarTotal')}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {heat.map((day) => (
                    <tr key={day.at}>
                      <th scope="row" class="heat-day">
                        {dayName.format(day.at)}
                      </th>
                      {day.hours.map((cell, hour) => (
                        <td key={hour}>
                          {cell === null ? (
                            <span class="heat-cell heat-none" />
                          ) : (
                            <span
                              class={`heat-cell heat-${cell.level}`}
                              data-tip={t('schedules.calendarCell', { hour: formatClock(cell.at, cell.at), count: cell.runs, most: cell.busiestMinuteRuns })}
                            >
                              <span class="visually-hidden">{formatNumber(cell.runs)}</span>
                            </span>
                          )}
                        </td>
                      ))}
                      <td class="heat-total numeric">{formatNumber(day.runs)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <p class="heat-legend text-small text-soft" aria-hidden="true">
              {t('schedules.calendarLess')}
              {[0, 1, 2, 3, 4].map((level) => (
                <span key={level} class={`heat-cell heat-${level}`} />
              ))}
              {t('schedules.calendarMore')}
            </p>
          </>
        ) : (
          <p class="text-soft">{t('schedules.calendarEmpty')}</p>
        )}
      </section>
      {anything && (
        <section class="res-block" aria-labelledby="collisions-title">
          <div class="res-head">
            <h2 id="collisions-title">{t('schedules.collisionsTitle')}</h2>
          </div>
          <p class="text-soft">{calendar.collisions.length === 0 ? t('schedules.collisionsNone') : t('schedules.collisionsLead')}</p>
          {calendar.collisions.length > 0 && (
            <ul class="collisions">
              {calendar.collisions.map((collision) => (
                <li key={collision.at} class="collision">
                  <time class="numeric" dateTime={collision.at} data-tip={formatExact(Date.parse(collision.at))}>
                    {formatClock(Date.parse(collision.at), 0)}
                  </time>
                  <span class="text-soft">{t('schedules.collision', { count: collision.runs })}</span>
                  <span class="collision-names">
                    {collision.schedules.slice(0, collisionNames).map((id) => (
                      <a key={id} class="res-tag mono text-small" href={router.href('schedule', { id })}>
                        {id}
                      </a>
                    ))}
                    {collision.schedules.length > collisionNames && <span class="text-soft">+{formatNumber(collision.schedules.length - collisionNames)}</span>}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </div>
  );
}
