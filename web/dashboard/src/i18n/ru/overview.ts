import type { Translation } from '@godwit/kit';

import type { overview as source } from '../en/overview';

export const overview: Translation<typeof source> = {
  title: 'Обзор',
};
