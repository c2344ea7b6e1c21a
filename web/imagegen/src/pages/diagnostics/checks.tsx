import { formatDuration, Icon, type IconName } from '@godwit/kit';
import type { JSX } from 'preact';

import type { DiagnosticCheck } from '../../api/contract';
import { describe, router, status } from '../../app';
import { t } from '../../i18n';
import { foundText } from './found';

const marks: Record<DiagnosticCheck['state'], IconName> = { ok: 'check', warning: 'warning', failed: 'close', skipped: 'minus' };

/** Where the next step is taken. */
function nextStep(id: DiagnosticCheck['id']): { href: string; label: string; external: boolean } | null {
  const console = status().value.value?.broker.consoleUrl ?? null;
  const settings = (place: string): { href: string; label: string; external: boolean } => ({
    href: `${router.href('settings')}#${place}`,
    label: t('diagnostics.openSettings'),
    external: false,
  });
  switch (id) {
    case 'token':
    case 'signing_keys':
    case 'openai_key':
    case 'gemini_key':
      return settings('keys');
    case 'broker':
    case 'callback':
      return settings('broker');
    case 'model':
      return settings('providers');
    case 'storage':
      return settings('storage');
    case 'flow_control':
      return console ? { href: console, label: t('diagnostics.openMessages'), external: true } : null;
    case 'clock':
      return null;
  }
}

function Check({ check }: { check: DiagnosticCheck }): JSX.Element {
  const wrong = check.state === 'failed' || check.state === 'warning';
  const step = nextStep(check.id);
  return (
    <li class={`check check-${check.state}`} data-testid={`check-${check.id}`}>
      <span class="check-mark">
        <Icon name={marks[check.state]} size={14} />
        <span class="visually-hidden">{t(`diagnostics.${check.state}`)}</span>
      </span>
      <div class="check-main">
        <div class="check-head">
          <span class="check-name">{t(`diagnostics.check_${check.id}`)}</span>
          <span class="check-detail">{check.problem && !wrong ? describe(check.problem) : !wrong || !check.problem ? foundText(check.detail) : ''}</span>
        </div>
        {wrong && (
          <div class="check-why">
            {check.problem && <p>{describe(check.problem)}</p>}
            {check.problem?.detail && <p class="mono text-small text-soft">{check.problem.detail}</p>}
            <p class="text-soft">
              {t(`diagnostics.next_${check.id}`)}{' '}
              {step && (
                <a href={step.href} {...(step.external ? { target: '_blank', rel: 'noopener noreferrer' } : {})}>
                  {step.label}
                </a>
              )}
            </p>
          </div>
        )}
      </div>
      <span class="check-time numeric">{check.state === 'skipped' ? '' : formatDuration(check.durationMs)}</span>
    </li>
  );
}

export function Checks({ checks }: { checks: readonly DiagnosticCheck[] }): JSX.Element {
  return (
    <ul class="checks card card-flush">
      {checks.map((check) => (
        <Check key={check.id} check={check} />
      ))}
    </ul>
  );
}
