import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../../i18n';

export function SignaturePage(): JSX.Element {
  useTitle(t('signature.title'));
  return <PageHead title={t('signature.title')} />;
}
