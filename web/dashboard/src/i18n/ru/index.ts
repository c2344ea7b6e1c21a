import { common } from './common';
import { dlq } from './dlq';
import { flowControl } from './flow-control';
import { logs } from './logs';
import { problem } from './problem';
import { queues } from './queues';
import { resources } from './resources';
import { schedules } from './schedules';
import { urlGroups } from './url-groups';

export const ru = {
  common,
  dlq,
  flowControl,
  logs,
  problem,
  queues,
  resources,
  schedules,
  urlGroups,
} as const;
