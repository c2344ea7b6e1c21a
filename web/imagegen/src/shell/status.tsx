import { Dot, formatRelative, IconButton, now, type Tone } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Status } from '../api/contract';
import { api, describe, loadSession, router, session, status } from '../app';
import { t } from '../i18n';

/** What the message broker is called where it is spoken of. */
export function brokerName(kind: Status['broker']['kind']): string {
  return kind === 'godwit' ? 'Godwit' : kind === 'qstash' ? 'QStash' : 'Broker';
}

function broker({ broker: state, localProcessing }: Status): { tone: Tone; text: string; tip?: string } {
  if (!state.configured) {
    return localProcessing ? { tone: 'info', text: t('common.brokerLocal') } : { tone: 'warning', text: t('common.brokerMissing') };
  }
  const name = [brokerName(state.kind), state.version].filter(Boolean).join(' ');
  if (state.reachable === null) return { tone: 'neutral', text: t('common.brokerUnknown', { name }), tip: state.url };
  if (state.reachable) return { tone: 'success', text: t('common.brokerReachable', { name }), tip: state.url };
  return {
    tone: 'danger',
    text: t('common.brokerUnreachable', { name }),
    tip: state.problem ? describe(state.problem) : state.url,
  };
}

function keys({ keys: set, imageProvider }: Status): { tone: Tone; text: string } {
  const missing = [
    set.qstashToken ? '' : 'QStash Token',
    set.openaiApiKey ? '' : 'OpenAI API Key',
    set.geminiApiKey || imageProvider === 'openai' ? '' : 'Gemini API Key',
  ].filter(Boolean);
  if (missing.length === 0) return { tone: 'success', text: t('common.keysPresent') };
  return { tone: 'neutral', text: t('common.keysMissing', { keys: missing.join(', ') }) };
}

/** What is going on: images that are being made, and those that wait for their time. */
function work({ tasks, waiting }: Status): string {
  if (tasks.processing === 0) return waiting > 0 ? t('common.waitingOnly', { count: waiting }) : t('common.idle');
  const running = t('common.running', { count: tasks.processing });
  return waiting > 0 ? `${running} · ${t('common.waiting', { count: waiting })}` : running;
}

function Due({ at }: { at: string }): JSX.Element {
  return <>{t('common.nextDue', { time: formatRelative(Date.parse(at), now.value) })}</>;
}

/** Is the broker there, are the keys set, what is running, what comes next: each leads to its page. */
export function StatusStrip(): JSX.Element {
  const value = status().value.value;
  if (!value) return <span class="status-item text-faint">…</span>;
  const brokerState = broker(value);
  const keyState = keys(value);
  const first = value.running[0];
  const running = value.running.length > 0;
  // A generation that is paused moves nothing.
  const moving = value.tasks.processing > 0 || value.nextDueAt !== null;
  return (
    <>
      <a class="status-item" href={router.href('diagnostics')} data-tip={brokerState.tip} data-testid="status-broker">
        <Dot tone={brokerState.tone} />
        {brokerState.text}
      </a>
      <a class="status-item" href={`${router.href('settings')}#keys`} data-testid="status-keys">
        <Dot tone={keyState.tone} />
        {keyState.text}
      </a>
      {value.imageProvider === 'demo' && (
        <a class="status-item" href={`${router.href('settings')}#keys`}>
          <span class="badge badge-info">{t('common.demo')}</span>
        </a>
      )}
      <span class="status-space" />
      <a
        class={`status-item${running ? ' status-first' : ''}`}
        href={first && value.running.length === 1 ? router.href('generation', { id: first.id }) : router.href('generations')}
        data-testid="status-work"
      >
        {running && <Dot tone={moving ? 'info' : 'neutral'} pulse={moving} />}
        {work(value)}
      </a>
      {value.nextDueAt && (
        <span class="status-item numeric" data-testid="status-due">
          <Due at={value.nextDueAt} />
        </span>
      )}
    </>
  );
}

/** The version, and the way out where one had to sign in. */
export function SideNote(): JSX.Element | null {
  const who = session.value;
  if (!who) return null;
  return (
    <div class="side-note">
      <span>{t('common.version', { version: who.version })}</span>
      {who.loginRequired && (
        <IconButton
          icon="logout"
          label={t('common.signOut')}
          onClick={() => void api.delete('/api/session').finally(() => void loadSession())}
        />
      )}
    </div>
  );
}
