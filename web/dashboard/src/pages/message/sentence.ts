// The one sentence that a message's page begins with: why it waits and until when, or how it ended.

import type { HeaderLine, MessageDetail, Waiting } from '../../api/contract';
import type { en } from '../../i18n/en';
import { explain } from './diagnosis';
import { parseDuration } from '../builder/duration';

export type MessageText = keyof typeof en.message;

/** What stands in a place of a text. */
export type Place =
  | { kind: 'text'; text: string }
  | { kind: 'number'; value: number }
  | { kind: 'ordinal'; value: number }
  | { kind: 'duration'; ms: number }
  | { kind: 'queue' | 'key' | 'letter' | 'message'; id: string }
  | { kind: 'until' | 'clock' | 'since'; at: string };

/** A piece of the sentence; pieces follow each other without a blank. */
export interface Told {
  text: MessageText;
  count?: number;
  places: Readonly<Record<string, Place>>;
}

export const waitingReasons: Readonly<Record<Waiting['reason'], true>> = {
  time: true,
  retry: true,
  queue: true,
  queue_paused: true,
  flow_control_paused: true,
  rate: true,
  parallelism: true,
  slot: true,
  active: true,
  canceling: true,
};

const told = (text: MessageText, places: Told['places'] = {}): Told => ({ text, places });
const text = (value: string | number | undefined): Place => ({ kind: 'text', text: String(value ?? '') });
const numbered = (value: string | number | undefined): Place => ({ kind: 'number', value: Number(value ?? 0) });

function because({ reason, params }: Waiting, status: number | null): Told {
  const queue: Place = { kind: 'queue', id: String(params['queue'] ?? '') };
  const key: Place = { kind: 'key', id: String(params['key'] ?? '') };
  switch (reason) {
    case 'time':
      return told('waitTime');
    case 'retry': {
      const which = { before: numbered(Number(params['attempt'] ?? 2) - 1), of: numbered(params['of']) };
      return status === null || status === 0 ? told('waitRetrySilent', which) : told('waitRetryAnswered', { ...which, status: text(status) });
    }
    case 'queue':
      return told('waitQueue', { queue });
    case 'queue_paused':
      return told('waitQueuePaused', { queue });
    case 'flow_control_paused':
      return told('waitFlowPaused', { key });
    case 'rate':
      return { text: 'waitRate', count: Number(params['rate'] ?? 0), places: { key, period: { kind: 'duration', ms: Number(params['periodSeconds'] ?? 0) * 1000 } } };
    case 'parallelism':
      return { text: 'waitParallelism', count: Number(params['parallelism'] ?? 0), places: { key } };
    case 'slot':
      return params['limit'] === 'host' ? told('waitSlotHost', { host: text(params['host']) }) : told(params['limit'] === 'account' ? 'waitSlotAccount' : 'waitSlotAll');
    case 'active':
      return told('waitActive', { elapsed: { kind: 'since', at: String(params['since'] ?? '') } });
    case 'canceling':
      return told('waitCanceling');
    default: // Of a later server.
      return told('waitUnknown');
  }
}

function next({ reason, nextAt, estimated }: Waiting): Told | null {
  if (reason === 'active' || reason === 'canceling') return null;
  if (reason === 'queue_paused' || reason === 'flow_control_paused') return told('nextResumed');
  if (nextAt === null) return told(reason === 'slot' ? 'nextSlot' : 'nextUnknown');
  return told(estimated ? 'nextAbout' : 'nextAt', { until: { kind: 'until', at: nextAt }, clock: { kind: 'clock', at: nextAt } });
}

/** Pieces that make the sentence of a living message; `status` is its newest attempt's. */
export function tellWaiting(waiting: Waiting, status: number | null = null): Told[] {
  const position = Number(waiting.params['position'] ?? 0);
  const tail = next(waiting);
  return [because(waiting, status), ...(position > 0 ? [told('waitPosition', { position: numbered(position) })] : []), ...(tail ? [tail] : [])];
}

type Ended = Pick<MessageDetail, 'state' | 'url' | 'method' | 'createdAt' | 'updatedAt' | 'notBefore' | 'attempts' | 'status' | 'error' | 'events' | 'relations' | 'attemptList'>;

function endOf(message: Ended, state: string): string {
  return [...message.events].reverse().find((event) => event.state === state)?.at ?? message.updatedAt;
}

function whereNow({ relations: { deadLetter, replayedAs } }: Ended): Told {
  const [again] = replayedAs;
  if (again !== undefined) return told('failedReplayed', { message: { kind: 'message', id: again } });
  return deadLetter === null ? told('failedGone') : told('failedLetter', { letter: { kind: 'letter', id: deadLetter } });
}

/** Why no answer came in the end: in words where the cause is known, else as the broker wrote it. */
function silence({ attemptList, error, url, method }: Ended): Told[] {
  const diagnosis = attemptList[attemptList.length - 1]?.diagnosis ?? null;
  if (diagnosis !== null && diagnosis.code !== 'unknown') {
    const { what, places } = explain({ diagnosis, url, method });
    const place = ([name, value]: [string, string]): [string, Place] => {
      const ms = name === 'after' ? parseDuration(value) : null;
      return [name, ms === null ? text(value) : { kind: 'duration', ms }];
    };
    return [told('failedBecause'), told(what, Object.fromEntries(Object.entries(places).map(place)))];
  }
  return error ? [told('failedError', { why: text(error) })] : [told('failedSilent')];
}

/** Pieces that make the sentence of a message that has ended. */
export function tellEnded(message: Ended): Told[] {
  const at = endOf(message, { delivered: 'DELIVERED', failed: 'FAILED' }[message.state as string] ?? 'CANCELED');
  if (message.state === 'delivered') {
    // Somebody may have run it before its time.
    const due = message.notBefore !== null && message.notBefore > message.createdAt && message.notBefore <= at ? message.notBefore : null;
    const ms = Math.max(0, Date.parse(at) - Date.parse(due ?? message.createdAt));
    return [told(due === null ? 'delivered' : 'deliveredDue', { attempt: { kind: 'ordinal', value: Math.max(1, message.attempts) }, time: { kind: 'duration', ms } })];
  }
  if (message.state === 'failed') {
    const answered = message.status !== null && message.status !== 0;
    return [
      { text: 'failed', count: Math.max(1, message.attempts), places: {} },
      ...(answered ? [told('failedAnswer', { status: text(message.status ?? 0) })] : silence(message)),
      whereNow(message),
    ];
  }
  return [message.attempts > 0 ? { text: 'canceledAfter', count: message.attempts, places: { clock: { kind: 'clock', at } } } : told('canceledBefore', { clock: { kind: 'clock', at } })];
}

export function tell(message: Ended & Pick<MessageDetail, 'waiting'>): Told[] {
  return message.waiting === null ? tellEnded(message) : tellWaiting(message.waiting, message.status);
}

/** "2nd", "2-й": as the language counts. */
export function ordinal(value: number, language: 'en' | 'ru'): string {
  if (language === 'ru') return `${value}-й`;
  const ending = { one: 'st', two: 'nd', few: 'rd' }[new Intl.PluralRules('en', { type: 'ordinal' }).select(value) as string] ?? 'th';
  return `${value}${ending}`;
}

/** What the destination said is larger than what it sent us to keep, by its own word. */
export function announcedBytes(headers: readonly HeaderLine[] | null): number | null {
  const value = headers?.find(({ name }) => name.toLowerCase() === 'content-length')?.value ?? '';
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
}
