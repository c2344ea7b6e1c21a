import type { Translation } from '@godwit/kit';

import type { help as en } from '../en/help';

export const help: Translation<typeof en> = {
  title: 'Помощь',
};
