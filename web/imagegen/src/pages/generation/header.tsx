import {
  Badge,
  Button,
  Callout,
  ClockTime,
  Dialog,
  formatClock,
  formatDuration,
  formatMoney,
  formatPercent,
  formatRelative,
  IconButton,
  LinkButton,
  Menu,
  now,
  PageHead,
  ProgressBar,
  RelativeTime,
  Stat,
  Stats,
} from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Generation } from '../../api/contract';
import { describe, router, status } from '../../app';
import { t } from '../../i18n';
import { StateBadge } from '../generations/state-badge';
import { menuOf, type GenerationActions } from './actions';
import { announced, canNotify, toggleAnnouncement } from './notify';
import { say, whenText } from './phrases';
import { actionsOf, etaPhrase, isAtRest } from './state';

/** What the generation was made from, in a line; all its prompts in a dialog. */
function Origin({ generation }: { generation: Generation }): JSX.Element {
  const [open, setOpen] = useState(false);
  const { prompts, options } = generation;
  const demo = options.model.startsWith('demo') || (status().value.value?.imageProvider === 'demo' && generation.costUsd.estimated === 0);
  const facts = [options.aspectRatio, options.size, options.quality].filter(Boolean);
  return (
    <>
      <p class="generation-origin clip-2">{prompts[0]}</p>
      <div class="generation-facts">
        <span class="fact">{t('generation.limit', { rate: options.rateLimit })}</span>
        <span class="fact">{options.model}</span>
        {facts.map((fact) => (
          <span key={fact} class="fact numeric">
            {fact}
          </span>
        ))}
        {prompts.length > 1 && (
          <button type="button" class="fact fact-button" onClick={() => setOpen(true)} aria-label={t('generation.showPrompts')}>
            {t('generation.prompts', { count: prompts.length })}
          </button>
        )}
        {demo && (
          <Badge tone="warning" tip={t('generation.demoTip')}>
            {t('generation.demo')}
          </Badge>
        )}
        {generation.mode === 'local' && (
          <Badge tone="info" tip={t('generation.localTip')}>
            {t('generation.local')}
          </Badge>
        )}
      </div>
      {open && (
        <Dialog title={t('generation.promptsTitle')} onClose={() => setOpen(false)} lightDismiss>
          <ol class="sample-list">
            {prompts.map((prompt, index) => (
              <li key={index}>{prompt}</li>
            ))}
          </ol>
        </Dialog>
      )}
    </>
  );
}

function Buttons({ generation, actions }: { generation: Generation; actions: GenerationActions }): JSX.Element {
  const offered = actionsOf(generation);
  const running = actions.running.value;
  const { sending } = generation;
  const busy = running !== null;
  // A phone has room for two buttons and the menu, or for one whose words grow with a count.
  const phone = typeof innerWidth === 'number' && innerWidth < 640;
  const zipBeside = offered.has('zip') && isAtRest(generation.state) && !(phone && offered.has('retryFailed'));
  const bell = canNotify && !isAtRest(generation.state);
  const told = announced.value.has(generation.id);
  const toggleBell = (): void => void toggleAnnouncement(generation.id);
  return (
    <>
      {offered.has('start') && (
        <Button variant="primary" icon="play" busy={running === 'start'} disabled={busy} onClick={() => void actions.start()} testId="start">
          {t('generation.start')}
        </Button>
      )}
      {offered.has('sendRest') && sending && (
        <Button variant="primary" icon="play" busy={running === 'start'} disabled={busy} onClick={() => void actions.start()} testId="send-rest">
          {t('generation.sendRest', { count: sending.total - sending.sent })}
        </Button>
      )}
      {offered.has('resume') && (
        <Button variant="primary" icon="play" busy={running === 'resume'} disabled={busy} onClick={() => void actions.resume()} testId="resume">
          {t('generation.resume')}
        </Button>
      )}
      {offered.has('pause') && (
        <Button icon="pause" busy={running === 'pause'} disabled={busy} onClick={() => void actions.pause()} testId="pause">
          {t('generation.pause')}
        </Button>
      )}
      {offered.has('stop') && (
        <Button icon="stop" busy={running === 'stop'} disabled={busy} onClick={() => void actions.stop()} testId="stop">
          {t('generation.stop')}
        </Button>
      )}
      {offered.has('retryFailed') && (
        <Button icon="retry" busy={running === 'retryFailed'} disabled={busy} onClick={() => void actions.retryFailed()} testId="retry-failed">
          {t('generation.retryFailed', { count: generation.summary.failed })}
        </Button>
      )}
      {zipBeside && (
        <LinkButton icon="download" href={`/api/generations/${generation.id}/zip`} download testId="zip">
          {t('generation.zip')}
        </LinkButton>
      )}
      {bell && !phone && <IconButton icon="bell" label={t('generation.notify')} pressed={told} filled={told} onClick={toggleBell} />}
      <Menu
        items={[
          ...(bell && phone ? [{ label: t(told ? 'generation.notifyStop' : 'generation.notify'), icon: 'bell' as const, run: toggleBell }] : []),
          ...(offered.has('zip') && !zipBeside
            ? [{ label: t('generation.zip'), icon: 'download' as const, href: `/api/generations/${generation.id}/zip`, download: true }]
            : []),
          ...menuOf(generation, offered, actions),
        ]}
        testId="generation-menu"
      />
    </>
  );
}

