import { Button, ClockTime, Dialog, Skeleton, usePoll } from '@godwit/kit';
import type { JSX } from 'preact';

import type { Prompt, PromptVersion } from '../../api/contract';
import { api } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { Highlight } from './highlight';

/** Earlier texts of a prompt; one can be taken back into the editor. */
export function Versions({ prompt, onTake, onClose }: { prompt: Prompt; onTake: (version: PromptVersion) => void; onClose: () => void }): JSX.Element {
  const poll = usePoll(prompt.id, {
    load: async (signal) =>
      (await api.get<{ versions: PromptVersion[] }>(`/api/prompts/${encodeURIComponent(prompt.id)}/versions`, { signal })).versions,
    outlook: () => ({ final: true }),
  });
  const earlier = poll.value.value?.filter((version) => version.version !== prompt.version).sort((a, b) => b.version - a.version);
  return (
    <Dialog title={t('prompts.historyTitle')} size="large" lightDismiss onClose={onClose}>
      {!earlier ? (
        poll.error.value ? (
          <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />
        ) : (
          <Skeleton lines={3} height="row" />
        )
      ) : earlier.length === 0 ? (
        <p class="text-soft">{t('prompts.historyEmpty')}</p>
      ) : (
        <ol class="versions">
          {earlier.map((version) => (
            <li key={version.version} class="version">
              <div class="version-head">
                <span>
                  <strong>{t('prompts.version', { version: version.version })}</strong>{' '}
                  <span class="text-soft text-small">
                    <ClockTime at={version.createdAt} />
                  </span>
                </span>
                <Button
                  size="small"
                  onClick={() => {
                    onTake(version);
                    onClose();
                  }}
                >
                  {t('prompts.restore')}
                </Button>
              </div>
              <p class="version-text">
                <Highlight template={version.content} known={() => true} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
