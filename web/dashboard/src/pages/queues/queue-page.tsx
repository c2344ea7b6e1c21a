import { ApiError, Button, Callout, EmptyState, formatNumber, LinkButton, PageHead, RelativeTime, Skeleton, Stat, Stats, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { Queue } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { changing } from '../resources/may';
import { messagesHref } from '../resources/links';
import { useRowKeys } from '../resources/row-keys';
import { WaitingMessages } from '../resources/waiting-list';
import { deleteQueue, pauseQueue, QueueDialog, resumeQueue } from './actions';
import { QueueState } from './queues-page';

/** One queue: its state, and who waits in it. */
export function QueuePage({ name }: { name: string }): JSX.Element {
  useTitle(name);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const [editing, setEditing] = useState(false);
  const path = `/v2/queues/${encodeURIComponent(name)}`;
  const poll = usePoll<Queue>(path, { load: (signal) => v2.get<Queue>(path, { signal }), pace: { usualMs: 2000, nearMs: 1000, hiddenMs: 30_000 } });
  const queue = poll.value.value;
  const error = poll.error.value;
  const back = { href: router.href('queues'), label: t('queues.back') };
  const then = (changed: boolean): void => {
    if (changed) void poll.refresh();
  };
  const gone = error instanceof ApiError && error.status === 404;
  if (gone || queue === undefined) {
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
            <LinkButton icon="list" href={messagesHref({ queue: name })}>
              {t('resources.showMessages')}
            </LinkButton>
            {queue.paused ? (
              <Button variant="primary" icon="play" {...changing()} onClick={() => void resumeQueue(queue).then(then)} testId="queue-resume">
                {t('resources.resume')}
              </Button>
            ) : (
              <Button icon="pause" {...changing()} onClick={() => void pauseQueue(queue).then(then)} testId="queue-pause">
                {t('resources.pause')}
              </Button>
            )}
            <Button icon="edit" {...changing()} onClick={() => setEditing(true)}>
              {t('queues.changeParallelism')}
            </Button>
            <Button
              variant="danger"
              icon="trash"
              {...changing()}
              onClick={() => void deleteQueue(name).then((deleted) => deleted && router.go(router.href('queues')))}
              testId="queue-delete"
            >
              {t('resources.delete')}
            </Button>
          </>
        }
      />
      {queue.paused && <Callout tone="warning">{t('queues.pausedNote')}</Callout>}
      <Stats>
        <Stat label={t('queues.statLag')}>{formatNumber(queue.lag)}</Stat>
        <Stat label={t('queues.statParallelism')}>{formatNumber(queue.parallelism)}</Stat>
        <Stat label={t('queues.statState')}>
          <QueueState paused={queue.paused} />
        </Stat>
        <Stat label={t('queues.statCreated')}>
          <RelativeTime at={new Date(queue.createdAt).toISOString()} />
        </Stat>
      </Stats>
      <WaitingMessages path={`/admin/v1/queues/${encodeURIComponent(name)}/waiting`} />
      {editing && (
        <QueueDialog
          queue={queue}
          taken={[]}
          onClose={(saved) => {
            setEditing(false);
            if (saved !== null) void poll.refresh();
          }}
        />
      )}
    </div>
  );
}
