import { ApiError, Button, ClockTime, confirm, EmptyState, formatNumber, LinkButton, PageHead, RelativeTime, Skeleton, Stat, Stats, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import type { DeadLetterDetail } from '../../api/contract';
import { v2 } from '../../api/v2';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { act } from '../resources/act';
import { changing } from '../resources/may';
import { StatusBadge } from './groups-view';
import { LetterParts } from './letter-parts';
import { ReplayEditor } from './replay-editor';

/** One dead letter: why it was given up, and how to send it again. */
export function DeadLetterPage({ id }: { id: string }): JSX.Element {
  useTitle(id);
  const path = `/admin/v1/dead-letters/${encodeURIComponent(id)}`;
  // It never changes while it is here.
  const poll = usePoll<DeadLetterDetail>(path, { load: (signal) => api.get<DeadLetterDetail>(path, { signal }), outlook: () => ({ final: true }) });
  const letter = poll.value.value;
  const error = poll.error.value;
  const back = { href: router.href('dlq'), label: t('dlq.back') };
  if (letter === undefined) {
    return (
      <>
        <PageHead title={id} back={back} />
        {error instanceof ApiError && error.status === 404 ? (
          <EmptyState icon="search" title={t('resources.notFoundTitle')}>
            {t('dlq.filterNoneText')}
          </EmptyState>
        ) : error === undefined ? (
          <Skeleton lines={6} height="row" />
        ) : (
          <LoadFailed error={error} retry={() => poll.refresh()} />
        )}
      </>
    );
  }
  const remove = async (): Promise<void> => {
    const agreed = await confirm({ title: t('dlq.deleteOneTitle'), text: t('dlq.deleteText'), action: t('dlq.deleteOne'), danger: true });
    if (!agreed) return;
    const gone = await act(() => v2.send('DELETE', `/v2/dlq/${encodeURIComponent(id)}`), t('dlq.deletedOne'));
    if (gone) void router.go(router.href('dlq'));
  };
  return (
    <div class="stack">
      <PageHead
        title={
          <span class="wrap-anywhere mono letter-title">
            {letter.method} {letter.url}
          </span>
        }
        back={back}
        actions={
          <>
            <LinkButton variant="primary" icon="retry" href="#edit-title">
              {t('dlq.editTitle')}
            </LinkButton>
            <LinkButton icon="list" href={router.href('message', { id: letter.id })}>
              {t('dlq.message')}
            </LinkButton>
            <Button variant="danger" icon="trash" {...changing()} onClick={() => void remove()} testId="letter-delete">
              {t('dlq.deleteOne')}
            </Button>
          </>
        }
      />
      <Stats>
        <Stat label={t('dlq.statStatus')}>
          <StatusBadge status={letter.status} />
        </Stat>
        <Stat label={t('dlq.statAttempts')}>{formatNumber(letter.attempts)}</Stat>
        <Stat label={t('dlq.entered')}>
          <RelativeTime at={letter.enteredAt} />
        </Stat>
        <Stat label={t('dlq.expires')}>
          <ClockTime at={letter.expiresAt} />
        </Stat>
      </Stats>
      <LetterParts letter={letter} />
      <ReplayEditor key={letter.deadLetter} letter={letter} />
    </div>
  );
}
