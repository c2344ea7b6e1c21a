// Waiting, by condition and deadline. Nothing in the tests sleeps for a time and hopes.

/** Resolves after `ms`; for the rhythm of a load or a client, never to wait for something. */
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `check` until it returns something truthy, and returns that. A check that throws counts as
 * not yet; the last error is told when `deadline` (ms) passes.
 */
export async function until(what, check, { deadline = 10_000, every = 10 } = {}) {
  const end = performance.now() + deadline;
  let last;
  for (;;) {
    try {
      const value = await check();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${deadline} ms: ${what}${last ? ` (${last.message})` : ''}`, {
        cause: last,
      });
    }
    await pause(every);
  }
}

/** The promise's value, or an error that names what did not happen within `deadline` ms. */
export function within(deadline, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${deadline} ms: ${what}`)), deadline);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
