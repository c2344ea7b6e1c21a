import { Button, EmptyState, Globals, LinkButton, Shell, Skeleton, toastError, useCommands, useTitle, type Command, type IconName, type NavigationItem } from '@godwit/kit';
import { Component, type ComponentChildren, type JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import type { Session } from '../api/contract';
import { acceptSession, api, describeError, loadSession, offline, router, session, sessionProblem } from '../app';
import { t } from '../i18n';
import { OverviewPage } from '../pages/overview/overview-page';
import { fetchPagesWhenIdle, lazyPage } from './lazy';
import { LoginPage } from './login';
import { CrashedPage, LoadFailed } from './problems';

// The overview comes with the first load; every other page when it is first opened.
const BuilderPage = lazyPage(async () => (await import('../pages/builder/builder-page')).BuilderPage);
const DeadLetterPage = lazyPage(async () => (await import('../pages/dlq/letter-page')).DeadLetterPage);
const DlqPage = lazyPage(async () => (await import('../pages/dlq/dlq-page')).DlqPage);
const EditSchedulePage = lazyPage(async () => (await import('../pages/schedules/editor-page')).EditSchedulePage);
const FlowControlKeyPage = lazyPage(async () => (await import('../pages/flow-control/key-page')).FlowControlKeyPage);
const FlowControlPage = lazyPage(async () => (await import('../pages/flow-control/keys-page')).FlowControlPage);
const LogsPage = lazyPage(async () => (await import('../pages/logs/logs-page')).LogsPage);
const MessagePage = lazyPage(async () => (await import('../pages/message/message-page')).MessagePage);
const MessagesPage = lazyPage(async () => (await import('../pages/messages/messages-page')).MessagesPage);
const NewSchedulePage = lazyPage(async () => (await import('../pages/schedules/editor-page')).NewSchedulePage);
const QueuePage = lazyPage(async () => (await import('../pages/queues/queue-page')).QueuePage);
const QueuesPage = lazyPage(async () => (await import('../pages/queues/queues-page')).QueuesPage);
const SchedulePage = lazyPage(async () => (await import('../pages/schedules/schedule-page')).SchedulePage);
const SchedulesPage = lazyPage(async () => (await import('../pages/schedules/schedules-page')).SchedulesPage);
const SettingsPage = lazyPage(async () => (await import('../pages/settings/settings-page')).SettingsPage);
const SignaturePage = lazyPage(async () => (await import('../pages/signature/signature-page')).SignaturePage);
const UrlGroupPage = lazyPage(async () => (await import('../pages/url-groups/group-page')).UrlGroupPage);
const UrlGroupsPage = lazyPage(async () => (await import('../pages/url-groups/groups-page')).UrlGroupsPage);

type PageName = 'overview' | 'messages' | 'builder' | 'queues' | 'flowControl' | 'schedules' | 'urlGroups' | 'dlq' | 'logs' | 'settings' | 'signature';

const groups: readonly (readonly { name: PageName; icon: IconName; also: readonly string[] }[])[] = [
  [
    { name: 'overview', icon: 'diagnostics', also: [] },
    { name: 'messages', icon: 'bolt', also: ['message'] },
    { name: 'dlq', icon: 'warning', also: ['deadLetter'] },
    { name: 'logs', icon: 'history', also: [] },
  ],
  [
    { name: 'queues', icon: 'list', also: ['queue'] },
    { name: 'flowControl', icon: 'filter', also: ['flowControlKey'] },
    { name: 'schedules', icon: 'clock', also: ['schedule', 'scheduleNew', 'scheduleEdit'] },
    { name: 'urlGroups', icon: 'globe', also: ['urlGroup'] },
  ],
  [
    { name: 'builder', icon: 'upload', also: [] },
    { name: 'signature', icon: 'key', also: [] },
    { name: 'settings', icon: 'settings', also: [] },
  ],
];

function navigation(): NavigationItem[][] {
  const at = router.current.value?.name;
  return groups.map((group) =>
    group.map(({ name, icon, also }) => ({
      href: router.href(name),
      label: t(`${name}.title`),
      icon,
      current: at === name || (at !== undefined && also.includes(at)),
    })),
  );
}

function commands(): Command[] {
  return groups.flat().map(
    ({ name, icon }): Command => ({
      id: name,
      label: t(`${name}.title`),
      group: t('common.goTo'),
      icon,
      words: name,
      run: () => void router.go(router.href(name)),
    }),
  );
}

function Page(): JSX.Element {
  const match = router.current.value;
  switch (match?.name) {
    case 'overview':
      return <OverviewPage />;
    case 'messages':
      return <MessagesPage />;
    case 'message':
      return <MessagePage key={match.parameters.id} id={match.parameters.id} />;
    case 'builder':
      return <BuilderPage />;
    case 'queues':
      return <QueuesPage />;
    case 'queue':
      return <QueuePage key={match.parameters.name} name={match.parameters.name} />;
    case 'flowControl':
      return <FlowControlPage />;
    case 'flowControlKey':
      return <FlowControlKeyPage key={match.parameters.key} name={match.parameters.key} />;
    case 'schedules':
      return <SchedulesPage />;
    case 'scheduleNew':
      return <NewSchedulePage />;
    case 'schedule':
      return <SchedulePage key={match.parameters.id} id={match.parameters.id} />;
    case 'scheduleEdit':
      return <EditSchedulePage key={match.parameters.id} id={match.parameters.id} />;
    case 'urlGroups':
      return <UrlGroupsPage />;
    case 'urlGroup':
      return <UrlGroupPage key={match.parameters.name} name={match.parameters.name} />;
    case 'dlq':
      return <DlqPage />;
    case 'deadLetter':
      return <DeadLetterPage key={match.parameters.id} id={match.parameters.id} />;
    case 'logs':
      return <LogsPage />;
    case 'settings':
      return <SettingsPage />;
    case 'signature':
      return <SignaturePage />;
    default:
      return <NotFoundPage />;
  }
}

function NotFoundPage(): JSX.Element {
  useTitle(t('common.notFoundTitle'));
  return (
    <EmptyState icon="search" title={t('common.notFoundTitle')} actions={<LinkButton href={router.href('overview')}>{t('common.toStart')}</LinkButton>}>
      {t('common.notFoundText')}
    </EmptyState>
  );
}

/** A page that throws takes nothing else with it; going elsewhere forgets the failure. */
class PageBoundary extends Component<{ place: string; children: ComponentChildren }, { failed: Error | null; place: string }> {
  override state = { failed: null as Error | null, place: this.props.place };

  static override getDerivedStateFromError(error: Error): { failed: Error } {
    return { failed: error };
  }

  static override getDerivedStateFromProps(
    props: { place: string },
    state: { failed: Error | null; place: string },
  ): { failed: Error | null; place: string } | null {
    return props.place === state.place ? null : { failed: null, place: props.place };
  }

  override componentDidCatch(error: Error): void {
    console.error(error);
  }

  override render(): ComponentChildren {
    return this.state.failed ? <CrashedPage error={this.state.failed} /> : this.props.children;
  }
}

async function signOut(): Promise<void> {
  try {
    acceptSession(await api.delete<Session>('/admin/v1/session'));
  } catch (error) {
    toastError(describeError(error));
  }
}

function Frame({ who }: { who: Session }): JSX.Element {
  useCommands(commands);
  useEffect(fetchPagesWhenIdle, []);
  const match = router.current.value;
  const place = match ? `${match.name}/${Object.values(match.parameters).join('/')}` : '';
  return (
    <Shell
      product={t('common.product')}
      home={router.href('overview')}
      navigation={navigation()}
      status={
        <div class="frame-status">
          <span class="text-soft clip">{[who.account, who.tokenName, who.readOnly ? t('common.readOnly') : ''].filter(Boolean).join(' · ')}</span>
          <Button size="small" variant="ghost" icon="logout" onClick={() => void signOut()} testId="sign-out">
            {t('common.signOut')}
          </Button>
        </div>
      }
      footer={<span class="text-small text-faint">{t('common.version', { version: who.version })}</span>}
      banner={
        offline.value && (
          <div class="banner banner-danger" role="alert">
            {t('common.offlineTitle')}
          </div>
        )
      }
    >
      <PageBoundary place={place}>
        <Page />
      </PageBoundary>
    </Shell>
  );
}

export function App(): JSX.Element {
  useEffect(() => {
    void loadSession();
    return router.start();
  }, []);
  const who = session.value;
  const problem = sessionProblem.value;
  return (
    <>
      {who === undefined ? (
        <div class="alone">{problem ? <LoadFailed error={problem} retry={loadSession} /> : <Skeleton />}</div>
      ) : who.authenticated ? (
        <Frame who={who} />
      ) : (
        <LoginPage />
      )}
      <Globals />
    </>
  );
}