/** One sentence about what is going on, or what to do. */
function Situation({ generation }: { generation: Generation }): JSX.Element {
  const { state, summary, sending, startAt } = generation;
  if (state === 'scheduled' && startAt) {
    const at = Date.parse(startAt);
    return <>{t('generation.scheduledFor', { time: `${formatClock(at, now.value)}, ${formatRelative(at, now.value)}` })}</>;
  }
  if (sending?.active) return <span data-testid="sending">{t('generation.sending', { sent: sending.sent, total: sending.total })}</span>;
  if (state === 'paused') return <>{t('generation.pausedNote')}</>;
  if (state === 'finished') return <>{t('generation.finishedAll', { count: summary.done })}</>;
  if (state === 'finished_with_errors') {
    return <>{t('generation.finishedErrors', { done: summary.done, total: summary.total, failed: summary.failed })}</>;
  }
  if (state === 'ready') return <>{summary.pending > 0 ? t('generation.readyNote', { count: summary.pending }) : ''}</>;
  const eta = etaPhrase(generation.eta, state, {
    clock: (at) => whenText(at, now.value),
    relative: (at) => formatRelative(Math.max(at, now.value), now.value),
  });
  return <span data-testid="eta">{eta ? say(eta) : ''}</span>;
}

function Progress({ generation }: { generation: Generation }): JSX.Element {
  const { summary, sending, costUsd, meanDurationMs } = generation;
  const free = costUsd.estimated === 0 && costUsd.actual === 0;
  return (
    <section class="generation-status" aria-label={t('generation.progressLabel')}>
      <div class="generation-status-line">
        <StateBadge state={generation.state} />
        <span class="generation-situation text-soft">
          <Situation generation={generation} />
        </span>
        <span class="generation-count numeric" data-testid="done-count">
          {t('generations.progress', { done: summary.done, total: summary.total })}
        </span>
      </div>
      <ProgressBar
        label={t('generation.progressLabel')}
        max={summary.total}
        parts={[
          { value: summary.done, tone: 'success' },
          { value: summary.failed, tone: 'danger' },
          { value: summary.canceled, tone: 'neutral' },
          { value: summary.processing, tone: 'info' },
        ]}
      />
      {sending?.active && (
        <div class="generation-sending">
          <ProgressBar
            thin
            label={t('generation.sending', { sent: sending.sent, total: sending.total })}
            max={sending.total}
            parts={[{ value: sending.sent, tone: 'info' }]}
          />
        </div>
      )}
      <Stats>
        {generation.startedAt && (
          <Stat label={t('generations.columnStarted')}>
            <ClockTime at={generation.startedAt} />
          </Stat>
        )}
        {generation.finishedAt && isAtRest(generation.state) && (
          <Stat label={t('generation.finishedAt')}>
            <ClockTime at={generation.finishedAt} />
          </Stat>
        )}
        {generation.eta && !isAtRest(generation.state) && generation.state !== 'paused' && (
          <Stat label={t('generations.columnEta')}>
            <RelativeTime at={generation.eta.at} />
          </Stat>
        )}
        {meanDurationMs !== null && <Stat label={t('generation.meanDuration')}>{formatDuration(meanDurationMs)}</Stat>}
        <Stat label={t('generation.cost')}>
          {free
            ? t('generation.costFree')
            : t('generation.costOf', { actual: formatMoney(costUsd.actual), estimated: formatMoney(costUsd.estimated) })}
        </Stat>
        <Stat label={t('generation.countDone')}>{formatPercent(summary.total === 0 ? 0 : summary.done / summary.total)}</Stat>
      </Stats>
    </section>
  );
}

/** What keeps the generation from going on, with the way out. */
function Troubles({ generation }: { generation: Generation }): JSX.Element | null {
  const { sending, problem } = generation;
  const broker = status().value.value?.broker;
  const down = generation.mode === 'broker' && broker?.configured === true && broker.reachable === false && !isAtRest(generation.state);
  const diagnostics = (
    <LinkButton size="small" href={router.href('diagnostics')}>
      {t('generation.openDiagnostics')}
    </LinkButton>
  );
  return (
    <>
      {sending && !sending.active && sending.problem && sending.sent < sending.total && (
        <Callout tone="danger" testId="sending-problem">
          {t('generation.sendingFailed', {
            left: sending.total - sending.sent,
            total: sending.total,
            reason: describe(sending.problem),
          })}
        </Callout>
      )}
      {down && (
        <Callout tone="warning" actions={diagnostics} testId="broker-down">
          {t('generation.brokerDown')}
        </Callout>
      )}
      {problem && (
        <Callout tone="warning" actions={diagnostics} testId="generation-problem">
          {describe(problem)}
        </Callout>
      )}
    </>
  );
}

export function GenerationHeader({ generation, actions }: { generation: Generation; actions: GenerationActions }): JSX.Element {
  return (
    <>
      <PageHead
        title={generation.name}
        back={{ href: router.href('generations'), label: t('generation.back') }}
        actions={<Buttons generation={generation} actions={actions} />}
      >
        <Origin generation={generation} />
      </PageHead>
      <Troubles generation={generation} />
      <Progress generation={generation} />
    </>
  );
}
