import type { Translation } from '@godwit/kit';

import type { prompts as en } from '../en/prompts';

export const prompts: Translation<typeof en> = {
  title: 'Промпты',
};
