// Keyboard shortcuts by the place of the key (`event.code`), so that they work in every layout.

import { signal, type ReadonlySignal } from '@preact/signals';

export interface Shortcut {
  /** 'KeyN', 'Slash', 'Shift+Slash', 'Mod+KeyK' (Ctrl, or Command on a Mac), 'ArrowLeft'. */
  keys: string;
  /** What it does, in the reader's language; asked for when the overview is shown. */
  label: () => string;
  run: (event: KeyboardEvent) => void;
  /** Also while a text is being written. */
  inFields?: boolean;
}

const registered = signal<readonly Shortcut[]>([]);
export const shortcuts: ReadonlySignal<readonly Shortcut[]> = registered;

/** Adds a shortcut until the returned function is called; of two for the same keys the later one acts. */
export function addShortcut(shortcut: Shortcut): () => void {
  registered.value = [...registered.peek(), shortcut];
  return () => {
    registered.value = registered.peek().filter((other) => other !== shortcut);
  };
}

type KeyLike = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

export function keysOf(event: KeyLike): string {
  return [
    event.ctrlKey || event.metaKey ? 'Mod+' : '',
    event.altKey ? 'Alt+' : '',
    event.shiftKey ? 'Shift+' : '',
    event.code === 'NumpadDivide' ? 'Slash' : event.code,
  ].join('');
}

/** How keys are shown to people: 'Shift+Slash' -> ['?'], 'Mod+KeyK' -> ['Ctrl', 'K']. */
export function keyNames(keys: string, mac = false): string[] {
  if (keys === 'Shift+Slash') return ['?'];
  const names: Record<string, string> = {
    Slash: '/', Space: '␣', Escape: 'Esc', Enter: '↵', Mod: mac ? '⌘' : 'Ctrl', Alt: mac ? '⌥' : 'Alt', Shift: '⇧',
    ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Delete: 'Del', Comma: ',', Period: '.',
  };
  return keys.split('+').map((part) => names[part] ?? part.replace(/^(Key|Digit)/, ''));
}

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range', 'file'].includes(target.type);
}

/** Space and Enter belong to the button, link or menu that has the focus. */
function isPressing(event: KeyboardEvent): boolean {
  return (
    (event.code === 'Space' || event.code === 'Enter') &&
    event.target instanceof Element &&
    event.target.closest('button, a, summary, input, [role="menuitem"], [role="tab"], [role="option"]') !== null
  );
}

/** Listens for the page's shortcuts; returns how to stop. They rest while a dialog is open, unless it
 *  carries `data-shortcuts` because it has some of its own (a picture viewer's arrows). */
export function startShortcuts(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const modal = document.querySelector('dialog[open]:not([data-shortcuts])');
    if (modal) return;
    // The browser closes an open menu, unless somebody takes the key from it.
    if (event.code === 'Escape' && document.querySelector('.menu:popover-open')) return;
    const writing = isWriting(event.target);
    const keys = keysOf(event);
    const asked = [...registered.peek()].reverse().find((shortcut) => {
      if (writing && !shortcut.inFields) return false;
      // '?' sits elsewhere in some layouts: there the sign counts, not the place.
      return shortcut.keys === keys || (shortcut.keys === 'Shift+Slash' && event.key === '?');
    });
    if (!asked || isPressing(event)) return;
    event.preventDefault();
    asked.run(event);
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
