import { Button, Callout, CopyButton, PageHead, problemOf, Section, Skeleton, Stack, toast, toastError, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Diagnostics } from '../api/contract';
import { api, describeError } from '../app';
import { t } from '../i18n';
import { LoadFailed } from '../shell/problems';
import { Checks } from './diagnostics/checks';
import { RateLimitTroubles, StuckTasks } from './diagnostics/troubles';
import { WebhookLogSection } from './diagnostics/webhook-log';

function Summary({ diagnosis }: { diagnosis: Diagnostics }): JSX.Element {
  const wrong = diagnosis.checks.filter((check) => check.state === 'failed' || check.state === 'warning').length;
  const tone = diagnosis.checks.some((check) => check.state === 'failed') ? 'danger' : wrong > 0 ? 'warning' : 'success';
  return <Callout tone={tone} title={wrong === 0 ? t('diagnostics.allWell') : t('diagnostics.someWrong', { count: wrong })} />;
}

export function DiagnosticsPage(): JSX.Element {
  useTitle(t('diagnostics.title'));
  const [diagnosis, setDiagnosis] = useState<Diagnostics | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState<'check' | 'reconcile' | null>(null);

  const check = async (): Promise<void> => {
    setBusy('check');
    try {
      setDiagnosis(await api.get<Diagnostics>('/api/diagnostics'));
      setError(null);
    } catch (problem) {
      if (diagnosis) toastError(describeError(problem));
      else setError(problemOf(problem));
    } finally {
      setBusy(null);
    }
  };
  const reconcile = async (): Promise<void> => {
    setBusy('reconcile');
    try {
      setDiagnosis(await api.post<Diagnostics>('/api/diagnostics/reconcile', {}));
      toast(t('diagnostics.reconciled'));
    } catch (problem) {
      toastError(describeError(problem));
    } finally {
      setBusy(null);
    }
  };
  useEffect(() => void check(), []);
  const loaded = diagnosis !== null;
  useEffect(() => {
    if (loaded && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [loaded]);

  return (
    <>
      <PageHead
        title={t('diagnostics.title')}
        actions={
          <>
            <span data-tip={t('diagnostics.reportHint')}>
              <CopyButton wide label={t('diagnostics.copyReport')} text={() => api.getText('/api/diagnostics/report')} />
            </span>
            <Button icon="retry" busy={busy === 'check'} onClick={() => void check()} testId="check-again">
              {t('diagnostics.checkAgain')}
            </Button>
          </>
        }
      >
        {t('diagnostics.lead')}
      </PageHead>
      {!diagnosis ? (
        error ? (
          <LoadFailed error={error} retry={check} />
        ) : (
          <Skeleton lines={8} height="row" />
        )
      ) : (
        <Stack gap="large">
          <Section id="tasks" title={t('diagnostics.tasksTitle')} lead={t('diagnostics.tasksLead')}>
            <Summary diagnosis={diagnosis} />
            <Checks checks={diagnosis.checks} />
          </Section>
          <Section id="limits" title={t('diagnostics.limitsTitle')} lead={t('diagnostics.limitsLead')}>
            <RateLimitTroubles troubles={diagnosis.rateLimits} refresh={check} />
          </Section>
          <Section id="stuck" title={t('diagnostics.stuckTitle')} lead={t('diagnostics.stuckLead')}>
            <StuckTasks tasks={diagnosis.stuck} refresh={check} />
            <div class="row">
              <Button size="small" busy={busy === 'reconcile'} onClick={() => void reconcile()} testId="reconcile">
                {t('diagnostics.reconcile')}
              </Button>
            </div>
          </Section>
          <WebhookLogSection calls={diagnosis.webhookLog} />
        </Stack>
      )}
    </>
  );
}
