import { EmptyState, Globals, LinkButton, Shell, Skeleton, useCommands, useTitle, type Command, type IconName, type NavigationItem } from '@godwit/kit';
import { Component, type ComponentChildren, type JSX } from 'preact';
import { useEffect } from 'preact/hooks';

import { loadSession, offline, router, session, sessionProblem } from '../app';
import { t } from '../i18n';
import { GenerationsPage } from '../pages/generations';
import { LoginPage } from '../pages/login';
import { fetchPagesWhenIdle, lazyPage } from './lazy';
import { CrashedPage, LoadFailed } from './problems';
import { SideNote, StatusStrip } from './status';

// The list of generations comes with the first load; every other page when it is first opened.
const DiagnosticsPage = lazyPage(async () => (await import('../pages/diagnostics')).DiagnosticsPage);
const GalleryPage = lazyPage(async () => (await import('../pages/gallery')).GalleryPage);
const GenerationPage = lazyPage(async () => (await import('../pages/generation')).GenerationPage);
const NewGenerationPage = lazyPage(async () => (await import('../pages/generation-new')).NewGenerationPage);
const HelpPage = lazyPage(async () => (await import('../pages/help')).HelpPage);
const ParameterPage = lazyPage(async () => (await import('../pages/parameter')).ParameterPage);
const ParametersPage = lazyPage(async () => (await import('../pages/parameters')).ParametersPage);
const PromptPage = lazyPage(async () => (await import('../pages/prompt')).PromptPage);
const PromptsPage = lazyPage(async () => (await import('../pages/prompts')).PromptsPage);
const SettingsPage = lazyPage(async () => (await import('../pages/settings')).SettingsPage);

type PageName = 'settings' | 'parameters' | 'prompts' | 'generations' | 'gallery' | 'diagnostics' | 'help';

const groups: readonly (readonly { name: PageName; icon: IconName; also: readonly string[] }[])[] = [
  [
    { name: 'settings', icon: 'settings', also: [] },
    { name: 'parameters', icon: 'parameters', also: ['parameter'] },
    { name: 'prompts', icon: 'prompts', also: ['prompt'] },
    { name: 'generations', icon: 'generations', also: ['home', 'generation', 'newGeneration'] },
    { name: 'gallery', icon: 'gallery', also: [] },
  ],
  [
    { name: 'diagnostics', icon: 'diagnostics', also: [] },
    { name: 'help', icon: 'help', also: [] },
  ],
];

function navigation(): NavigationItem[][] {
  const at = router.current.value?.name;
  return groups.map((group) =>
    group.map(({ name, icon, also }) => ({
      href: router.href(name),
      label: t(`common.${name}`),
      icon,
      current: at === name || (at !== undefined && also.includes(at)),
    })),
  );
}

function commands(): Command[] {
  const go = (path: string) => () => void router.go(path);
  return [
    { id: 'new', label: t('common.newGeneration'), icon: 'plus', run: go(router.href('newGeneration')) },
    ...groups.flat().map(
      ({ name, icon }): Command => ({
        id: name,
        label: t(`common.${name}`),
        group: t('common.goTo'),
        icon,
        words: name,
        run: go(router.href(name)),
      }),
    ),
  ];
}

function Page(): JSX.Element {
  const match = router.current.value;
  switch (match?.name) {
    case 'home':
    case 'generations':
      return <GenerationsPage />;
    case 'newGeneration':
      return <NewGenerationPage />;
    case 'generation':
      return <GenerationPage key={match.parameters.id} id={match.parameters.id} />;
    case 'gallery':
      return <GalleryPage />;
    case 'settings':
      return <SettingsPage />;
    case 'parameters':
      return <ParametersPage />;
    case 'parameter':
      return <ParameterPage key={match.parameters.id} id={match.parameters.id} />;
    case 'prompts':
      return <PromptsPage />;
    case 'prompt':
      return <PromptPage key={match.parameters.id} id={match.parameters.id} />;
    case 'diagnostics':
      return <DiagnosticsPage />;
    case 'help':
      return <HelpPage />;
    case undefined:
      return <NotFoundPage />;
  }
}

function NotFoundPage(): JSX.Element {
  useTitle(t('common.notFoundTitle'));
  return (
    <EmptyState
      icon="search"
      title={t('common.notFoundTitle')}
      actions={<LinkButton href={router.href('generations')}>{t('common.toGenerations')}</LinkButton>}
    >
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

function Frame(): JSX.Element {
  useCommands(commands);
  useEffect(fetchPagesWhenIdle, []);
  const match = router.current.value;
  const place = match ? `${match.name}/${Object.values(match.parameters).join('/')}` : '';
  return (
    <Shell
      product={t('common.product')}
      home={router.href('generations')}
      navigation={navigation()}
      status={<StatusStrip />}
      footer={<SideNote />}
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
      ) : who.loginRequired && !who.authenticated ? (
        <LoginPage />
      ) : (
        <Frame />
      )}
      <Globals />
    </>
  );
}
