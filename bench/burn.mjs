// Uses so much of a processor so often, and does nothing with it: what lists are compared with.
//   node burn.mjs NICENESS TIMES_PER_SECOND MILLISECONDS_EACH
import { setPriority } from 'node:os';

import { pause } from '../tests/harness/conditions.mjs';

const [niceness, perSecond, each] = process.argv.slice(2).map(Number);
setPriority(niceness);
const start = performance.now();
for (let turn = 0; ; ++turn) {
  const wait = start + (turn * 1000) / perSecond - performance.now();
  if (wait > 0) await pause(wait);
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < each * 1000);
}
