import type { Translation } from '@godwit/kit';

import type { message as source } from '../en/message';

export const message: Translation<typeof source> = {
  title: 'Сообщение',
};
