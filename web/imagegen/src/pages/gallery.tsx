import { PageHead, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';

import { t } from '../i18n';

export function GalleryPage(): JSX.Element {
  useTitle(t('gallery.title'));
  return <PageHead title={t('gallery.title')} />;
}
