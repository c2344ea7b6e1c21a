import { Button, CopyButton, Section, Skeleton, type Poll } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { Environment } from '../../api/contract';
import { envLines, envText } from '../../code/env-file';
import { t } from '../../i18n';

/** The lines of a client's .env, covered until the reader wants to see them. */
export function EnvironmentLines({ poll }: { poll: Poll<Environment> }): JSX.Element | null {
  const [shown, setShown] = useState(false);
  const environment = poll.value.value;
  if (environment === undefined && poll.error.value !== undefined) return null; // The keys above have said so.
  const placeholder = `<${t('settings.environmentToken')}>`;
  return (
    <Section id="environment" title={t('settings.environmentTitle')} lead={t('settings.environmentLead')}>
      {environment === undefined ? (
        <Skeleton lines={4} />
      ) : (
        <div class="stack stack-small">
          <pre class="code-block environment-lines" data-testid="environment">
            <code>{envText(envLines(environment, placeholder), !shown)}</code>
          </pre>
          <div class="row">
            <CopyButton wide label={t('settings.environmentCopy')} text={`${envText(envLines(environment, placeholder))}\n`} />
            <Button variant="ghost" icon={shown ? 'eyeOff' : 'eye'} onClick={() => setShown(!shown)}>
              {shown ? t('settings.environmentHide') : t('settings.environmentShow')}
            </Button>
          </div>
          {environment.token === null && <p class="field-hint">{t('settings.environmentTokenHint')}</p>}
        </div>
      )}
    </Section>
  );
}
