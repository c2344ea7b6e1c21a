import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

export function MessagesPage(): JSX.Element {
  useTitle(t('messages.title'));
  return <PageHead title={t('messages.title')} />;
}
