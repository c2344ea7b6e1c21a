import type { Translation } from '@godwit/kit';

import type { diagnostics as en } from '../en/diagnostics';

export const diagnostics: Translation<typeof en> = {
  title: 'Диагностика',
};
