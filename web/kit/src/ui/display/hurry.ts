// Whether the page is scrolled faster than anybody could see what passes.

import { signal, type ReadonlySignal } from '@preact/signals';

const fastPxPerMs = 2.5; // A window's height in a third of a second.
const calmMs = 120;

/** Follows positions in time; tells whether they pass too fast to be seen. */
export class Hurry {
  readonly #hurried = signal(false);
  #last: { at: number; top: number } | undefined;
  #calm: ReturnType<typeof setTimeout> | undefined;

  get hurried(): ReadonlySignal<boolean> {
    return this.#hurried;
  }

  /** The page stands at `top` (pixels) at `now` (milliseconds). */
  moved(top: number, now: number): void {
    const last = this.#last;
    this.#last = { at: now, top };
    // After a rest the way tells nothing of the pace: the page may have jumped.
    if (!last || now <= last.at || now - last.at > calmMs) return;
    if (Math.abs(top - last.top) / (now - last.at) < fastPxPerMs) return;
    this.#hurried.value = true;
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => (this.#hurried.value = false), calmMs);
  }
}

const page = new Hurry();
if (typeof window !== 'undefined') {
  addEventListener('scroll', (event) => page.moved(scrollY, event.timeStamp), { passive: true });
}

/** True while the page hurries past; false once it was calm for a moment. */
export const hurried: ReadonlySignal<boolean> = page.hurried;
