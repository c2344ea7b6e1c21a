import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function HelpPage(): JSX.Element {
  useTitle(t('help.title'));
  return <PageHead title={t('help.title')} />;
}
