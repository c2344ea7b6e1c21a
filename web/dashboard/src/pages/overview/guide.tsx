import { Button, Callout, CopyButton, CopyValue, formatBytes, formatDuration, Icon, LinkButton, PageHead, problemOf, RelativeTime, Rich, Section, Segmented, Skeleton, usePoll } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { Catcher, Environment, MessageDetail } from '../../api/contract';
import { v2 } from '../../api/v2';
import { api, describe, describeError, router, session } from '../../app';
import { envLines, envText } from '../../code/env-file';
import { t } from '../../i18n';
import { act } from '../resources/act';
import { changing } from '../resources/may';
import { followFirst, type Caught, type Step } from './first-message';
import { installs, languages, snippet, type Language } from './snippets';

function CodeBlock({ code, label }: { code: string; label: string }): JSX.Element {
  return (
    <div class="code-copy">
      <pre class="code-block" tabIndex={0} aria-label={label}>
        {code}
      </pre>
    </div>
  );
}

function EnvBlock({ environment }: { environment: Environment }): JSX.Element {
  // What everybody knows need not be hidden; a server's keys are not for those who pass by.
  const [hidden, setHidden] = useState(environment.token === null);
  const lines = envLines(environment, t('overview.envPlaceholder'));
  return (
    <>
      <CodeBlock code={envText(lines, hidden)} label={t('overview.envTitle')} />
      <div class="row">
        <CopyButton wide label={t('overview.envCopy')} text={envText(lines)} />
        {lines.some(({ secret }) => secret) && (
          <Button variant="ghost" icon={hidden ? 'eye' : 'eyeOff'} onClick={() => setHidden(!hidden)}>
            {hidden ? t('overview.envShow') : t('overview.envHide')}
          </Button>
        )}
      </div>
      <p class="text-small text-soft">
        <Rich text={environment.token === null ? t('overview.envToken') : t('overview.envPublic')} />
        {environment.currentSigningKey === null && ` ${t('overview.envNoKeys')}`}
      </p>
    </>
  );
}

