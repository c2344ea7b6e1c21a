import { effect, signal } from '@preact/signals';

import { recall, remember } from './memory';

export type Theme = 'system' | 'light' | 'dark';

const saved = recall('theme');

/** The chosen theme. The page's blocking theme.js has applied it before the first paint already. */
export const theme = signal<Theme>(saved === 'light' || saved === 'dark' ? saved : 'system');

export function chooseTheme(next: Theme): void {
  remember('theme', next === 'system' ? null : next);
  theme.value = next;
}

if (typeof document !== 'undefined') {
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
  });
}
