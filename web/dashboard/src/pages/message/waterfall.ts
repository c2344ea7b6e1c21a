// The steps of an attempt as lengths beside each other.

import type { Attempt } from '../../api/contract';

export type Step = 'waited' | 'resolve' | 'connect' | 'tls' | 'send' | 'firstByte' | 'body' | 'rest';

export interface Bar {
  step: Step;
  ms: number;
  /** Of the whole width, 0 to 1. */
  start: number;
  width: number;
  /** It was longer than there is room for: drawn as a broken bar. */
  cut: boolean;
}

/** What is shorter than this share of the whole is not told as a step of its own. */
const restMin = 0.01;

export function bars(timing: NonNullable<Attempt['timing']>): Bar[] {
  const answered = timing.firstByteMs !== null;
  const known: [Step, number | null][] = [
    ['resolve', timing.resolveMs],
    ['connect', timing.connectMs],
    ['tls', timing.tlsMs],
    ['firstByte', timing.firstByteMs],
    ['body', timing.bodyMs],
  ];
  const steps = known.filter((step): step is [Step, number] => step[1] !== null);
  const sum = steps.reduce((total, [, ms]) => total + ms, 0);
  const rest = timing.totalMs - sum;
  if (rest > timing.totalMs * restMin && rest > 0) {
    // Before an answer's first byte the request was sent; without an answer it is the step that failed.
    const at = answered ? steps.findIndex(([step]) => step === 'firstByte') : steps.length;
    steps.splice(at, 0, [answered ? 'send' : 'rest', rest]);
  }
  const total = Math.max(timing.totalMs, sum);
  const waited = timing.waitedMs ?? 0;
  // Hours in a queue would leave nothing to see of the attempt.
  const shownWait = Math.min(waited, total);
  const whole = Math.max(total + shownWait, Number.MIN_VALUE);
  let at = shownWait;
  return [
    ...(waited > 0 ? [{ step: 'waited' as const, ms: waited, start: 0, width: shownWait / whole, cut: waited > total }] : []),
    ...steps.map(([step, ms]) => {
      const bar = { step, ms, start: at / whole, width: ms / whole, cut: false };
      at += ms;
      return bar;
    }),
  ];
}
