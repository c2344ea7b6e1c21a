import { formatNumber } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import type { Overview } from '../../api/contract';
import { t } from '../../i18n';
import { sparkPath, type History, type Values } from './history';
import { millisecondsText, rateText, shareText } from './numbers';
import type { Rates } from './rates';

const pictureWidth = 120;
const pictureHeight = 24;

/** The last quarter of an hour as a line, for the shape of it. */
function Spark({ values, tone, bottom = 'zero' }: { values: Values | undefined; tone: 'info' | 'success' | 'neutral'; bottom?: 'zero' | 'least' }): JSX.Element {
  return (
    <svg class={`spark spark-${tone}`} viewBox={`0 -1 ${pictureWidth} ${pictureHeight + 2}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={values === undefined ? '' : sparkPath(values, pictureWidth, pictureHeight, bottom)} />
    </svg>
  );
}

interface FigureProps {
  label: string;
  tip: string;
  children: ComponentChildren;
  note: ComponentChildren;
  picture: JSX.Element;
  testId: string;
}

function Figure({ label, tip, children, note, picture, testId }: FigureProps): JSX.Element {
  return (
    <div class="figure" data-testid={testId}>
      <dt class="figure-label">
        <span class="clip" data-tip={tip}>
          {label}
        </span>
        <span class="figure-note">{note}</span>
      </dt>
      <dd class="figure-value">{children}</dd>
      {picture}
    </div>
  );
}

/** How it is going, at a glance. Numbers change in place. */
export function Figures({ overview, rates, recent }: { overview: Overview; rates: Rates | null; recent: History | undefined }): JSX.Element {
  const { lastMinute, backlog } = overview;
  const idle = <span class="text-faint">—</span>;
  const none = lastMinute.attemptsPerSecond === 0 ? t('overview.noAttempts') : t('overview.lastMinute');
  const rateNote = rates === null ? t('overview.lastMinute') : t('overview.lastSeconds', { count: rates.seconds });
  const milliseconds = (value: number | null): ComponentChildren => (value === null ? idle : millisecondsText(value));
  return (
    <section aria-label={t('overview.figures')}>
      <dl class="figures">
        <Figure
          label={t('overview.published')}
          tip={t('overview.publishedTip', { value: rateText(lastMinute.publishedPerSecond) })}
          note={rateNote}
          picture={<Spark values={recent?.published} tone="info" />}
          testId="figure-published"
        >
          {t('overview.perSecond', { value: rateText(rates?.published ?? lastMinute.publishedPerSecond) })}
        </Figure>
        <Figure
          label={t('overview.delivered')}
          tip={t('overview.deliveredTip', { value: rateText(lastMinute.deliveredPerSecond) })}
          note={rateNote}
          picture={<Spark values={recent?.delivered} tone="success" />}
          testId="figure-delivered"
        >
          {t('overview.perSecond', { value: rateText(rates?.delivered ?? lastMinute.deliveredPerSecond) })}
        </Figure>
        <Figure label={t('overview.success')} tip={t('overview.successTip')} note={none} picture={<Spark values={recent?.success} tone="success" />} testId="figure-success">
          {lastMinute.successRate === null ? idle : shareText(lastMinute.successRate)}
        </Figure>
        <Figure label={t('overview.attemptTime')} tip={t('overview.attemptTimeTip')} note={none} picture={<Spark values={recent?.p99} tone="neutral" />} testId="figure-attempt">
          {milliseconds(lastMinute.attemptP50Ms)}
          {lastMinute.attemptP99Ms !== null && (
            <span class="figure-second">
              {t('overview.percentile', { value: 99 })} {millisecondsText(lastMinute.attemptP99Ms)}
            </span>
          )}
        </Figure>
        <Figure label={t('overview.lateness')} tip={t('overview.latenessTip')} note={none} picture={<Spark values={recent?.lateness} tone="neutral" />} testId="figure-lateness">
          {milliseconds(lastMinute.latenessP99Ms)}
        </Figure>
        <Figure label={t('overview.backlogTotal')} tip={t('overview.backlogTotalTip')} note={t('overview.now')} picture={<Spark values={recent?.backlog} tone="info" />} testId="figure-backlog">
          {formatNumber(backlog.total)}
        </Figure>
      </dl>
    </section>
  );
}
