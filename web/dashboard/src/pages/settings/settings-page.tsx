import { PageHead, Skeleton, Tabs, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Environment, Setting } from '../../api/contract';
import { api, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { ConfigurationTable } from './configuration-table';
import { EnvironmentLines } from './environment';
import { Keys } from './keys';
import { Limits } from './limits';
import { Tokens } from './tokens';

const tabs = ['access', 'limits', 'configuration'] as const;
type Tab = (typeof tabs)[number];

function Access(): JSX.Element {
  const environment = usePoll<Environment>('environment', { load: (signal) => api.get<Environment>('/admin/v1/environment', { signal }), outlook: () => ({ final: true }) });
  return (
    <div class="form">
      <Tokens />
      <Keys poll={environment} />
      <EnvironmentLines poll={environment} />
    </div>
  );
}

/** What needs the settings themselves; they do not change while the broker runs. */
function Configured({ tab }: { tab: 'limits' | 'configuration' }): JSX.Element {
  const poll = usePoll<{ settings: readonly Setting[] }>('settings', { load: (signal) => api.get('/admin/v1/settings', { signal }), outlook: () => ({ final: true }) });
  const settings = poll.value.value?.settings;
  if (settings === undefined) return poll.error.value === undefined ? <Skeleton lines={8} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />;
  return tab === 'limits' ? <Limits settings={settings} /> : <ConfigurationTable settings={settings} />;
}

/** Tokens, keys, limits, and the configuration as it is in force. */
export function SettingsPage(): JSX.Element {
  useTitle(t('settings.title'));
  const asked = router.current.value?.query.get('tab');
  const tab: Tab = tabs.find((name) => name === asked) ?? 'access';
  return (
    <>
      <PageHead title={t('settings.title')}>{t('settings.lead')}</PageHead>
      <Tabs<Tab>
        label={t('settings.tabs')}
        value={tab}
        tabs={[
          { value: 'access', label: t('settings.tabAccess') },
          { value: 'limits', label: t('settings.tabLimits') },
          { value: 'configuration', label: t('settings.tabConfiguration') },
        ]}
        onChange={(value) => router.setQuery({ tab: value === 'access' ? null : value, q: null, section: null, changed: null })}
      >
        {tab === 'access' ? <Access /> : <Configured tab={tab} />}
      </Tabs>
    </>
  );
}
