import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

export function BuilderPage(): JSX.Element {
  useTitle(t('builder.title'));
  return <PageHead title={t('builder.title')} />;
}
