import { Badge, Button, Callout, formatNumber, LinkButton, RelativeTime } from '@godwit/kit';
import type { JSX } from 'preact';

import type { DeadLetterGroups } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import { changing } from '../resources/may';
import type { LetterFilter } from './bulk';

export type LetterGroup = DeadLetterGroups['groups'][number];

export function filterOf({ host, status, fingerprint }: LetterGroup): LetterFilter {
  return { host, status: status ?? 0, fingerprint }; // 0: no answer came.
}

export function StatusBadge({ status }: { status: number | null }): JSX.Element {
  return <Badge tone={status !== null && status < 500 ? 'warning' : 'danger'}>{status === null || status === 0 ? t('dlq.noAnswer') : status}</Badge>;
}

/** Dead letters by what they have in common: where they went, and why that failed. */
export function GroupsView({ groups, onReplay, onDelete }: { groups: DeadLetterGroups; onReplay: (group: LetterGroup) => void; onDelete: (group: LetterGroup) => void }): JSX.Element {
  return (
    <div class="stack stack-small">
      {!groups.complete && <Callout tone="warning">{t('dlq.groupsIncomplete', { count: groups.scanned })}</Callout>}
      <ul class="letter-groups">
        {groups.groups.map((group) => (
          <li key={`${group.host} ${group.status ?? ''} ${group.fingerprint}`} class="letter-group" data-testid="letter-group">
            <div class="letter-group-main">
              <div class="letter-group-head">
                <a class="row-link mono" href={router.href('dlq', {}, { view: 'list', host: group.host, status: group.status ?? 0, fingerprint: group.fingerprint })}>
                  {group.host}
                </a>
                <StatusBadge status={group.status} />
              </div>
              <p class="letter-error mono text-small">{group.error}</p>
              <p class="text-soft text-small letter-span">
                <RelativeTime at={group.firstAt} /> → <RelativeTime at={group.lastAt} />
              </p>
            </div>
            <div class="letter-group-count">
              <strong class="numeric">{formatNumber(group.count)}</strong>
            </div>
            <div class="letter-group-actions">
              <LinkButton size="small" href={router.href('dlq', {}, { view: 'list', host: group.host, status: group.status ?? 0, fingerprint: group.fingerprint })}>
                {t('dlq.show')}
              </LinkButton>
              <Button size="small" icon="retry" {...changing()} onClick={() => onReplay(group)} testId="group-replay">
                {t('dlq.replayMany')}
              </Button>
              <Button size="small" variant="ghost" icon="trash" {...changing()} onClick={() => onDelete(group)} testId="group-delete">
                {t('dlq.delete')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
