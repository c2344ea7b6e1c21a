import { Button, Icon, Rich, Section, SecretInput, formatDuration, problemOf, type FormState } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { CheckRequest, CheckResult, SecretState, Settings } from '../../api/contract';
import { api, describe } from '../../app';
import { t } from '../../i18n';
import { foundText } from '../diagnostics/found';
import type { SettingsValues } from './values';

type SecretName = CheckRequest['what'];

/** What a check found: a mark and a sentence, with the cause in the other side's own words. */
export function CheckOutcome({ result }: { result: CheckResult }): JSX.Element {
  return (
    <div class={`check-outcome ${result.ok ? 'text-success' : 'text-danger'}`} role="status">
      <Icon name={result.ok ? 'check' : 'error'} size={14} />
      <div>
        <span>{result.ok ? t('settings.accepted') : result.problem ? describe(result.problem) : t('settings.refused')}</span>
        {result.ok && (
          <span class="text-soft">
            {result.detail && ` · ${foundText(result.detail)}`} · {formatDuration(result.durationMs)}
          </span>
        )}
        {!result.ok && result.problem?.detail && <p class="text-soft mono">{result.problem.detail}</p>}
      </div>
    </div>
  );
}

function Key({ name, state, form, hint }: { name: SecretName; state: SecretState; form: FormState<SettingsValues>; hint: string }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<CheckResult | null>(null);
  const field = form.field(`secrets.${name}`);
  const change = field.value;
  const check = async (): Promise<void> => {
    setBusy(true);
    setResult(null);
    const request: CheckRequest = { what: name, ...(change.kind === 'set' ? { value: change.value.trim() } : {}) };
    try {
      setResult(await api.post<CheckResult>('/api/settings/check', request));
    } catch (error) {
      setResult({ ok: false, problem: problemOf(error), detail: '', durationMs: 0 });
    } finally {
      setBusy(false);
    }
  };
  const something = change.kind === 'set' || (state.set && change.kind === 'keep');
  return (
    <SecretInput
      name={field.name}
      label={t(`settings.${name}`)}
      hint={<Rich text={hint} />}
      error={field.error}
      masked={state.masked}
      fromEnvironment={state.source === 'environment'}
      change={change}
      onChange={(next) => {
        setResult(null);
        field.onChange(next);
      }}
      after={
        <Button busy={busy} disabled={!something} onClick={() => void check()} testId={`check-${name}`}>
          {t('settings.check')}
        </Button>
      }
      below={result && <CheckOutcome result={result} />}
    />
  );
}

/** «API Ключи». */
export function KeysSection({ settings, form }: { settings: Settings; form: FormState<SettingsValues> }): JSX.Element {
  return (
    <Section id="keys" title={t('settings.keysTitle')} lead={t('settings.keysLead')}>
      <Key name="qstashToken" state={settings.secrets.qstashToken} form={form} hint={t('settings.qstashTokenHint')} />
      <Key name="openaiApiKey" state={settings.secrets.openaiApiKey} form={form} hint={t('settings.openaiApiKeyHint')} />
      <Key name="geminiApiKey" state={settings.secrets.geminiApiKey} form={form} hint={t('settings.geminiApiKeyHint')} />
    </Section>
  );
}
