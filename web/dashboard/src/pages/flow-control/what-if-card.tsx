import { Checkbox, formatClock, formatDuration, formatExact, formatNumber, formatRelative, now, NumberInput, Rich } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { FlowControlKey } from '../../api/resources';
import { t } from '../../i18n';
import { forecast, windowOf } from './what-if';

/** "500 messages at 60 per hour finish at ...": computed here, nothing is changed. */
export function WhatIf({ info }: { info: FlowControlKey }): JSX.Element {
  const [messages, setMessages] = useState<number | null>(500);
  const [behind, setBehind] = useState(true);
  const [rate, setRate] = useState<number | null>(info.rateMax === 0 ? null : info.rateMax);
  const [period, setPeriod] = useState<number | null>(info.ratePeriod);
  const [parallelism, setParallelism] = useState<number | null>(info.parallelismMax === 0 ? null : info.parallelismMax);
  const [attempt, setAttempt] = useState<number | null>(1);

  const count = Math.max(0, Math.round(messages ?? 0));
  const limits = {
    rate: rate !== null && rate >= 1 ? Math.floor(rate) : null,
    periodSeconds: period !== null && period > 0 ? period : 1,
    parallelism: parallelism !== null && parallelism >= 1 ? Math.floor(parallelism) : null,
    attemptSeconds: Math.max(0, attempt ?? 0),
  };
  const at = now.value;
  const total = count + (behind ? info.waitListSize : 0);
  // With another window in mind nothing of it has been used.
  const window = period === info.ratePeriod ? windowOf(info, at) : { started: 0, endsAt: at + limits.periodSeconds * 1000 };
  const told = forecast(total, limits, at, window);
  const said = [
    limits.rate === null ? null : t('flowControl.answerRate', { rate: limits.rate, period: formatDuration(limits.periodSeconds * 1000) }),
    limits.parallelism === null ? null : t('flowControl.answerParallelism', { parallelism: limits.parallelism }),
  ].filter((text) => text !== null);
  const [a, b] = said;
  const limitsText = a === undefined ? t('flowControl.answerFree') : b === undefined ? a : t('flowControl.answerBoth', { a, b });
  const perHour = told.perHour === null ? '∞' : formatNumber(told.perHour, { maximumFractionDigits: told.perHour < 10 ? 1 : 0 });
  const bound = {
    nothing: t('flowControl.boundNothing'),
    rate: t('flowControl.boundRate', { perHour }),
    parallelism: t('flowControl.boundParallelism', { perHour }),
  }[told.bound];
  return (
    <section class="res-block" aria-labelledby="what-if-title">
      <div class="res-head">
        <h2 id="what-if-title">{t('flowControl.whatIfTitle')}</h2>
      </div>
      <p class="text-soft">{t('flowControl.whatIfLead')}</p>
      <div class="card stack">
        <div class="what-if">
          <NumberInput label={t('flowControl.whatIfMessages')} min={1} step={100} value={messages} onChange={setMessages} name="messages" />
          <NumberInput label={t('flowControl.whatIfRate')} min={1} value={rate} onChange={setRate} placeholder={t('flowControl.whatIfUnlimited')} name="rate" />
          <NumberInput label={t('flowControl.whatIfPeriod')} min={1} value={period} onChange={setPeriod} name="period" />
          <NumberInput label={t('flowControl.whatIfParallelism')} min={1} value={parallelism} onChange={setParallelism} placeholder={t('flowControl.whatIfUnlimited')} name="parallelism" />
          <NumberInput label={t('flowControl.whatIfAttempt')} min={0} value={attempt} onChange={setAttempt} name="attempt" />
        </div>
        {info.waitListSize > 0 && <Checkbox label={t('flowControl.whatIfAhead', { count: info.waitListSize })} checked={behind} onChange={setBehind} />}
        <p class="what-if-answer" role="status" data-testid="what-if">
          {count === 0 ? (
            t('flowControl.answerNone')
          ) : (
            <>
              <span data-tip={formatExact(told.finishedAt)}>
                <Rich
                  text={t('flowControl.answer', {
                    count,
                    limits: limitsText,
                    when: told.finishedAt - at < 5000 ? t('flowControl.answerNow') : formatRelative(told.finishedAt, at),
                    at: formatClock(told.finishedAt, at),
                  })}
                />
              </span>{' '}
              <span class="text-soft">{bound}</span>
            </>
          )}
        </p>
      </div>
    </section>
  );
}
