import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function GenerationsPage(): JSX.Element {
  useTitle(t('generations.title'));
  return <PageHead title={t('generations.title')} />;
}
