import { Button, Dialog, LinkButton, NumberInput } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { router } from '../../app';
import { t } from '../../i18n';
import { isRateLimit } from '../generation-form/schedule';
import type { GenerationActions } from './actions';

/** W1 and W2: why nothing was sent, where to set what is missing, and for W1 the way without a broker. */
export function StartWarningDialog({ actions }: { actions: GenerationActions }): JSX.Element | null {
  const warning = actions.warning.value;
  if (warning === null) return null;
  const close = (): void => {
    actions.warning.value = null;
  };
  const token = warning === 'qstash_token_missing';
  return (
    <Dialog
      size="small"
      title={token ? t('generation.w1Title') : t('generation.w2Title')}
      onClose={close}
      testId={token ? 'w1' : 'w2'}
      actions={
        <>
          {token && (
            <Button onClick={() => void actions.startLocally()} testId="process-locally">
              {t('generation.processLocally')}
            </Button>
          )}
          <LinkButton variant="primary" href={`${router.href('settings')}#keys`}>
            {t('generation.toSettings')}
          </LinkButton>
        </>
      }
    >
      <p>{token ? t('generation.w1Text') : t('generation.w2Text')}</p>
    </Dialog>
  );
}

export function RateDialog({ actions, current }: { actions: GenerationActions; current: number }): JSX.Element | null {
  if (!actions.ratePlan.value) return null;
  return <RateEditor actions={actions} current={current} />;
}

function RateEditor({ actions, current }: { actions: GenerationActions; current: number }): JSX.Element {
  const [rate, setRate] = useState<number | null>(current);
  const fine = isRateLimit(rate);
  const submit = (): void => {
    if (isRateLimit(rate)) void actions.replan(rate);
  };
  return (
    <Dialog
      size="small"
      title={t('generation.rateTitle')}
      onClose={() => (actions.ratePlan.value = false)}
      testId="rate-dialog"
      actions={
        <Button variant="primary" busy={actions.running.value === 'replan'} disabled={!fine} onClick={submit}>
          {t('generation.rateAction')}
        </Button>
      }
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <NumberInput
          label={t('generation.rateLabel')}
          name="rate"
          autoFocus
          min={1}
          max={3600}
          unit={t('generationForm.rateUnit')}
          value={rate}
          onChange={setRate}
          error={fine ? undefined : t('generationForm.faultRateLimit')}
          hint={t('generation.rateText')}
        />
      </form>
    </Dialog>
  );
}
