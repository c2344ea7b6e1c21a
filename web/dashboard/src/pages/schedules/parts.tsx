import { Badge, locale } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Schedule } from '../../api/resources';
import { t } from '../../i18n';
import { cronInWords } from './cron/words';

/** The expression in the reader's language, and as it stands. */
export function CronWords({ cron }: { cron: string }): JSX.Element {
  return (
    <span class="two-lines cron-cell">
      <span>{cronInWords(cron, locale.value) ?? t('schedules.cronUnknown')}</span>
      <code class="text-soft text-small cron-text">{cron}</code>
    </span>
  );
}

export function ScheduleState({ paused }: { paused: boolean }): JSX.Element {
  return paused ? <Badge tone="warning" icon="pause">{t('resources.paused')}</Badge> : <Badge tone="success">{t('resources.running')}</Badge>;
}

/** What became of the messages of the last run. */
export function LastRun({ schedule: { lastScheduleStates, error } }: { schedule: Schedule }): JSX.Element | null {
  const states = Object.values(lastScheduleStates ?? {});
  const count = (state: string): number => states.filter((other) => other === state).length;
  const [running, failed, done] = [count('IN_PROGRESS'), count('FAIL'), count('SUCCESS')];
  if (states.length === 0 && !error) return null;
  return (
    <span class="badges">
      {error && <Badge tone="danger" tip={error}>{t('schedules.errorTitle')}</Badge>}
      {failed > 0 && <Badge tone="danger">{t('schedules.runFailed', { count: failed })}</Badge>}
      {running > 0 && <Badge tone="info">{t('schedules.runRunning', { count: running })}</Badge>}
      {done > 0 && <Badge tone="success">{t('schedules.runDone', { count: done })}</Badge>}
    </span>
  );
}

/** The reader's own zone, as IANA names it. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
