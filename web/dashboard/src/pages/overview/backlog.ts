// What living messages wait for: one bar, its parts in the order in which a message meets them.

import type { Backlog } from '../../api/contract';
import { router } from '../../app';

export type Reason = Exclude<keyof Backlog, 'total'>;

export const reasons: readonly Reason[] = ['active', 'slot', 'time', 'rate', 'parallelism', 'queue', 'retry', 'paused'];

/** Where those that wait for it are seen: as messages where a filter says so, else beside what holds them. */
export function reasonHref(reason: Reason): string {
  switch (reason) {
    case 'active':
      return router.href('messages', {}, { state: 'active' });
    case 'retry':
      return router.href('messages', {}, { state: 'retrying' });
    case 'slot':
    case 'time':
      return router.href('messages', {}, { state: 'waiting' });
    case 'rate':
    case 'parallelism':
      return router.href('flowControl');
    case 'queue':
    case 'paused':
      return router.href('queues');
  }
}

export interface BarPart {
  reason: Reason;
  count: number;
  start: number; // of 100
  width: number;
}

/** What is there at all is seen: no part is narrower than this. */
export const narrowest = 0.6;

/** The parts of the bar, of a whole of 100; those without a message have none. */
export function barParts(backlog: Backlog): BarPart[] {
  const there = reasons.filter((reason) => backlog[reason] > 0);
  const total = there.reduce((sum, reason) => sum + backlog[reason], 0);
  const wide = there.map((reason) => Math.max((backlog[reason] / total) * 100, narrowest));
  const sum = wide.reduce((a, b) => a + b, 0);
  let start = 0;
  return there.map((reason, index) => {
    const width = ((wide[index] ?? 0) / sum) * 100;
    const part = { reason, count: backlog[reason], start, width };
    start += width;
    return part;
  });
}
