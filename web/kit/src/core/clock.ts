import { signal } from '@preact/signals';

/** The reader's clock, corrected by the server's, in milliseconds since 1970; it ticks once a second
 *  while somebody looks at the page. Components that read it are drawn again each time. */
export const now = signal(Date.now());

let skewMs = 0;

/** The server's clock is the one that plans: what it says corrects this browser's. */
export function learnServerTime(iso: string): void {
  const server = Date.parse(iso);
  if (Number.isFinite(server)) skewMs = Math.abs(server - Date.now()) < 2000 ? 0 : server - Date.now();
}

function tick(): void {
  now.value = Date.now() + skewMs;
}

if (typeof document !== 'undefined') {
  setInterval(() => {
    if (document.visibilityState === 'visible') tick();
  }, 1000);
  document.addEventListener('visibilitychange', tick);
}
