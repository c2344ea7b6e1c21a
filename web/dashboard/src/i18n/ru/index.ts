import { builder } from './builder';
import { common } from './common';
import { dlq } from './dlq';
import { flowControl } from './flow-control';
import { logs } from './logs';
import { message } from './message';
import { messages } from './messages';
import { overview } from './overview';
import { problem } from './problem';
import { queues } from './queues';
import { resources } from './resources';
import { schedules } from './schedules';
import { settings } from './settings';
import { signature } from './signature';
import { urlGroups } from './url-groups';

export const ru = {
  builder,
  common,
  dlq,
  flowControl,
  logs,
  message,
  messages,
  overview,
  problem,
  queues,
  resources,
  schedules,
  settings,
  signature,
  urlGroups,
} as const;
