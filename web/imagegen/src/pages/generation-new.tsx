import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function NewGenerationPage(): JSX.Element {
  useTitle(t('generation.title'));
  return <PageHead title={t('generation.title')} />;
}
