// The settings' form: flat values named as the server names its fields, and the change they make.

import type { FieldErrors, SecretChange } from '@godwit/kit';
import { texts } from '@godwit/kit';

import type { Settings, SettingsChange } from '../../api/contract';
import { t } from '../../i18n';

export interface SettingsValues {
  'secrets.qstashToken': SecretChange;
  'secrets.openaiApiKey': SecretChange;
  'secrets.geminiApiKey': SecretChange;
  'broker.url': string;
  'broker.publicUrl': string;
  'broker.retries': number | null;
  'broker.defaultRateLimit': number | null;
  'broker.accountRateLimit': number | null;
  'broker.flowControl': boolean;
  'broker.localProcessing': boolean;
  'providers.imageProvider': Settings['providers']['imageProvider'];
  'providers.geminiBaseUrl': string;
  'providers.openaiBaseUrl': string;
  'providers.imageModel': string;
  'providers.textModel': string;
  'providers.timeoutSeconds': number | null;
  'demo.latencyMs': number | null;
  'demo.temporaryErrorPercent': number | null;
  'demo.rateLimitErrorPercent': number | null;
  'demo.permanentErrorPercent': number | null;
  'systemPrompts.parameters': string;
  'systemPrompts.prompts': string;
  'systemPrompts.generations': string;
  'storage.retentionDays': number | null;
}

const keep: SecretChange = { kind: 'keep' };

/** Addresses that nobody chose are shown as placeholders, so their value is empty. */
export function valuesOf(settings: Settings): SettingsValues {
  const chosen = (sourced: { value: string; source: string }): string => (sourced.source === 'default' ? '' : sourced.value);
  return {
    'secrets.qstashToken': keep,
    'secrets.openaiApiKey': keep,
    'secrets.geminiApiKey': keep,
    'broker.url': chosen(settings.broker.url),
    'broker.publicUrl': chosen(settings.broker.publicUrl),
    'broker.retries': settings.broker.retries,
    'broker.defaultRateLimit': settings.broker.defaultRateLimit,
    'broker.accountRateLimit': settings.broker.accountRateLimit,
    'broker.flowControl': settings.broker.flowControl,
    'broker.localProcessing': settings.broker.localProcessing,
    'providers.imageProvider': settings.providers.imageProvider,
    'providers.geminiBaseUrl': chosen(settings.providers.geminiBaseUrl),
    'providers.openaiBaseUrl': chosen(settings.providers.openaiBaseUrl),
    'providers.imageModel': settings.providers.imageModel,
    'providers.textModel': settings.providers.textModel,
    'providers.timeoutSeconds': settings.providers.timeoutSeconds,
    'demo.latencyMs': settings.demo.latencyMs,
    'demo.temporaryErrorPercent': settings.demo.temporaryErrorPercent,
    'demo.rateLimitErrorPercent': settings.demo.rateLimitErrorPercent,
    'demo.permanentErrorPercent': settings.demo.permanentErrorPercent,
    'systemPrompts.parameters': settings.systemPrompts.parameters,
    'systemPrompts.prompts': settings.systemPrompts.prompts,
    'systemPrompts.generations': settings.systemPrompts.generations,
    'storage.retentionDays': settings.storage.retentionDays,
  };
}

const addresses: ReadonlySet<string> = new Set(['broker.url', 'broker.publicUrl', 'providers.geminiBaseUrl', 'providers.openaiBaseUrl']);

/** Only what differs: what nobody touched stays as it is on the server, and in the environment. */
export function changeOf(before: SettingsValues, after: SettingsValues): SettingsChange {
  const change: Record<string, Record<string, unknown>> = {};
  for (const name of Object.keys(after) as (keyof SettingsValues)[]) {
    const value = after[name];
    if (JSON.stringify(value) === JSON.stringify(before[name])) continue;
    const [group = '', member = ''] = name.split('.');
    let sent: unknown = value;
    if (typeof value === 'object' && value !== null) {
      if (value.kind === 'keep') continue;
      sent = value.kind === 'set' ? value.value.trim() : null;
    } else if (addresses.has(name)) {
      sent = String(value).trim() || null;
    }
    (change[group] ??= {})[member] = sent;
  }
  return change as SettingsChange;
}

const ranges: Partial<Record<keyof SettingsValues, { min: number; max: number; optional?: boolean }>> = {
  'broker.retries': { min: 0, max: 100 },
  'broker.defaultRateLimit': { min: 1, max: 3600 },
  'broker.accountRateLimit': { min: 1, max: 3600, optional: true },
  'providers.timeoutSeconds': { min: 10, max: 600 },
  'demo.latencyMs': { min: 0, max: 60_000 },
  'demo.temporaryErrorPercent': { min: 0, max: 100 },
  'demo.rateLimitErrorPercent': { min: 0, max: 100 },
  'demo.permanentErrorPercent': { min: 0, max: 100 },
  'storage.retentionDays': { min: 1, max: 36_500, optional: true },
};

export function rangeOf(name: keyof SettingsValues): { min: number; max: number } {
  const { min, max } = ranges[name] ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
  return { min, max };
}

function isAddress(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

export function validate(values: SettingsValues): FieldErrors {
  const errors: Record<string, string | undefined> = {};
  for (const [name, range] of Object.entries(ranges)) {
    const value = values[name as keyof SettingsValues] as number | null;
    if (value === null) {
      if (!range.optional) errors[name] = texts('kit.required');
    } else if (!Number.isInteger(value)) errors[name] = texts('kit.wholeNumber');
    else if (value < range.min || value > range.max) errors[name] = texts('kit.between', { min: range.min, max: range.max });
  }
  for (const name of addresses) {
    const value = String(values[name as keyof SettingsValues]).trim();
    if (value !== '' && !isAddress(value)) errors[name] = t('settings.badUrl');
  }
  if (values['providers.textModel'].trim() === '') errors['providers.textModel'] = texts('kit.required');
  for (const name of ['systemPrompts.parameters', 'systemPrompts.prompts', 'systemPrompts.generations'] as const) {
    if (values[name].trim() === '') errors[name] = texts('kit.required');
  }
  return errors;
}
