import { Badge, Callout, formatClock, LinkButton, now, PageHead, problemOf, Skeleton, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { describe, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { AttentionList } from './attention-list';
import { Figures } from './figures';
import { Guide } from './guide';
import { rangeOf } from './history';
import { HistorySection, useHistory } from './history-section';
import { useOverview, type LiveOverview } from './live';
import { BacklogCard, StandingCard, TotalsLine } from './standing';

/** Whether the numbers come by themselves, in a place of one width. */
function LiveMark({ live }: { live: boolean }): JSX.Element {
  return (
    <span class="live-mark">
      <Badge tone={live ? 'success' : 'neutral'} tip={live ? t('overview.liveTip') : t('overview.notLiveTip')}>
        <span class={`dot dot-${live ? 'success' : 'neutral'}`} aria-hidden="true" />
        {live ? t('overview.live') : t('overview.notLive')}
      </Badge>
    </span>
  );
}

function Numbers({ source }: { source: LiveOverview }): JSX.Element {
  const range = rangeOf(router.current.value?.query.get('range'));
  const history = useHistory(range);
  const recent = useHistory('15m');
  const { poll, rates } = source;
  const overview = poll.value.value;
  const error = poll.error.value;
  if (overview === undefined) {
    return error === undefined ? <Skeleton lines={4} height="card" /> : <LoadFailed error={error} retry={() => poll.refresh()} />;
  }
  return (
    <div class="overview">
      {error !== undefined && (
        <Callout tone="danger" title={t('overview.staleTitle', { at: formatClock(Date.parse(overview.now), now.peek()) })} testId="overview-stale">
          {describe(problemOf(error))}
        </Callout>
      )}
      <AttentionList items={overview.attention} />
      <Figures overview={overview} rates={rates.value} recent={recent.value.value?.history} />
      <div class="overview-pair">
        <BacklogCard backlog={overview.backlog} />
        <StandingCard overview={overview} />
      </div>
      <HistorySection poll={history} range={range} />
      <TotalsLine overview={overview} />
    </div>
  );
}

/** How the broker is doing; before the first message, how to send one. */
export function OverviewPage(): JSX.Element {
  const source = useOverview();
  const asked = router.current.value?.query.get('guide') ?? null;
  const first = source.poll.value.value?.firstRun === true;
  // The guide stays while its own first message makes the broker one that is in use.
  const [guided, setGuided] = useState(false);
  if (first && !guided) setGuided(true);
  const guide = asked === null ? guided : asked !== 'no';
  useTitle(guide ? t('overview.guideTitle') : t('overview.title'));
  if (guide) return <Guide onLeave={() => setGuided(false)} />;
  return (
    <>
      <PageHead
        title={t('overview.title')}
        actions={
          <>
            <LiveMark live={source.live.value} />
            <LinkButton variant="ghost" icon="help" href={router.href('overview', {}, { guide: 'yes' })} testId="open-guide">
              {t('overview.firstSteps')}
            </LinkButton>
          </>
        }
      />
      <Numbers source={source} />
    </>
  );
}
