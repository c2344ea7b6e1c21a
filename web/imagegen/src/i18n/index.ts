import { createTranslator } from '@godwit/kit';

import { en } from './en';
import { ru } from './ru';

/** The application's texts: t('settings.title'). */
export const t = createTranslator({ en, ru });
export { en, ru };
