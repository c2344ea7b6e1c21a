// Choices of this browser (language, theme, drafts): never secrets. A browser that refuses storage
// loses them at the next visit, and nothing else.

const prefix = 'godwit.';

export function recall(name: string): string | null {
  try {
    return typeof localStorage === 'undefined' ? null : localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

/** Keeps `value` under `name`; null forgets it. */
export function remember(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    // Storage is full or forbidden: the choice holds until the page is closed.
  }
}
