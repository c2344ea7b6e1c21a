import type { Translation } from '@godwit/kit';

import type { signature as source } from '../en/signature';

export const signature: Translation<typeof source> = {
  title: 'Подпись',
};
