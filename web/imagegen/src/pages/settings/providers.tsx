import { Button, Callout, NumberInput, Section, Select, TextInput, type FormState } from '@godwit/kit';
import type { JSX } from 'preact';

import type { ImageModel, Settings } from '../../api/contract';
import { t } from '../../i18n';
import { AddressInput } from './broker';
import { rangeOf, type SettingsValues } from './values';

interface Part {
  settings: Settings;
  form: FormState<SettingsValues>;
}

/** A model that its provider has switched off is named with what to take instead. */
function ModelSelect({ models, form }: { models: readonly ImageModel[]; form: FormState<SettingsValues> }): JSX.Element {
  const field = form.field('providers.imageModel');
  const chosen = models.find((model) => model.id === field.value);
  const options = models.map((model) => ({
    value: model.id,
    label: model.gone ? t('settings.modelOff', { title: model.title }) : model.title,
  }));
  if (!chosen) options.unshift({ value: field.value, label: field.value });
  const replacement = chosen?.gone?.replacement;
  return (
    <>
      <Select {...field} label={t('settings.imageModel')} options={options} />
      {chosen?.gone && replacement && (
        <Callout
          tone="warning"
          actions={
            <Button size="small" onClick={() => form.set('providers.imageModel', replacement)}>
              {t('settings.modelTake', { replacement })}
            </Button>
          }
        >
          {t('settings.modelGone', { model: chosen.title, since: chosen.gone.since, replacement })}
        </Callout>
      )}
    </>
  );
}

export function ProvidersSection({ settings, form, models }: Part & { models: readonly ImageModel[] }): JSX.Element {
  return (
    <Section id="providers" title={t('settings.providersTitle')} lead={t('settings.providersLead')}>
      <Select
        {...form.field('providers.imageProvider')}
        label={t('settings.imageProvider')}
        options={[
          { value: 'auto', label: t('settings.providerAuto') },
          { value: 'gemini', label: t('settings.providerGemini') },
          { value: 'openai', label: t('settings.providerOpenai') },
          { value: 'demo', label: t('settings.providerDemo') },
        ]}
      />
      <ModelSelect models={models} form={form} />
      <div class="fields-2">
        <TextInput {...form.field('providers.textModel')} mono label={t('settings.textModel')} hint={t('settings.textModelHint')} />
        <NumberInput
          {...form.field('providers.timeoutSeconds')}
          {...rangeOf('providers.timeoutSeconds')}
          label={t('settings.timeoutSeconds')}
          unit={t('settings.seconds')}
        />
      </div>
      <AddressInput
        name="providers.geminiBaseUrl"
        label={t('settings.geminiBaseUrl')}
        hint={t('settings.baseUrlHint')}
        sourced={settings.providers.geminiBaseUrl}
        form={form}
      />
      <AddressInput
        name="providers.openaiBaseUrl"
        label={t('settings.openaiBaseUrl')}
        hint={t('settings.baseUrlHint')}
        sourced={settings.providers.openaiBaseUrl}
        form={form}
      />
    </Section>
  );
}

export function DemoSection({ form }: { form: FormState<SettingsValues> }): JSX.Element {
  const percent = (name: 'demo.temporaryErrorPercent' | 'demo.rateLimitErrorPercent' | 'demo.permanentErrorPercent', label: string): JSX.Element => (
    <NumberInput {...form.field(name)} {...rangeOf(name)} label={label} unit={t('settings.percent')} />
  );
  return (
    <Section id="demo" title={t('settings.demoTitle')} lead={t('settings.demoLead')}>
      <div class="fields-2">
        <NumberInput
          {...form.field('demo.latencyMs')}
          {...rangeOf('demo.latencyMs')}
          step={100}
          label={t('settings.demoLatency')}
          unit={t('settings.milliseconds')}
        />
        {percent('demo.temporaryErrorPercent', t('settings.demoTemporary'))}
        {percent('demo.rateLimitErrorPercent', t('settings.demoRateLimit'))}
        {percent('demo.permanentErrorPercent', t('settings.demoPermanent'))}
      </div>
    </Section>
  );
}
