import type { Translation } from '@godwit/kit';

import type { builder as source } from '../en/builder';

export const builder: Translation<typeof source> = {
  title: 'Отправить',
};
