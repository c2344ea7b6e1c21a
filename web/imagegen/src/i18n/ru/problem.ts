import type { Translation } from '@godwit/kit';

import type { problem as en } from '../en/problem';

export const problem: Translation<typeof en> = {
  title: 'Ошибка',
};
