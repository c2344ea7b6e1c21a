import { Button, EmptyState, useTitle, type ProblemLike } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { describe, describeError } from '../app';
import { t } from '../i18n';

function isProblem(error: unknown): error is ProblemLike {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && !(error instanceof Error);
}

/** In place of what could not be loaded: why, and again. */
export function LoadFailed({ error, retry }: { error: unknown; retry: () => Promise<void> }): JSX.Element {
  const [busy, setBusy] = useState(false);
  return (
    <EmptyState
      icon="warning"
      title={t('common.loadFailedTitle')}
      actions={
        <Button
          icon="retry"
          busy={busy}
          onClick={() => {
            setBusy(true);
            void retry().finally(() => setBusy(false));
          }}
        >
          {t('common.retry')}
        </Button>
      }
    >
      {isProblem(error) ? describe(error) : describeError(error)}
    </EmptyState>
  );
}

export function CrashedPage({ error }: { error: Error }): JSX.Element {
  useTitle(t('common.crashedTitle'));
  return (
    <EmptyState icon="error" title={t('common.crashedTitle')} actions={<Button onClick={() => location.reload()}>{t('common.reload')}</Button>}>
      <p>{t('common.crashedText')}</p>
      <p class="text-small text-faint mono">{error.message}</p>
    </EmptyState>
  );
}
