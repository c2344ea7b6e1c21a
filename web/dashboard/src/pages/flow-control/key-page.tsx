import { ApiError, Button, Callout, EmptyState, LinkButton, Menu, PageHead, Skeleton, Stat, Stats, toast, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { FlowControlKey } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { messagesHref } from '../resources/links';
import { changing, changingItem } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { WaitingMessages } from '../resources/waiting-list';
import { keyPath, pauseKey, PinDialog, resetCounters, resetRate, resumeKey, unpinKey } from './actions';
import { KeyState, rateText, RateUsage, Usage, Waiting, WindowEnd } from './usage';
import { WhatIf } from './what-if-card';

/** One key: its limits and their use, who waits for it, and what would happen if. */
export function FlowControlKeyPage({ name }: { name: string }): JSX.Element {
  useTitle(name);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const [pinning, setPinning] = useState(false);
  const poll = usePoll<FlowControlKey>(name, {
    load: (signal) => v2.get<FlowControlKey>(keyPath(name), { signal }),
    pace: { usualMs: 2000, nearMs: 1000, hiddenMs: 30_000 },
  });
  const info = poll.value.value;
  const error = poll.error.value;
  const back = { href: router.href('flowControl'), label: t('flowControl.back') };
  const then = (changed: boolean): void => {
    if (changed) void poll.refresh();
  };
  const gone = error instanceof ApiError && error.status === 404;
  if (gone || info === undefined) {
    return (
      <>
        <PageHead title={name} back={back} />
        {gone ? (
          <EmptyState icon="search" title={t('resources.notFoundTitle')}>
            {t('resources.notFoundText')}
          </EmptyState>
        ) : error === undefined ? (
          <Skeleton lines={4} height="row" />
        ) : (
          <LoadFailed error={error} retry={() => poll.refresh()} />
        )}
      </>
    );
  }
  return (
    <div ref={box} class="stack">
      <PageHead
        title={<span class="wrap-anywhere">{name}</span>}
        back={back}
        actions={
          <>
            <LinkButton icon="list" href={messagesHref({ flow: name })}>
              {t('resources.showMessages')}
            </LinkButton>
            {info.isPaused ? (
              <Button variant="primary" icon="play" {...changing()} onClick={() => void resumeKey(name).then(then)} testId="key-resume">
                {t('resources.resume')}
              </Button>
            ) : (
              <Button icon="pause" {...changing()} onClick={() => void pauseKey(name).then(then)} testId="key-pause">
                {t('resources.pause')}
              </Button>
            )}
            <Button icon="key" {...changing()} onClick={() => setPinning(true)} testId="key-pin">
              {t('flowControl.pin')}
            </Button>
            <Menu
              testId="key-more"
              items={[
                { label: t('flowControl.unpinRate'), ...changingItem(), ...(info.isPinnedRate ? {} : { disabled: true }), run: () => void unpinKey(name, 'rate').then(then) },
                {
                  label: t('flowControl.unpinParallelism'),
                  ...changingItem(),
                  ...(info.isPinnedParallelism ? {} : { disabled: true }),
                  run: () => void unpinKey(name, 'parallelism').then(then),
                },
                'separator',
                { label: t('flowControl.resetRate'), icon: 'retry', ...changingItem(), ...(info.rateMax === 0 ? { disabled: true } : {}), run: () => void resetRate(info).then(then) },
                { label: t('flowControl.reset'), icon: 'warning', danger: true, ...changingItem(), run: () => void resetCounters(name).then(then) },
              ]}
            />
          </>
        }
      />
      {info.isPaused && <Callout tone="warning">{t('flowControl.pausedNote')}</Callout>}
      <Stats>
        <Stat label={t('flowControl.statRate')}>{rateText(info) ?? t('resources.unlimited')}</Stat>
        <Stat label={t('flowControl.statWindow')}>
          <RateUsage info={info} />
        </Stat>
        <Stat label={t('flowControl.statWindowEnds')}>
          <WindowEnd info={info} />
        </Stat>
        <Stat label={t('flowControl.statParallelism')}>
          <Usage used={info.parallelismCount} max={info.parallelismMax} label={t('flowControl.statParallelism')} />
        </Stat>
        <Stat label={t('flowControl.statWaiting')}>
          <Waiting count={info.waitListSize} />
        </Stat>
        <Stat label={t('flowControl.columnState')}>
          <KeyState info={info} />
        </Stat>
      </Stats>
      <WhatIf info={info} />
      <WaitingMessages path={`/admin/v1/flow-controls/${encodeURIComponent(name)}/waiting`} />
      {pinning && (
        <PinDialog
          info={info}
          onClose={(pinned) => {
            setPinning(false);
            if (!pinned) return;
            toast(t('flowControl.pinnedToast', { name }));
            void poll.refresh();
          }}
        />
      )}
    </div>
  );
}
