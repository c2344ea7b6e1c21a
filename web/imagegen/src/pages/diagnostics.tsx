import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function DiagnosticsPage(): JSX.Element {
  useTitle(t('diagnostics.title'));
  return <PageHead title={t('diagnostics.title')} />;
}
