import { EmptyState, PageHead, Segmented, Skeleton, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { DeadLetterGroups } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { ActionProgress } from '../resources/action-progress';
import { useRowKeys } from '../resources/row-keys';
import { deleteLetters, ReplayDialog, runningOf, type LetterFilter, type Running } from './bulk';
import { filterOf, GroupsView } from './groups-view';
import { ListView } from './list-view';

/** Dead letters: what they have in common, each of them, and what to do with many at once. */
export function DlqPage(): JSX.Element {
  useTitle(t('dlq.title'));
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const view = router.current.value?.query.get('view') === 'list' ? 'list' : 'groups';
  const [version, setVersion] = useState(0);
  // In the address: a paced replay takes its time, and is found again after a reload.
  const running = runningOf(router.current.value?.query.get('action'));
  const setRunning = (next: Running | null): void => router.setQuery({ action: next && `${next.kind}:${next.id}` });
  const [replaying, setReplaying] = useState<{ filter: LetterFilter; count: number; exact: boolean } | null>(null);
  const poll = usePoll<DeadLetterGroups>('groups', { load: (signal) => api.get<DeadLetterGroups>('/admin/v1/dead-letters/groups', { signal }) });
  const groups = poll.value.value;
  const remove = async (filter: LetterFilter, count: number): Promise<void> => {
    const begun = await deleteLetters(filter, count);
    if (begun) setRunning(begun);
  };
  const ended = (): void => {
    setVersion((before) => before + 1);
    void poll.refresh();
  };
  return (
    <div ref={box} class="stack">
      <PageHead title={t('dlq.title')}>{t('dlq.lead')}</PageHead>
      {running && (
        <ActionProgress
          key={running.id}
          id={running.id}
          title={running.kind === 'replay' ? t('dlq.replaying') : t('dlq.deleting')}
          onEnd={ended}
          onDismiss={() => setRunning(null)}
        />
      )}
      {groups === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={5} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : groups.groups.length === 0 && groups.complete ? (
        <EmptyState icon="check" title={t('dlq.emptyTitle')}>
          {t('dlq.emptyText')}
        </EmptyState>
      ) : (
        <>
          <div>
            <Segmented
              label={t('dlq.viewLabel')}
              value={view}
              options={[
                { value: 'groups', label: t('dlq.viewGroups') },
                { value: 'list', label: t('dlq.viewList') },
              ]}
              onChange={(value) => router.setQuery({ view: value === 'groups' ? null : value, ...(value === 'groups' ? { host: null, status: null, fingerprint: null, queue: null, label: null, since: null, text: null } : {}) })}
            />
          </div>
          {view === 'groups' ? (
            <GroupsView
              groups={groups}
              onReplay={(group) => setReplaying({ filter: filterOf(group), count: group.count, exact: groups.complete })}
              onDelete={(group) => void remove(filterOf(group), group.count)}
            />
          ) : (
            <ListView
              version={version}
              onReplay={(ids) => setReplaying({ filter: { ids }, count: ids.length, exact: true })}
              onDelete={(ids) => void remove({ ids }, ids.length)}
            />
          )}
        </>
      )}
      {replaying && (
        <ReplayDialog
          {...replaying}
          onClose={(begun) => {
            setReplaying(null);
            if (begun) setRunning(begun);
          }}
        />
      )}
    </div>
  );
}
