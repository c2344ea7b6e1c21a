import { Badge, Callout, Dot, formatClock, LinkButton, now, PageHead, problemOf, useTitle } from '@godwit/kit';
import { useComputed } from '@preact/signals';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { describe, router } from '../../app';
import { t } from '../../i18n';
import { lazyPage } from '../../shell/lazy';
import { LoadFailed } from '../../shell/problems';
import { AttentionList } from './attention-list';
import { Figures } from './figures';
import { rangeOf } from './history';
import { HistorySection, useHistory } from './history-section';
import { useOverview, type LiveOverview } from './live';
import { BacklogCard, StandingCard, TotalsLine } from './standing';

// Most visits have no need of it.
const Guide = lazyPage(async () => (await import('./guide')).Guide);

/** Whether the numbers come by themselves, in a place of one width. */
function LiveMark({ source: { live, poll } }: { source: LiveOverview }): JSX.Element {
  const state = poll.error.value !== undefined ? 'silent' : live.value ? 'live' : 'notLive';
  const tone = ({ silent: 'danger', live: 'success', notLive: 'neutral' } as const)[state];
  return (
    <span class="live-mark" data-testid="live-mark">
      <Badge tone={tone} tip={t(`overview.${state}Tip`)}>
        <Dot tone={tone} />
        {t(`overview.${state}`)}
      </Badge>
    </span>
  );
}

/** Grey shapes where the numbers will stand, so that nothing moves when they come. */
function Shapes(): JSX.Element {
  return (
    <div class="overview overview-shapes" role="status" aria-label={t('overview.loading')}>
      {['line', 'figures', 'cards', 'charts'].map((shape) => (
        <span key={shape} class={`shape-${shape}`} />
      ))}
    </div>
  );
}

/** What changes every second, apart from the charts, which do not. */
function Now({ source }: { source: LiveOverview }): JSX.Element {
  const recent = useHistory('15m');
  const { poll, rates } = source;
  const overview = poll.value.value;
  const error = poll.error.value;
  if (overview === undefined) return <Shapes />;
  return (
    <>
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
    </>
  );
}

function Totals({ poll }: LiveOverview): JSX.Element | null {
  const overview = poll.value.value;
  return overview === undefined ? null : <TotalsLine overview={overview} />;
}

function Numbers({ source }: { source: LiveOverview }): JSX.Element {
  const range = rangeOf(router.current.value?.query.get('range'));
  const history = useHistory(range);
  const { poll } = source;
  // Read through one that seldom changes: the charts need not be looked at every second.
  const state = useComputed(() => (poll.value.value !== undefined ? 'there' : poll.error.value !== undefined ? 'failed' : 'awaited')).value;
  if (state === 'awaited') return <Shapes />;
  if (state === 'failed') return <LoadFailed error={poll.error.peek()} retry={() => poll.refresh()} />;
  return (
    <div class="overview">
      <Now source={source} />
      <HistorySection poll={history} range={range} />
      <Totals {...source} />
    </div>
  );
}

/** How the broker is doing; before the first message, how to send one. */
export function OverviewPage(): JSX.Element {
  const source = useOverview();
  const asked = router.current.value?.query.get('guide') ?? null;
  const first = useComputed(() => source.poll.value.value?.firstRun === true).value;
  // The guide stays while its own first message makes the broker one that is in use.
  const [guided, setGuided] = useState(false);
  const [declined, setDeclined] = useState(false);
  if (first && !guided) setGuided(true);
  const guide = asked !== null || (guided && !declined);
  useTitle(guide ? t('overview.guideTitle') : t('overview.title'));
  if (guide) return <Guide onLeave={() => setDeclined(true)} />;
  return (
    <>
      <PageHead
        title={t('overview.title')}
        actions={
          <>
            <LiveMark source={source} />
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
