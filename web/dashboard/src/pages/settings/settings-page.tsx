import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

export function SettingsPage(): JSX.Element {
  useTitle(t('settings.title'));
  return <PageHead title={t('settings.title')} />;
}
