import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

export function MessagePage({ id }: { id: string }): JSX.Element {
  useTitle(t('message.title'));
  return <PageHead title={id} />;
}
