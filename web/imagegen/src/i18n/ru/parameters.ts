import type { Translation } from '@godwit/kit';

import type { parameters as en } from '../en/parameters';

export const parameters: Translation<typeof en> = {
  title: 'Параметры',
};
