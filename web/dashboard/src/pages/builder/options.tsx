import { formatDuration, now, NumberInput, Rich, Segmented, Switch, TextInput } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';
import { HeaderLines } from '../resources/header-lines';
import { ownZone } from '../schedules/parts';
import { parseDuration } from './duration';
import { errorOf, type PartProps } from './form-access';
import { compileExpression, waits } from './retry-expression';
import { localTime, secondsOf, type DelayKind } from './values';

export function WhenPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  const scheduled = values.action === 'schedule';
  const kind = scheduled && values.delayKind === 'notBefore' ? 'none' : values.delayKind;
  const seconds = secondsOf(values.notBefore);
  return (
    <>
      <div>
        <Segmented<DelayKind>
          label={t('builder.delayKind')}
          value={kind}
          options={[
            { value: 'none', label: t('builder.delayNone') },
            { value: 'delay', label: t('builder.delayAfter') },
            ...(scheduled ? [] : [{ value: 'notBefore' as const, label: t('builder.delayNotBefore') }]),
          ]}
          onChange={(chosen) => {
            // An empty time is nothing to begin with: in an hour is.
            if (chosen === 'notBefore' && values.notBefore === '') form.set('notBefore', localTime(new Date(now.peek() + 3_600_000)));
            form.set('delayKind', chosen);
          }}
        />
      </div>
      {kind === 'delay' && <TextInput label={t('builder.delay')} hint={scheduled ? t('builder.delayOfRuns') : t('builder.delayHint')} mono placeholder="5m" {...form.field('delay')} />}
      {kind === 'notBefore' && (
        <TextInput
          label={t('builder.notBefore')}
          type="datetime-local"
          hint={seconds !== null && seconds * 1000 < now.value ? t('builder.notBeforePast') : t('builder.notBeforeHint', { zone: ownZone() })}
          {...form.field('notBefore')}
        />
      )}
    </>
  );
}

const waitsShown = 6;

/** What the waits would be, by the expression or the broker's own. */
function retryWaits(retries: number | null, expression: string): string | null {
  const count = retries ?? 3;
  if (!Number.isInteger(count) || count < 0) return null;
  if (count === 0) return t('builder.retryNone');
  const compiled = expression === '' ? null : compileExpression(expression);
  if (compiled?.mistake) return null;
  const list = waits(compiled?.value ?? null, Math.min(count, waitsShown)).map((ms) => formatDuration(ms)).join(', ');
  return count > waitsShown ? t('builder.retryWaitsMore', { waits: list }) : t('builder.retryWaits', { waits: list });
}

export function RetriesPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  const told = retryWaits(values.retries, values.retryDelay.trim());
  return (
    <>
      <div class="fields-2">
        <NumberInput label={t('builder.retries')} hint={t('builder.retriesHint')} min={0} placeholder="3" {...form.field('retries')} />
        <TextInput label={t('builder.timeout')} hint={t('builder.timeoutHint')} mono placeholder="30s" {...form.field('timeout')} />
      </div>
      <TextInput
        label={t('builder.retryDelay')}
        hint={<Rich text={t('builder.retryDelayHint')} />}
        mono
        placeholder="pow(2, retried) * 1000"
        {...form.field('retryDelay')}
        below={told !== null && <p class="builder-told">{told}</p>}
      />
    </>
  );
}

export function CallbacksPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  return (
    <>
      <TextInput label={t('builder.callback')} hint={t('builder.callbackHint')} mono placeholder="https://example.com/done" {...form.field('callback')} />
      {values.callback.trim() !== '' && (
        <HeaderLines label={t('builder.callbackHeaders')} name="callbackHeaders" lines={values.callbackHeaders} error={errorOf(form, 'callbackHeaders')} onChange={(lines) => form.set('callbackHeaders', lines)} />
      )}
      <TextInput label={t('builder.failureCallback')} hint={t('builder.failureCallbackHint')} mono placeholder="https://example.com/failed" {...form.field('failureCallback')} />
      {values.failureCallback.trim() !== '' && (
        <HeaderLines
          label={t('builder.failureCallbackHeaders')}
          name="failureCallbackHeaders"
          lines={values.failureCallbackHeaders}
          error={errorOf(form, 'failureCallbackHeaders')}
          onChange={(lines) => form.set('failureCallbackHeaders', lines)}
        />
      )}
    </>
  );
}

export function DeduplicationPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  return (
    <>
      <TextInput label={t('builder.deduplicationId')} hint={t('builder.deduplicationIdHint')} mono {...form.field('deduplicationId')} />
      <Switch
        label={t('builder.contentBased')}
        hint={values.contentBased && values.deduplicationId.trim() !== '' ? t('builder.contentBasedUnused') : t('builder.contentBasedHint')}
        checked={values.contentBased}
        onChange={(on) => form.set('contentBased', on)}
      />
    </>
  );
}

export function FlowPart({ form }: PartProps): JSX.Element {
  const { flowKey, flowRate, flowPeriod, flowParallelism } = form.values.value;
  const period = flowPeriod.trim();
  const ms = period === '' ? 1000 : /^\d+$/.test(period) ? Number(period) * 1000 : parseDuration(period);
  const limits = [
    flowRate === null || ms === null ? '' : t('builder.flowRatePart', { rate: flowRate, period: formatDuration(ms) }),
    flowParallelism === null ? '' : t('builder.flowParallelismPart', { count: flowParallelism }),
  ].filter(Boolean);
  return (
    <>
      <TextInput label={t('builder.flowKey')} hint={t('builder.flowLead')} mono {...form.field('flowKey')} />
      <div class="fields-3">
        <NumberInput label={t('builder.flowRate')} min={1} {...form.field('flowRate')} />
        <TextInput label={t('builder.flowPeriod')} mono placeholder="1s" hint={t('builder.flowPeriodHint')} {...form.field('flowPeriod')} />
        <NumberInput label={t('builder.flowParallelism')} min={1} {...form.field('flowParallelism')} />
      </div>
      {flowKey.trim() !== '' && limits.length > 0 && <p class="builder-told">{t('builder.flowSentence', { limits: limits.join(', ') })}</p>}
    </>
  );
}

export function LabelsPart({ form }: PartProps): JSX.Element {
  const values = form.values.value;
  return (
    <>
      <TextInput label={t('builder.labels')} hint={t('builder.labelsHint')} {...form.field('labels')} />
      <Switch label={t('builder.redactBody')} checked={values.redactBody} onChange={(on) => form.set('redactBody', on)} />
      <Switch label={t('builder.redactAll')} checked={values.redactAll} onChange={(on) => form.set('redactAll', on)} />
      {!values.redactAll && <TextInput label={t('builder.redactHeaders')} hint={t('builder.redactHeadersHint')} mono {...form.field('redactHeaders')} />}
    </>
  );
}
