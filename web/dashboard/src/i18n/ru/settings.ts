import type { Translation } from '@godwit/kit';

import type { settings as source } from '../en/settings';

export const settings: Translation<typeof source> = {
  title: 'Настройки',
};
