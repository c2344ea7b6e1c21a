import { Button, Callout, confirm, CopyButton, IconButton, Rich, Section, Skeleton, type Poll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Environment } from '../../api/contract';
import { v2 } from '../../api/v2';
import { masked } from '../../code/env-file';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { act } from '../resources/act';
import { changing } from '../resources/may';

/** A secret, covered until the reader wants to see it; it can be copied either way. */
function Secret({ name, hint, value }: { name: string; hint: string; value: string }): JSX.Element {
  const [shown, setShown] = useState(false);
  return (
    <div class="secret-row">
      <div class="secret-name">
        <span class="field-label">{name}</span>
        <span class="field-hint">{hint}</span>
      </div>
      <span class="secret-box">
        <code class="secret-code" data-testid="secret">
          {shown ? value : masked(value)}
        </code>
        <IconButton icon={shown ? 'eyeOff' : 'eye'} label={shown ? t('settings.secretHide') : t('settings.secretShow')} pressed={shown} onClick={() => setShown(!shown)} />
        <CopyButton text={value} />
      </span>
    </div>
  );
}

/** What deliveries are signed with, and its change. */
export function Keys({ poll }: { poll: Poll<Environment> }): JSX.Element {
  const [busy, setBusy] = useState(false);
  const environment = poll.value.value;
  const rotate = async (): Promise<void> => {
    const agreed = await confirm({
      title: t('settings.rotateTitle'),
      text: (
        <>
          <ol class="rotate-steps">
            <li>{t('settings.rotateNext')}</li>
            <li>{t('settings.rotateNew')}</li>
            <li>{t('settings.rotateOld')}</li>
          </ol>
          <p>{t('settings.rotateFirst')}</p>
        </>
      ),
      action: t('settings.rotateAction'),
      danger: true,
    });
    if (!agreed) return;
    setBusy(true);
    await act(() => v2.send('POST', '/v2/keys/rotate'), t('settings.rotated'));
    await poll.refresh();
    setBusy(false);
  };
  return (
    <Section
      id="keys"
      title={t('settings.keysTitle')}
      lead={t('settings.keysLead')}
      aside={
        <div class="settings-aside">
          <Button icon="retry" busy={busy} onClick={() => void rotate()} {...changing()} testId="keys-rotate">
            {t('settings.rotate')}
          </Button>
        </div>
      }
    >
      {environment === undefined ? (
        poll.error.value === undefined ? <Skeleton lines={2} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
      ) : environment.currentSigningKey === null || environment.nextSigningKey === null ? (
        <Callout tone="neutral">{t('settings.keysHidden')}</Callout>
      ) : (
        <div class="secret-rows">
          {/* A key of its own for each secret: what is new is covered again. */}
          <Secret key={environment.currentSigningKey} name={t('settings.keyCurrent')} hint={t('settings.keyCurrentHint')} value={environment.currentSigningKey} />
          <Secret key={environment.nextSigningKey} name={t('settings.keyNext')} hint={t('settings.keyNextHint')} value={environment.nextSigningKey} />
        </div>
      )}
      <p class="field-hint">
        <Rich text={t('settings.keysDebugger')} />
      </p>
    </Section>
  );
}
