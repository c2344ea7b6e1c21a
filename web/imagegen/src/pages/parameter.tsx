import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function ParameterPage({ id: _ }: { id: string }): JSX.Element {
  useTitle(t('parameters.title'));
  return <PageHead title={t('parameters.title')} />;
}
