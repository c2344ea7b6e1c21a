import { Button, formatBytes, formatNumber, NumberInput, Section, Stat, Stats, TextArea, type FormState } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Settings, SystemPrompts } from '../../api/contract';
import { t } from '../../i18n';
import { rangeOf, type SettingsValues } from './values';

interface Part {
  settings: Settings;
  form: FormState<SettingsValues>;
}

export function SystemPromptsSection({ settings, form }: Part): JSX.Element {
  const text = (name: keyof SystemPrompts, label: string): JSX.Element => {
    const field = form.field(`systemPrompts.${name}`);
    const original = settings.systemPromptDefaults[name];
    return (
      <TextArea
        {...field}
        label={label}
        rows={3}
        aside={
          field.value !== original && (
            <Button variant="ghost" size="small" icon="retry" tip={t('settings.resetTip')} onClick={() => field.onChange(original)}>
              {t('settings.reset')}
            </Button>
          )
        }
      />
    );
  };
  return (
    <Section id="system-prompts" title={t('settings.promptsTitle')} lead={t('settings.promptsLead')}>
      {text('parameters', t('settings.promptParameters'))}
      {text('prompts', t('settings.promptPrompts'))}
      {text('generations', t('settings.promptGenerations'))}
    </Section>
  );
}

export function StorageSection({ settings, form }: Part): JSX.Element {
  const { storage } = settings;
  return (
    <Section id="storage" title={t('settings.storageTitle')} lead={t('settings.storageLead')}>
      <Stats>
        <Stat label={t('settings.storageImages')}>{formatNumber(storage.images)}</Stat>
        <Stat label={t('settings.storageUsed')}>{formatBytes(storage.imageBytes)}</Stat>
        <Stat label={t('settings.storageFree')}>{formatBytes(storage.freeBytes)}</Stat>
      </Stats>
      <dl class="facts">
        <dt>{t('settings.storageDirectory')}</dt>
        <dd>
          <code>{storage.directory}</code>
        </dd>
      </dl>
      <div class="fields-2">
        <NumberInput
          {...form.field('storage.retentionDays')}
          {...rangeOf('storage.retentionDays')}
          label={t('settings.retention')}
          hint={t('settings.retentionHint')}
          unit={t('settings.days')}
        />
      </div>
    </Section>
  );
}
