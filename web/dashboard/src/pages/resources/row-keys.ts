import { useShortcut } from '@godwit/kit';
import type { RefObject } from 'preact';

import { t } from '../../i18n';

/** `j` and `k` walk through the main links of the rows below `box`, `/` goes to its search; Enter is the link's own. */
export function useRowKeys(box: RefObject<HTMLElement>): void {
  const step = (by: 1 | -1): void => {
    const links = [...(box.current?.querySelectorAll<HTMLElement>('.row-link') ?? [])];
    const at = links.findIndex((link) => link === document.activeElement || link.closest('tr, [role="listitem"]')?.contains(document.activeElement));
    const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  useShortcut('KeyJ', () => t('resources.nextRow'), () => step(1));
  useShortcut('KeyK', () => t('resources.previousRow'), () => step(-1));
  useShortcut('Slash', () => t('resources.focusSearch'), () => box.current?.querySelector<HTMLInputElement>('input[type="search"]')?.focus());
}
