import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function PromptsPage(): JSX.Element {
  useTitle(t('prompts.title'));
  return <PageHead title={t('prompts.title')} />;
}
