import { effect, signal } from '@preact/signals';

import { recall, remember } from '../core/memory';

export type Locale = 'ru' | 'en';
export const locales: readonly Locale[] = ['ru', 'en'];

/** Russian for readers whose browser asks for it anywhere before English, English for all others. */
export function preferredLocale(saved: string | null, languages: readonly string[]): Locale {
  if (saved === 'ru' || saved === 'en') return saved;
  for (const language of languages) {
    const primary = language.toLowerCase().split('-')[0];
    if (primary === 'ru' || primary === 'en') return primary;
  }
  return 'en';
}

/** The language of every text, number and time on the page. */
export const locale = signal<Locale>(
  preferredLocale(recall('locale'), typeof navigator === 'undefined' ? [] : navigator.languages),
);

/** Switches the language and keeps the choice in this browser. */
export function chooseLocale(next: Locale): void {
  remember('locale', next);
  locale.value = next;
}

if (typeof document !== 'undefined') {
  effect(() => {
    document.documentElement.lang = locale.value;
  });
}
