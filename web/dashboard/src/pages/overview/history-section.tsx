import { formatDuration, formatNumber, formatClock, now, problemOf, Segmented, Skeleton, usePoll, type Poll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import type { Series } from '../../api/contract';
import { api, describe, router } from '../../app';
import { Chart, shortNumber } from '../../charts/chart';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { historyOf, paceOf, rangeOf, ranges, usualRange, type History, type Range } from './history';
import { axisDuration, millisecondsText, rateText } from './numbers';

export interface Loaded {
  history: History;
  range: Range;
  at: number; // milliseconds since 1970
}

/** The series of a period, asked for at its pace. */
export function useHistory(range: Range): Poll<Loaded> {
  return usePoll<Loaded>(range, {
    async load(signal) {
      const series = await api.get<Series>(`/admin/v1/series?range=${range}`, { signal });
      const at = now.peek();
      return { history: historyOf(series, at / 1000), range, at };
    },
    outlook: () => ({ adviceMs: paceOf(range) }),
  });
}

const count = (value: number): string => formatNumber(value);

function Charts({ history }: { history: History }): JSX.Element {
  const { times, stepSeconds } = history;
  const shared = { times, stepSeconds, group: 'overview' };
  return (
    <div class="charts">
      <Chart
        {...shared}
        title={t('overview.chartThroughput')}
        unit={t('overview.chartThroughputUnit')}
        text={rateText}
        empty={t('overview.chartEmpty')}
        lines={[
          { label: t('overview.linePublished'), ink: 'accent-fill', kind: 'area', values: history.published },
          { label: t('overview.lineDelivered'), ink: 'success-fill', kind: 'line', values: history.delivered, dash: [6, 3] },
          { label: t('overview.lineFailed'), ink: 'danger-fill', kind: 'line', values: history.failed },
        ]}
      />
      <Chart
        {...shared}
        title={t('overview.chartLatency')}
        unit={history.merged ? t('overview.chartLatencyWorst', { column: formatDuration(stepSeconds * 1000) }) : t('overview.chartLatencyUnit')}
        scale="log"
        text={millisecondsText}
        axisText={axisDuration}
        empty={t('overview.chartEmpty')}
        lines={[
          { label: t('overview.lineP50'), ink: 'success-fill', kind: 'line', values: history.p50 },
          { label: t('overview.lineP90'), ink: 'accent-fill', kind: 'line', values: history.p90, dash: [6, 3] },
          { label: t('overview.lineP99'), ink: 'warning-fill', kind: 'line', values: history.p99 },
          { label: t('overview.lineLateness'), ink: 'line-control', kind: 'line', values: history.lateness, dash: [2, 3] },
        ]}
      />
      <Chart
        {...shared}
        title={t('overview.chartBacklog')}
        unit={t('overview.chartBacklogUnit')}
        text={count}
        empty={t('overview.chartEmpty')}
        lines={[{ label: t('overview.lineBacklog'), ink: 'accent-fill', kind: 'area', values: history.backlog }]}
      />
      <Chart
        {...shared}
        title={t('overview.chartDead')}
        unit={t('overview.step', { step: formatDuration(stepSeconds * 1000) })}
        text={count}
        axisText={(value) => (Number.isInteger(value) ? shortNumber(value) : '')}
        empty={t('overview.chartNoDead')}
        lines={[{ label: t('overview.lineDead'), ink: 'danger-fill', kind: 'bars', values: history.deadLettered }]}
      />
    </div>
  );
}

/** The charts, for the period in the address. The period before stays until the new one is there. */
export function HistorySection({ poll, range }: { poll: Poll<Loaded>; range: Range }): JSX.Element {
  const kept = useRef<Loaded | undefined>(undefined);
  kept.current = poll.value.value ?? kept.current;
  const loaded = kept.current;
  const error = poll.error.value;
  return (
    <section class="history" aria-labelledby="history-title">
      <div class="history-head">
        <h2 id="history-title">{t('overview.history')}</h2>
        <Segmented
          label={t('overview.range')}
          value={range}
          options={ranges.map((value) => ({ value, label: t(`overview.range_${value}`) }))}
          onChange={(value) => router.setQuery({ range: rangeOf(value) === usualRange ? null : value })}
        />
      </div>
      {loaded === undefined ? (
        error === undefined ? <Skeleton lines={2} height="card" /> : <LoadFailed error={error} retry={() => poll.refresh()} />
      ) : (
        <div class={loaded.range === range ? undefined : 'history-before'} aria-busy={loaded.range !== range}>
          {error !== undefined && (
            <p class="history-stale" role="status">
              {t('overview.historyStale', { at: formatClock(loaded.at, now.peek()), reason: describe(problemOf(error)) })}
            </p>
          )}
          <Charts history={loaded.history} />
        </div>
      )}
    </section>
  );
}
