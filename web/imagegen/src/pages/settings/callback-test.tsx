import { Button, createPoll, formatDuration, Icon, problemOf, type Poll, type ProblemLike } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import type { CallbackTest } from '../../api/contract';
import { api, describe } from '../../app';
import { t } from '../../i18n';

const legNames = { publish: 'settings.legPublish', delivery: 'settings.legDelivery', signature: 'settings.legSignature' } as const;

function Leg({ leg, over }: { leg: CallbackTest['legs'][number]; over: boolean }): JSX.Element {
  const waiting = leg.state === 'waiting';
  return (
    <li class={`leg leg-${leg.state}`}>
      <span class="leg-mark">
        {waiting ? over ? <Icon name="minus" size={14} /> : <span class="spinner" aria-hidden="true" /> : <Icon name={leg.state === 'ok' ? 'check' : 'close'} size={14} />}
      </span>
      <div class="leg-text">
        <span>{t(legNames[leg.name])}</span>
        {leg.problem && <p class="text-danger text-small">{describe(leg.problem)}</p>}
        {leg.problem?.detail && <p class="text-soft text-small mono">{leg.problem.detail}</p>}
      </div>
      <span class="leg-time numeric">
        {leg.durationMs !== null ? formatDuration(leg.durationMs) : waiting ? (over ? t('settings.legNotReached') : t('settings.legWaiting')) : ''}
      </span>
    </li>
  );
}

/** One real message to the broker and back, leg by leg. */
export function CallbackTestCard({ hasToken, dirty }: { hasToken: boolean; dirty: boolean }): JSX.Element {
  const [starting, setStarting] = useState(false);
  const [problem, setProblem] = useState<ProblemLike | null>(null);
  const [poll, setPoll] = useState<Poll<CallbackTest> | null>(null);
  const running = useRef<Poll<CallbackTest> | null>(null);
  useEffect(() => () => running.current?.stop(), []);

  const start = async (): Promise<void> => {
    setStarting(true);
    setProblem(null);
    running.current?.stop();
    try {
      const first = await api.post<CallbackTest>('/api/settings/test-callback', {});
      const next = createPoll<CallbackTest>({
        load: (signal) => api.get(`/api/settings/test-callback/${encodeURIComponent(first.id)}`, { signal }),
        outlook: (value) => ({ final: value.finished }),
        pace: { usualMs: 400, nearMs: 400, hiddenMs: 2000 },
      });
      next.accept(first);
      running.current = next;
      setPoll(next);
    } catch (error) {
      setPoll(null);
      setProblem(problemOf(error));
    } finally {
      setStarting(false);
    }
  };

  const test = poll?.value.value;
  const busy = starting || (test !== undefined && !test.finished);
  const off = !hasToken ? t('settings.testNoToken') : dirty ? t('settings.testSaveFirst') : undefined;
  return (
    <div class="card test-card" data-testid="callback-test">
      <div class="test-head">
        <div>
          <p class="test-title">
            {test?.finished ? (
              <span class={test.ok ? 'text-success' : 'text-danger'}>{test.ok ? t('settings.testOk') : t('settings.testFailed')}</span>
            ) : (
              t('settings.testTitle')
            )}
          </p>
          <p class="field-hint">{t('settings.testLead')}</p>
        </div>
        <Button busy={busy} disabled={off !== undefined} {...(off ? { tip: off } : {})} onClick={() => void start()} testId="test-callback">
          {test ? t('settings.testAgain') : t('settings.test')}
        </Button>
      </div>
      {problem && (
        <p class="text-danger" role="alert">
          {describe(problem)}
        </p>
      )}
      {test && (
        <ol class="legs" aria-live="polite">
          {test.legs.map((leg) => (
            <Leg key={leg.name} leg={leg} over={test.finished} />
          ))}
        </ol>
      )}
    </div>
  );
}
