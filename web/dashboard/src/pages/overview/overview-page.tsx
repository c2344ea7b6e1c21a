import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

export function OverviewPage(): JSX.Element {
  useTitle(t('overview.title'));
  return <PageHead title={t('overview.title')} />;
}
