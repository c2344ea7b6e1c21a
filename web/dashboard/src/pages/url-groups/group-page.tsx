import { ApiError, Button, confirm, EmptyState, LinkButton, Menu, PageHead, Skeleton, toast, usePoll, useTitle, type Column } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { GroupEndpoint, Schedule, UrlGroup } from '../../api/resources';
import { v2 } from '../../api/v2';
import { router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { CardTable } from '../resources/card-table';
import { act } from '../resources/act';
import { messagesHref } from '../resources/links';
import { changing, changingItem } from '../resources/may';
import { useRowKeys } from '../resources/row-keys';
import { EndpointDialog, groupPath, HeadersDialog, linesOf, perform } from './dialogs';
import { removal } from './endpoints';

async function schedulesOf(name: string): Promise<Schedule[]> {
  return (await v2.get<Schedule[]>('/v2/schedules')).filter(({ destination }) => destination === name);
}

async function deleteGroup(group: UrlGroup): Promise<boolean> {
  let schedules: readonly Schedule[] = [];
  if (!(await act(async () => void (schedules = await schedulesOf(group.name))))) return false;
  const agreed = await confirm({
    title: t('urlGroups.deleteTitle', { name: group.name }),
    text: (
      <>
        <p>{t('urlGroups.deleteText', { count: group.endpoints.length })}</p>
        {schedules.length > 0 && <p>{t('urlGroups.deleteSchedules', { count: schedules.length })}</p>}
      </>
    ),
    action: t('resources.delete'),
    danger: true,
  });
  return agreed && act(() => v2.send('DELETE', groupPath(group.name)), t('urlGroups.deleted', { name: group.name }));
}

async function removeEndpoint(group: UrlGroup, endpoint: GroupEndpoint): Promise<boolean> {
  const agreed = await confirm({
    title: t('urlGroups.endpointRemoveTitle', { url: endpoint.name ?? endpoint.url }),
    text: (
      <>
        <p>{t('urlGroups.endpointRemoveText')}</p>
        {group.endpoints.length === 1 && <p>{t('urlGroups.endpointRemoveLast')}</p>}
      </>
    ),
    action: t('urlGroups.endpointRemove'),
    danger: true,
  });
  return agreed && act(() => perform(group, removal(group.endpoints, endpoint)), t('urlGroups.endpointRemoved'));
}

/** One group: its endpoints and the headers that every publish to it gets. */
export function UrlGroupPage({ name }: { name: string }): JSX.Element {
  useTitle(name);
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box);
  const [dialog, setDialog] = useState<{ kind: 'endpoint'; endpoint: GroupEndpoint | null } | { kind: 'headers' } | null>(null);
  const path = groupPath(name);
  const poll = usePoll<UrlGroup>(path, { load: (signal) => v2.get<UrlGroup>(path, { signal }) });
  const schedules = usePoll<Schedule[]>(`schedules ${name}`, { load: () => schedulesOf(name), pace: { usualMs: 30_000, nearMs: 30_000, hiddenMs: 300_000 } });
  const group = poll.value.value;
  const error = poll.error.value;
  const back = { href: router.href('urlGroups'), label: t('urlGroups.back') };
  const then = (changed: boolean): void => {
    if (changed) void poll.refresh();
  };
  const gone = error instanceof ApiError && error.status === 404;
  if (gone || group === undefined) {
    return (
      <>
        <PageHead title={<span class="wrap-anywhere">{name}</span>} back={back} />
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
  const columns: Column<GroupEndpoint>[] = [
    {
      key: 'name',
      title: t('urlGroups.endpointName'),
      width: 'medium',
      cell: (endpoint) => endpoint.name ?? <span class="text-faint">{t('urlGroups.endpointUnnamed')}</span>,
    },
    { key: 'url', title: t('urlGroups.endpointUrl'), width: 'fill', cell: ({ url }) => <span class="mono wrap-anywhere">{url}</span> },
    {
      key: 'actions',
      title: t('resources.actions'),
      hideTitle: true,
      width: 'narrow',
      align: 'end',
      cell: (endpoint) => (
        <Menu
          items={[
            { label: t('resources.edit'), icon: 'edit', ...changingItem(), run: () => setDialog({ kind: 'endpoint', endpoint }) },
            { label: t('urlGroups.endpointRemove'), icon: 'trash', danger: true, ...changingItem(), run: () => void removeEndpoint(group, endpoint).then(then) },
          ]}
        />
      ),
    },
  ];
  const headers = linesOf(group);
  const users = schedules.value.value ?? [];
  return (
    <div ref={box} class="stack">
      <PageHead
        title={<span class="wrap-anywhere">{name}</span>}
        back={back}
        actions={
          <>
            <LinkButton variant="primary" icon="bolt" href={router.href('builder', {}, { url: name })}>
              {t('urlGroups.publish')}
            </LinkButton>
            <LinkButton icon="list" href={messagesHref({ group: name })}>
              {t('resources.showMessages')}
            </LinkButton>
            <Button
              variant="danger"
              icon="trash"
              {...changing()}
              onClick={() => void deleteGroup(group).then((deleted) => deleted && router.go(router.href('urlGroups')))}
              testId="group-delete"
            >
              {t('resources.delete')}
            </Button>
          </>
        }
      >
        {t('urlGroups.endpointCount', { count: group.endpoints.length })}
      </PageHead>
      <section class="res-block" aria-labelledby="endpoints-title">
        <div class="res-head">
          <h2 id="endpoints-title">{t('urlGroups.endpointsTitle')}</h2>
          <Button size="small" icon="plus" {...changing()} onClick={() => setDialog({ kind: 'endpoint', endpoint: null })} testId="endpoint-add">
            {t('urlGroups.endpointAdd')}
          </Button>
        </div>
        <CardTable label={t('urlGroups.endpointsTitle')} columns={columns} rows={group.endpoints} keyOf={(endpoint) => `${endpoint.name ?? ''} ${endpoint.url}`} />
      </section>
      <section class="res-block" aria-labelledby="headers-title">
        <div class="res-head">
          <h2 id="headers-title">{t('urlGroups.headersTitle')}</h2>
          <Button size="small" icon="edit" {...changing()} onClick={() => setDialog({ kind: 'headers' })} testId="headers-edit">
            {t('urlGroups.headersEdit')}
          </Button>
        </div>
        <p class="text-soft">{t('urlGroups.headersLead')}</p>
        {headers.length === 0 ? (
          <p class="text-faint">{t('urlGroups.headersNone')}</p>
        ) : (
          <pre class="code-block">{headers.map((line) => `${line.name}: ${line.value}`).join('\n')}</pre>
        )}
      </section>
      {users.length > 0 && (
        <section class="res-block" aria-labelledby="users-title">
          <div class="res-head">
            <h2 id="users-title">{t('urlGroups.schedulesTitle')}</h2>
          </div>
          <p class="res-chips">
            {users.map(({ scheduleId }) => (
              <a key={scheduleId} class="res-tag mono text-small" href={router.href('schedule', { id: scheduleId })}>
                {scheduleId}
              </a>
            ))}
          </p>
        </section>
      )}
      {dialog?.kind === 'endpoint' && (
        <EndpointDialog
          group={group}
          endpoint={dialog.endpoint}
          onClose={(saved) => {
            setDialog(null);
            if (saved) toast(t('urlGroups.endpointSaved'));
            then(saved);
          }}
        />
      )}
      {dialog?.kind === 'headers' && (
        <HeadersDialog
          group={group}
          onClose={(saved) => {
            setDialog(null);
            if (saved) toast(t('urlGroups.headersSaved'));
            then(saved);
          }}
        />
      )}
    </div>
  );
}
