import type { Translation } from '@godwit/kit';

import type { messages as source } from '../en/messages';

export const messages: Translation<typeof source> = {
  title: 'Сообщения',
};
