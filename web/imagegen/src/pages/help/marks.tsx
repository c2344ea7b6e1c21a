import { Icon, problemOf } from '@godwit/kit';
import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';

import type { CheckRequest, CheckResult, Status } from '../../api/contract';
import { api } from '../../app';
import { t } from '../../i18n';
import { brokerName } from '../../shell/status';

type Secret = CheckRequest['what'];

/** Results of «Проверить всё»; without one, a mark says only whether a key is set. */
const checked = signal<Partial<Record<Secret, CheckResult | 'running'>>>({});

export function checksRunning(): boolean {
  return Object.values(checked.value).includes('running');
}

/** Asks broker and providers about every key that is set, side by side. */
export async function checkEverything(keys: Status['keys']): Promise<void> {
  const wanted = (Object.keys(keys) as Secret[]).filter((name) => keys[name]);
  checked.value = Object.fromEntries(wanted.map((name) => [name, 'running']));
  await Promise.all(
    wanted.map(async (what) => {
      let result: CheckResult;
      try {
        result = await api.post<CheckResult>('/api/settings/check', { what } satisfies CheckRequest);
      } catch (error) {
        result = { ok: false, problem: problemOf(error), detail: '', durationMs: 0 };
      }
      checked.value = { ...checked.peek(), [what]: result };
    }),
  );
}

type Verdict = 'yes' | 'no' | 'open' | 'busy';

/** A live mark beside a sentence of the guide. */
export function LiveMark({ verdict, children }: { verdict: Verdict; children: ComponentChildren }): JSX.Element {
  return (
    <span class={`live live-${verdict}`}>
      {verdict === 'busy' ? (
        <span class="spinner" aria-hidden="true" />
      ) : (
        <Icon name={verdict === 'yes' ? 'check' : verdict === 'no' ? 'close' : 'minus'} size={14} />
      )}
      {children}
    </span>
  );
}

export function TokenMark({ status }: { status: Status | undefined }): JSX.Element | null {
  if (!status) return null;
  const result = checked.value.qstashToken;
  if (result === 'running') return <LiveMark verdict="busy">{t('help.markChecking')}</LiveMark>;
  if (!status.keys.qstashToken) return <LiveMark verdict="no">{t('help.markTokenMissing')}</LiveMark>;
  if (result ? result.ok : status.broker.reachable && !status.broker.problem) {
    return <LiveMark verdict="yes">{t('help.markTokenOk')}</LiveMark>;
  }
  if (result || status.broker.problem?.code === 'qstash_token_refused') return <LiveMark verdict="no">{t('help.markTokenRefused')}</LiveMark>;
  return <LiveMark verdict="open">{t('help.markTokenSet')}</LiveMark>;
}

export function KeyMark({ status, name }: { status: Status | undefined; name: 'openaiApiKey' | 'geminiApiKey' }): JSX.Element | null {
  if (!status) return null;
  const result = checked.value[name];
  if (result === 'running') return <LiveMark verdict="busy">{t('help.markChecking')}</LiveMark>;
  if (!status.keys[name]) return <LiveMark verdict="no">{t('help.markKeyMissing')}</LiveMark>;
  if (!result) return <LiveMark verdict="yes">{t('help.markKeySet')}</LiveMark>;
  return result.ok ? <LiveMark verdict="yes">{t('help.markKeyOk')}</LiveMark> : <LiveMark verdict="no">{t('problem.invalid_key')}</LiveMark>;
}

export function BrokerMark({ status }: { status: Status | undefined }): JSX.Element | null {
  if (!status?.broker.configured || status.broker.reachable === null) return null;
  const { broker } = status;
  return broker.reachable ? (
    <LiveMark verdict="yes">{t('help.markBroker', { name: brokerName(broker.kind), url: broker.url })}</LiveMark>
  ) : (
    <LiveMark verdict="no">{t('help.markBrokerDown', { url: broker.url })}</LiveMark>
  );
}
