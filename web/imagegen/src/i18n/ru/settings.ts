import type { Translation } from '@godwit/kit';

import type { settings as en } from '../en/settings';

export const settings: Translation<typeof en> = {
  title: 'Настройки',
};
