import type { Translation } from '@godwit/kit';

import type { gallery as en } from '../en/gallery';

export const gallery: Translation<typeof en> = {
  title: 'Галерея',
};
