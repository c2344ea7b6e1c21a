import { Button, Form, PageHead, problemOf, Skeleton, toast, useForm, useLeaveGuard, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { ImageModel, Settings } from '../api/contract';
import { api, describe, router, status } from '../app';
import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';
import { BrokerSection } from './settings/broker';
import { KeysSection } from './settings/keys';
import { DemoSection, ProvidersSection } from './settings/providers';
import { StorageSection, SystemPromptsSection } from './settings/texts-and-storage';
import { changeOf, validate, valuesOf } from './settings/values';

function SettingsForm({ loaded, models }: { loaded: Settings; models: readonly ImageModel[] }): JSX.Element {
  const [settings, setSettings] = useState(loaded);
  const form = useForm({
    initial: valuesOf(loaded),
    validate,
    describe,
    async submit(values) {
      const saved = await api.put<Settings>('/api/settings', changeOf(valuesOf(settings), values));
      setSettings(saved);
      toast(t('settings.saved'));
      void status().refresh();
      return valuesOf(saved);
    },
  });
  useLeaveGuard(router, form.dirty);
  useEffect(() => {
    // The page has just come: an address with a place on it leads there.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, []);
  const dirty = form.dirty.value;
  return (
    <Form form={form} label={t('settings.title')}>
      <KeysSection settings={settings} form={form} />
      <BrokerSection settings={settings} form={form} />
      <ProvidersSection settings={settings} form={form} models={models} />
      <DemoSection form={form} />
      <SystemPromptsSection settings={settings} form={form} />
      <StorageSection settings={settings} form={form} />
      <div class="save-bar">
        <span class="save-note" role="status">
          {dirty ? t('settings.unsaved') : t('settings.allSaved')}
        </span>
        {dirty && (
          <Button variant="ghost" onClick={() => form.reset()}>
            {t('settings.discard')}
          </Button>
        )}
        <Button type="submit" variant="primary" busy={form.busy.value} testId="save-settings">
          {t('settings.save')}
        </Button>
      </div>
    </Form>
  );
}

export function SettingsPage(): JSX.Element {
  useTitle(t('settings.title'));
  const [loaded, setLoaded] = useState<{ settings: Settings; models: ImageModel[] } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = async (): Promise<void> => {
    try {
      const [settings, models] = await Promise.all([
        api.get<Settings>('/api/settings'),
        api.get<{ models: ImageModel[] }>('/api/models'),
      ]);
      setLoaded({ settings, models: models.models });
      setError(null);
    } catch (problem) {
      setError(problemOf(problem));
    }
  };
  useEffect(() => void load(), []);
  return (
    <>
      <PageHead title={t('settings.title')}>{t('settings.lead')}</PageHead>
      {loaded ? (
        <SettingsForm loaded={loaded.settings} models={loaded.models} />
      ) : error ? (
        <LoadFailed error={error} retry={load} />
      ) : (
        <Skeleton lines={4} height="card" />
      )}
    </>
  );
}
