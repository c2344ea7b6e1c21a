import { createTranslator } from '../language/i18n';
import { kit as en } from './en';
import { kit as ru } from './ru';

/** The kit's own texts. */
export const texts = createTranslator({ en: { kit: en }, ru: { kit: ru } });
