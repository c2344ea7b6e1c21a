import { session } from '../../app';
import { t } from '../../i18n';

/** For buttons that change something: spread into them, a read-only session sees why it cannot. */
export function changing(): { disabled: boolean; tip?: string } {
  return session.value?.readOnly ? { disabled: true, tip: t('resources.readOnly') } : { disabled: false };
}

/** The same for entries of menus, which carry no hint of their own. */
export function changingItem(): { disabled: boolean; hint?: string } {
  return session.value?.readOnly ? { disabled: true, hint: t('resources.readOnly') } : { disabled: false };
}
