import type { Translation } from '@godwit/kit';

import type { generations as en } from '../en/generations';

export const generations: Translation<typeof en> = {
  title: 'Генерации',
};
