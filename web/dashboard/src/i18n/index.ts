import { createTranslator } from '@godwit/kit';

import { en } from './en';
import { ru } from './ru';

/** The dashboard's texts: t('queues.title'). */
export const t = createTranslator({ en, ru });
export { en, ru };
