// A word from the browser when a generation is finished, for those who asked for it and look
// elsewhere. Without sound.

import { signal, type ReadonlySignal } from '@preact/signals';
import { toast, toastError } from '@godwit/kit';

import type { Generation } from '../../api/contract';
import { eventStream, router } from '../../app';
import { t } from '../../i18n';
import { isAtRest } from './state';

const asked = signal<ReadonlySet<string>>(new Set());
/** The generations whose end is announced, while this page is open. */
export const announced: ReadonlySignal<ReadonlySet<string>> = asked;

let listening: (() => void) | undefined;

export const canNotify = typeof Notification !== 'undefined';

/** Turns the announcement on or off; asks the browser for its permission the first time. */
export async function toggleAnnouncement(id: string): Promise<void> {
  const ids = new Set(asked.peek());
  if (ids.delete(id)) {
    asked.value = ids;
    toast(t('generation.notifyOff'), { tone: 'info' });
    return;
  }
  const permission = Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
  if (permission !== 'granted') {
    toastError(t('generation.notifyDenied'));
    return;
  }
  asked.value = ids.add(id);
  // From now on also while another page is shown.
  listening ??= eventStream().on('generation', announce);
  toast(t('generation.notifyOn'));
}

/** Announces `generation` if it has just come to its end and that was asked for. */
export function announce(generation: Generation): void {
  if (!asked.peek().has(generation.id) || !isAtRest(generation.state) || generation.state === 'ready') return;
  const ids = new Set(asked.peek());
  ids.delete(generation.id);
  asked.value = ids;
  const { done, failed, total } = generation.summary;
  const body = t('generation.notifyBody', { done, failed, total });
  if (document.visibilityState === 'visible' && document.hasFocus()) {
    toast(body);
    return;
  }
  const note = new Notification(t('generation.notifyTitle', { name: generation.name }), { body, tag: generation.id, silent: true });
  note.onclick = () => {
    focus();
    void router.go(router.href('generation', { id: generation.id }));
    note.close();
  };
}
