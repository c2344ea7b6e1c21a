// What is being written, for as long as the tab is open: a reload loses nothing, and no other tab or
// later visit sees it.

const name = 'godwit.builder';

export function recallDraft(): string | null {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keepDraft(text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, text);
  } catch {
    // Storage is full or forbidden: the form itself holds what was written.
  }
}
