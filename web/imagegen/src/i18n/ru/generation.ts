import type { Translation } from '@godwit/kit';

import type { generation as en } from '../en/generation';

export const generation: Translation<typeof en> = {
  title: 'Генерация',
};
