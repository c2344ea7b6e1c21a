import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { texts } from '../../texts';
import { IconButton } from '../controls/button';
import { Icon } from '../display/icons';

export interface ToastOptions {
  tone?: 'success' | 'info' | 'error';
  /** One thing to do about it. */
  action?: { label: string; run: () => void };
}
interface Shown extends ToastOptions {
  id: number;
  text: string;
}

const toastsMax = 4;
const shown = signal<readonly Shown[]>([]);
let lastId = 0;

/** Tells something in passing. What must not be missed belongs into the page instead. */
export function toast(text: string, options: ToastOptions = {}): void {
  lastId += 1;
  const entry: Shown = { ...options, id: lastId, text };
  const others = shown.peek().filter((other) => other.text !== text);
  shown.value = [...others.slice(1 - toastsMax), entry];
  setTimeout(() => dismiss(entry.id), options.tone === 'error' ? 12_000 : options.action ? 8000 : 4000);
}

export function toastError(text: string, action?: ToastOptions['action']): void {
  toast(text, { tone: 'error', ...(action ? { action } : {}) });
}

function dismiss(id: number): void {
  shown.value = shown.peek().filter((entry) => entry.id !== id);
}

/** Where toasts appear; the shell has one. A popover, so that it stands above dialogs. */
export function Toasts(): JSX.Element {
  const region = useRef<HTMLDivElement>(null);
  const entries = shown.value;
  useEffect(() => {
    const element = region.current;
    if (!element?.isConnected) return;
    const shownNow = element.matches(':popover-open');
    // Shown anew, it is the topmost again: a dialog may have opened since.
    if (shownNow && (entries.length === 0 || document.querySelector('dialog[open]'))) element.hidePopover();
    if (entries.length > 0 && !element.matches(':popover-open')) element.showPopover();
  }, [entries]);
  return (
    <div ref={region} class="toasts" popover="manual" role="region" aria-label={texts('kit.notifications')} aria-live="polite">
      {entries.map((entry) => (
        <div key={entry.id} class={`toast toast-${entry.tone ?? 'success'}`} role={entry.tone === 'error' ? 'alert' : 'status'}>
          <Icon name={entry.tone === 'error' ? 'error' : entry.tone === 'info' ? 'info' : 'check'} />
          <span class="toast-text">{entry.text}</span>
          {entry.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                entry.action?.run();
                dismiss(entry.id);
              }}
            >
              {entry.action.label}
            </button>
          )}
          <IconButton icon="close" label={texts('kit.dismiss')} onClick={() => dismiss(entry.id)} />
        </div>
      ))}
    </div>
  );
}