/** A body that was caught, and what it came with. */
function CaughtDetail({ caught }: { caught: Caught }): JSX.Element {
  const { body, headers } = caught;
  return (
    <div class="stack stack-small">
      {body.bytes === 0 ? (
        <p class="text-small text-soft">{t('overview.caughtBodyEmpty')}</p>
      ) : body.text === null ? (
        <p class="text-small text-soft">{t('overview.caughtBodyBinary', { size: formatBytes(body.bytes) })}</p>
      ) : (
        <pre class="code-block code-tall" tabIndex={0}>
          {body.text}
        </pre>
      )}
      {body.kept < body.bytes && <p class="text-small text-soft">{t('overview.caughtBodyCut', { kept: formatBytes(body.kept), size: formatBytes(body.bytes) })}</p>}
      <dl class="caught-headers">
        {headers.map(({ name, value }, index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

type Mark = 'done' | 'busy' | 'failed';

function StepLine({ mark, title, children }: { mark: Mark; title: ComponentChildren; children?: ComponentChildren }): JSX.Element {
  return (
    <li class={`step step-${mark}`}>
      <span class="step-mark">{mark === 'busy' ? <span class="spinner" aria-hidden="true" /> : <Icon name={mark === 'done' ? 'check' : 'error'} size={14} />}</span>
      <div class="step-main">
        <p class="step-title">{title}</p>
        {children}
      </div>
    </li>
  );
}

function Steps({ step, failure }: { step: Step | null; failure: unknown }): JSX.Element | null {
  if (step === null) return null;
  const accepted = step.state === 'sending' ? null : step;
  return (
    <ol class="steps" aria-live="polite">
      {accepted === null ? (
        failure === null ? (
          <StepLine mark="busy" title={t('overview.stepSending')} />
        ) : (
          <StepLine mark="failed" title={t('overview.stepRefused')}>
            <p class="text-danger">{describeError(failure)}</p>
          </StepLine>
        )
      ) : (
        <>
          <StepLine mark="done" title={t('overview.stepAccepted', { took: formatDuration(accepted.tookMs) })}>
            <p class="text-small text-soft wrap-anywhere">
              <a class="mono" href={router.href('message', { id: accepted.id })} data-testid="first-id">
                {accepted.id}
              </a>
            </p>
          </StepLine>
          {accepted.state === 'arrived' ? (
            <>
              <StepLine
                mark="done"
                title={accepted.afterMs === null ? t('overview.stepDeliveredPlain') : t('overview.stepDelivered', { after: formatDuration(accepted.afterMs) })}
              />
              <StepLine mark="done" title={t('overview.stepArrived')}>
                <CaughtDetail caught={accepted.caught} />
                <div class="row">
                  <LinkButton size="small" href={router.href('message', { id: accepted.id })} testId="first-show">
                    {t('overview.showMessage')}
                  </LinkButton>
                </div>
              </StepLine>
            </>
          ) : accepted.state === 'late' || failure !== null ? (
            <StepLine mark="failed" title={t('overview.stepLate')}>
              {accepted.error !== null && <p class="text-danger">{t('overview.stepAttemptFailed', { error: accepted.error })}</p>}
              <p>{failure === null ? t('overview.stepLateText') : describeError(failure)}</p>
              <div class="row">
                <LinkButton size="small" href={router.href('message', { id: accepted.id })}>
                  {t('overview.showMessage')}
                </LinkButton>
              </div>
            </StepLine>
          ) : (
            <StepLine mark="busy" title={t('overview.stepDelivering')}>
              {accepted.error !== null && <p class="text-danger">{t('overview.stepAttemptFailed', { error: accepted.error })}</p>}
            </StepLine>
          )}
        </>
      )}
    </ol>
  );
}

function FirstMessage({ catcher, onCaught }: { catcher: Catcher; onCaught: (catcher: Catcher) => void }): JSX.Element {
  const [step, setStep] = useState<Step | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const left = useRef(false);
  useEffect(
    () => () => {
      left.current = true;
    },
    [],
  );
  const send = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      await followFirst(
        {
          async publish() {
            const { messageId } = await v2.send<{ messageId: string }>('POST', `/v2/publish/${catcher.url}`, { json: { hello: 'world' } });
            return messageId;
          },
          async catcher() {
            const now = await api.get<Catcher>('/admin/v1/catcher');
            if (!left.current) onCaught(now);
            return now;
          },
          message: (id) => api.get<MessageDetail>(`/admin/v1/messages/${encodeURIComponent(id)}`),
          now: () => performance.now(),
          wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        },
        setStep,
        () => left.current,
      );
    } catch (problem) {
      setFailure(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div class="row">
        <Button variant="primary" icon="upload" busy={busy} {...changing()} onClick={() => void send()} testId="first-send">
          {step === null ? t('overview.sendButton') : t('overview.sendAgain')}
        </Button>
        {session.value?.readOnly && <span class="text-small text-soft">{t('resources.readOnly')}</span>}
      </div>
      <Steps step={step} failure={failure} />
    </>
  );
}

function CaughtList({ catcher, onForgotten }: { catcher: Catcher; onForgotten: (catcher: Catcher) => void }): JSX.Element {
  return (
    <>
      <div class="stack stack-small">
        <span class="text-small text-soft">{t('overview.caughtAddress')}</span>
        <CopyValue value={catcher.url} />
      </div>
      {catcher.caught.length === 0 ? (
        <p class="text-soft">{t('overview.caughtEmpty')}</p>
      ) : (
        <>
          <ul class="caught-list">
            {catcher.caught.map((caught) => (
              <li key={`${caught.at} ${caught.messageId}`}>
                <details class="caught">
                  <summary>
                    <span class="caught-method mono">{caught.method}</span>
                    <span class="caught-body mono clip">{caught.body.bytes === 0 ? t('overview.caughtBodyEmpty') : (caught.body.text ?? t('overview.caughtBodyBinary', { size: formatBytes(caught.body.bytes) }))}</span>
                    <span class="caught-aside text-small text-soft">
                      <RelativeTime at={caught.at} />
                    </span>
                  </summary>
                  <div class="caught-main">
                    {caught.messageId !== null && (
                      <p class="text-small wrap-anywhere">
                        <a class="mono" href={router.href('message', { id: caught.messageId })}>
                          {caught.messageId}
                        </a>
                      </p>
                    )}
                    <CaughtDetail caught={caught} />
                  </div>
                </details>
              </li>
            ))}
          </ul>
          <div class="row">
            <Button
              size="small"
              icon="trash"
              {...changing()}
              onClick={() =>
                void act(async () => {
                  onForgotten(await api.delete<Catcher>('/admin/v1/catcher'));
                })
              }
            >
              {t('overview.caughtForget')}
            </Button>
          </div>
        </>
      )}
    </>
  );
}

const languageNames: Readonly<Record<Language, string>> = { curl: 'curl', javascript: 'JavaScript', python: 'Python' };

function Code({ environment, destination }: { environment: Environment; destination: string }): JSX.Element {
  const [language, setLanguage] = useState<Language>('curl');
  const code = snippet(language, environment, destination);
  const install = installs[language];
  return (
    <>
      <div class="row">
        <Segmented label={t('overview.codeLabel')} value={language} options={languages.map((value) => ({ value, label: languageNames[value] }))} onChange={setLanguage} />
        <CopyButton text={code} label={t('overview.codeCopy')} />
      </div>
      <CodeBlock code={code} label={languageNames[language]} />
      {install !== null ? (
        <p class="text-small text-soft">
          <Rich text={t('overview.codeInstall', { command: install })} />
        </p>
      ) : (
        environment.token === null && (
          <p class="text-small text-soft">
            <Rich text={t('overview.codeTokenNeeded')} />
          </p>
        )
      )}
    </>
  );
}

/** From nothing to a first message that has arrived: the values, the button, the code. */
export function Guide({ onLeave }: { onLeave: () => void }): JSX.Element {
  const environments = usePoll<Environment>('environment', { load: (signal) => api.get<Environment>('/admin/v1/environment', { signal }), outlook: () => ({ final: true }) });
  const catchers = usePoll<Catcher>('catcher', { load: (signal) => api.get<Catcher>('/admin/v1/catcher', { signal }), outlook: () => ({ adviceMs: 2000 }) });
  const environment = environments.value.value;
  const catcher = catchers.value.value;
  const failed = (error: unknown, retry: () => Promise<void>): JSX.Element =>
    error === undefined ? (
      <Skeleton lines={4} />
    ) : (
      <Callout tone="danger" title={t('overview.envFailed')} actions={<Button onClick={() => void retry()}>{t('common.retry')}</Button>}>
        {describe(problemOf(error))}
      </Callout>
    );
  const noEnvironment = (): JSX.Element => failed(environments.error.value, () => environments.refresh());
  const noCatcher = (): JSX.Element => failed(catchers.error.value, () => catchers.refresh());
  return (
    <>
      <PageHead
        title={t('overview.guideTitle')}
        actions={
          <Button
            icon="diagnostics"
            testId="leave-guide"
            onClick={() => {
              onLeave();
              router.setQuery({ guide: null });
            }}
          >
            {t('overview.guideSkip')}
          </Button>
        }
      >
        {t('overview.guideLead')}
      </PageHead>
      <div class="guide">
        <Section id="guide-env" title={t('overview.envTitle')} lead={<Rich text={t('overview.envLead')} />}>
          {environment === undefined ? noEnvironment() : <EnvBlock environment={environment} />}
        </Section>
        <Section id="guide-send" title={t('overview.sendTitle')} lead={t('overview.sendLead')}>
          {catcher === undefined ? noCatcher() : <FirstMessage catcher={catcher} onCaught={(value) => catchers.accept(value)} />}
        </Section>
        <Section id="guide-code" title={t('overview.codeTitle')} lead={t('overview.codeLead')}>
          {environment === undefined ? noEnvironment() : catcher === undefined ? noCatcher() : <Code environment={environment} destination={catcher.url} />}
        </Section>
        <Section id="guide-caught" title={t('overview.caughtTitle')} lead={t('overview.caughtLead')}>
          {catcher === undefined ? noCatcher() : <CaughtList catcher={catcher} onForgotten={(value) => catchers.accept(value)} />}
        </Section>
        <Section id="guide-next" title={t('overview.nextTitle')}>
          <ul class="guide-next">
            {(
              [
                ['builder', 'nextBuilder'],
                ['messages', 'nextMessages'],
                ['schedules', 'nextSchedules'],
                ['signature', 'nextSignature'],
              ] as const
            ).map(([page, text]) => (
              <li key={page}>
                <a href={router.href(page)}>{t(`overview.${text}`)}</a>
              </li>
            ))}
          </ul>
        </Section>
      </div>
    </>
  );
}
