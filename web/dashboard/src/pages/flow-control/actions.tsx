import { Button, confirm, Dialog, Form, NumberInput, useForm } from '@godwit/kit';
import type { JSX } from 'preact';

import type { FlowControlKey } from '../../api/resources';
import { v2 } from '../../api/v2';
import { describe } from '../../app';
import { t } from '../../i18n';
import { act } from '../resources/act';

export const keyPath = (key: string): string => `/v2/flowControl/${encodeURIComponent(key)}`;

export async function pauseKey(key: string): Promise<boolean> {
  const agreed = await confirm({ title: t('flowControl.pauseTitle', { name: key }), text: t('flowControl.pauseText'), action: t('resources.pause') });
  return agreed && act(() => v2.send('POST', `${keyPath(key)}/pause`), t('flowControl.pausedToast', { name: key }));
}

export function resumeKey(key: string): Promise<boolean> {
  return act(() => v2.send('POST', `${keyPath(key)}/resume`), t('flowControl.resumedToast', { name: key }));
}

export function unpinKey(key: string, part: 'rate' | 'parallelism'): Promise<boolean> {
  return act(() => v2.send('POST', `${keyPath(key)}/unpin?${part}=true`), t('flowControl.unpinnedToast'));
}

export async function resetRate({ flowControlKey: name, rateMax }: FlowControlKey): Promise<boolean> {
  const agreed = await confirm({
    title: t('flowControl.resetRateTitle', { name }),
    text: t('flowControl.resetRateText', { max: rateMax }),
    action: t('flowControl.resetRate'),
  });
  return agreed && act(() => v2.send('POST', `${keyPath(name)}/resetRate`), t('flowControl.resetRateDone', { name }));
}

export async function resetCounters(name: string): Promise<boolean> {
  const agreed = await confirm({ title: t('flowControl.resetTitle', { name }), text: t('flowControl.resetText'), action: t('flowControl.reset'), danger: true });
  return agreed && act(() => v2.send('POST', `${keyPath(name)}/reset`), t('flowControl.resetDone', { name }));
}

interface PinValues {
  rate: number | null;
  period: number | null;
  parallelism: number | null;
}
const periodMax = 7 * 86_400;

export function PinDialog({ info, onClose }: { info: FlowControlKey; onClose: (pinned: boolean) => void }): JSX.Element {
  const name = info.flowControlKey;
  const whole = (value: number | null): boolean => value === null || (Number.isInteger(value) && value >= 1);
  const form = useForm<PinValues>({
    initial: {
      rate: info.rateMax === 0 ? null : info.rateMax,
      period: info.rateMax === 0 ? null : info.ratePeriod,
      parallelism: info.parallelismMax === 0 ? null : info.parallelismMax,
    },
    validate: ({ rate, period, parallelism }) => ({
      rate: rate === null && parallelism === null ? t('flowControl.pinNothing') : whole(rate) ? undefined : t('flowControl.pinWhole'),
      period: whole(period) && (period ?? 1) <= periodMax ? undefined : t('flowControl.pinPeriodMax'),
      parallelism: whole(parallelism) ? undefined : t('flowControl.pinWhole'),
    }),
    describe,
    async submit({ rate, period, parallelism }) {
      const query = new URLSearchParams();
      if (parallelism !== null) query.set('parallelism', String(parallelism));
      if (rate !== null) query.set('rate', String(rate));
      if (rate !== null && period !== null) query.set('period', String(period));
      await v2.send('POST', `${keyPath(name)}/pin?${query.toString()}`);
      onClose(true);
    },
  });
  return (
    <Dialog
      title={t('flowControl.pinTitle', { name })}
      size="small"
      onClose={() => onClose(false)}
      actions={
        <>
          <Button onClick={() => onClose(false)}>{t('common.cancel')}</Button>
          <Button variant="primary" busy={form.busy.value} onClick={() => void form.submit()} testId="pin-save">
            {t('flowControl.pinAction')}
          </Button>
        </>
      }
    >
      <Form form={form}>
        <p class="text-soft">{t('flowControl.pinLead')}</p>
        <NumberInput label={t('flowControl.pinRate')} min={1} optional {...form.field('rate')} />
        <NumberInput label={t('flowControl.pinPeriod')} min={1} max={periodMax} optional {...form.field('period')} />
        <NumberInput label={t('flowControl.pinParallelism')} min={1} optional {...form.field('parallelism')} />
        <button type="submit" class="visually-hidden" tabIndex={-1} aria-hidden="true" />
      </Form>
    </Dialog>
  );
}
