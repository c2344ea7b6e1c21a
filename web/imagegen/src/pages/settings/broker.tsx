import { CopyValue, NumberInput, RelativeTime, Rich, Section, Switch, TextInput, texts, type FormState } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Settings, Sourced } from '../../api/contract';
import { t } from '../../i18n';
import { CallbackTestCard } from './callback-test';
import { rangeOf, type SettingsValues } from './values';

type AddressName = 'broker.url' | 'broker.publicUrl' | 'providers.geminiBaseUrl' | 'providers.openaiBaseUrl';

/** An address with a default; one from the environment is shown and left alone. */
export function AddressInput({ name, label, hint, sourced, form }: { name: AddressName; label: string; hint: string; sourced: Sourced<string>; form: FormState<SettingsValues> }): JSX.Element {
  const outside = sourced.source === 'environment';
  return (
    <TextInput
      {...form.field(name)}
      type="url"
      mono
      label={label}
      hint={<Rich text={hint} />}
      placeholder={sourced.source === 'default' ? sourced.value : ''}
      readOnly={outside}
      aside={outside && <span class="badge badge-neutral">{texts('kit.fromEnvironment')}</span>}
    />
  );
}

function SigningKeys({ keys }: { keys: Settings['broker']['signingKeys'] }): JSX.Element {
  if (keys.source === 'environment') return <>{t('settings.signingEnvironment')}</>;
  if (keys.source === 'none' || keys.fetchedAt === null) return <>{t('settings.signingNone')}</>;
  const [before = '', after = ''] = t('settings.signingFetched', { time: '\u0000' }).split('\u0000');
  return (
    <>
      {before}
      <RelativeTime at={keys.fetchedAt} />
      {after}
    </>
  );
}

export function BrokerSection({ settings, form }: { settings: Settings; form: FormState<SettingsValues> }): JSX.Element {
  const retries = form.field('broker.retries');
  return (
    <Section id="broker" title={t('settings.brokerTitle')} lead={t('settings.brokerLead')}>
      <AddressInput name="broker.url" label={t('settings.brokerUrl')} hint={t('settings.brokerUrlHint')} sourced={settings.broker.url} form={form} />
      <AddressInput
        name="broker.publicUrl"
        label={t('settings.publicUrl')}
        hint={t('settings.publicUrlHint')}
        sourced={settings.broker.publicUrl}
        form={form}
      />
      <dl class="facts">
        <dt>{t('settings.webhook')}</dt>
        <dd>
          <CopyValue value={settings.broker.webhookUrl} />
        </dd>
        <dt>{t('settings.signingKeys')}</dt>
        <dd>
          <SigningKeys keys={settings.broker.signingKeys} />
        </dd>
      </dl>
      <CallbackTestCard hasToken={settings.secrets.qstashToken.set} dirty={form.dirty.value} />
      <div class="fields-2">
        <NumberInput
          {...form.field('broker.defaultRateLimit')}
          {...rangeOf('broker.defaultRateLimit')}
          label={t('settings.defaultRateLimit')}
          hint={t('settings.defaultRateLimitHint')}
          unit={t('settings.perHour')}
        />
        <NumberInput
          {...form.field('broker.accountRateLimit')}
          {...rangeOf('broker.accountRateLimit')}
          label={t('settings.accountRateLimit')}
          hint={t('settings.accountRateLimitHint')}
          unit={t('settings.perHour')}
        />
        <NumberInput
          {...retries}
          {...rangeOf('broker.retries')}
          label={t('settings.retries')}
          hint={<Rich text={t('settings.retriesHint', { count: retries.value ?? 0 })} />}
        />
      </div>
      <Switch
        name="broker.flowControl"
        label={t('settings.flowControl')}
        hint={t('settings.flowControlHint')}
        checked={form.values.value['broker.flowControl']}
        onChange={(checked) => form.set('broker.flowControl', checked)}
      />
      <Switch
        name="broker.localProcessing"
        label={t('settings.localProcessing')}
        hint={t('settings.localProcessingHint')}
        checked={form.values.value['broker.localProcessing']}
        onChange={(checked) => form.set('broker.localProcessing', checked)}
      />
    </Section>
  );
}
