// The rows of the list while new ones come: which are shown, which are held back while somebody
// reads, and how many there are that nobody has told. Newest created first, as the server lists them.

import type { LiveRows, MessageRow } from '../../api/contract';
import { livingStates, type Term } from './filter';

export interface Feed {
  rows: readonly MessageRow[];
  /** Told, and not yet shown; by id. */
  held: ReadonlyMap<string, MessageRow>;
  /** New messages that are neither shown nor held: they came faster than rows are told. */
  unlisted: number;
  /** `unlisted` may be wrong: rows went by that nobody has counted. The server must be asked. */
  unsure: boolean;
  /** Rows were let go at the end: what follows is asked for by time, not by the cursor. */
  trimmed: boolean;
}

/** While the list follows, no more rows are kept than these. */
export const followedMax = 1000;
export const heldMax = 1000;

export function startFeed(rows: readonly MessageRow[]): Feed {
  return { rows, held: new Map(), unlisted: 0, unsure: false, trimmed: false };
}

/** What waits to be shown. */
export function freshCount({ held, unlisted }: Feed): number {
  return held.size + unlisted;
}

function order(a: MessageRow, b: MessageRow): number {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1;
  return a.id > b.id ? -1 : a.id < b.id ? 1 : 0;
}

/** `rows` with others among them; both in order, no id twice. */
function merged(rows: readonly MessageRow[], others: readonly MessageRow[]): MessageRow[] {
  const all: MessageRow[] = [];
  let at = 0;
  for (const other of [...others].sort(order)) {
    for (let row = rows[at]; row !== undefined && order(row, other) < 0; row = rows[at]) {
      all.push(row);
      at += 1;
    }
    all.push(other);
  }
  return all.concat(rows.slice(at));
}

/** Whether a message, as it stands now, is still what the filter asks for; only states and statuses change. */
export function stillMatches(row: MessageRow, terms: readonly Term[]): boolean {
  const wanted = (name: Term['name']): string[] => terms.filter((term) => term.name === name).map(({ value }) => value);
  const states = wanted('state');
  if (states.length > 0 && !states.includes(row.state)) return false;
  const statuses = wanted('status');
  const status = String(row.status ?? 0);
  return statuses.length === 0 || statuses.some((value) => (/^\dxx$/i.test(value) ? status.length === 3 && status[0] === value[0] : status === value));
}

/** A row as it is told while it happens knows nothing of earlier attempts, and may be older than ours. */
function newer(row: MessageRow, next: MessageRow): MessageRow {
  if (next.updatedAt < row.updatedAt) return row;
  const forgets = next.status === null && next.error === null && next.waiting !== null;
  return forgets ? { ...next, status: row.status, error: row.error, durationMs: row.durationMs } : next;
}

export interface Arrival {
  /** New rows enter at once: nobody reads. */
  following: boolean;
  terms: readonly Term[];
  /** Older messages are none of the list's, in milliseconds since 1970. */
  since: number | null;
  /** More follows behind the last row: what is older than it is none of the list's so far. */
  more: boolean;
}

/** The feed after the server has told `live`. */
export function accept(feed: Feed, live: LiveRows, { following, terms, since, more }: Arrival): Feed {
  const updates = new Map<string, MessageRow>();
  const shown = new Set(feed.rows.map(({ id }) => id));
  const held = new Map(feed.held);
  const fresh = new Map<string, MessageRow>();
  const last = more || feed.trimmed ? feed.rows.at(-1) : undefined;
  const first = feed.rows[0];
  let unlisted = feed.unlisted + live.created;
  for (const { state, message } of live.rows) {
    const isFirst = state === 'CREATED';
    if (shown.has(message.id)) {
      updates.set(message.id, message);
      if (isFirst) unlisted -= 1;
    } else if (fresh.has(message.id) || held.has(message.id)) {
      if (isFirst) unlisted -= 1;
      (following || fresh.has(message.id) ? fresh : held).set(message.id, message);
    } else if ((since !== null && Date.parse(message.createdAt) < since) || (last && order(message, last) > 0)) {
      if (isFirst) unlisted -= 1;
    } else {
      // One whose first row was among those not told has been counted, and is now known.
      if (isFirst || (unlisted > 0 && first !== undefined && message.createdAt > first.createdAt)) unlisted -= 1;
      (following ? fresh : held).set(message.id, message);
    }
  }
  let rows = updates.size === 0 ? feed.rows : feed.rows.map((row) => newer(row, updates.get(row.id) ?? row));
  let trimmed = feed.trimmed;
  if (following) {
    // What was held while somebody read comes along.
    for (const [id, row] of held) if (!fresh.has(id)) fresh.set(id, row);
    held.clear();
    rows = merged(rows, [...fresh.values()]).filter((row) => stillMatches(row, terms));
    if (rows.length > followedMax) {
      rows = rows.slice(0, followedMax);
      trimmed = true;
    }
  }
  for (const id of held.keys()) {
    if (held.size <= heldMax) break;
    held.delete(id);
    unlisted += 1;
  }
  return { rows, held, unlisted: Math.max(0, unlisted), unsure: feed.unsure || live.untold > 0, trimmed };
}

/** Shows what is held. Only right while nothing is unlisted: else the list has a gap. */
export function showHeld(feed: Feed, terms: readonly Term[]): Feed {
  const rows = merged(feed.rows, [...feed.held.values()]).filter((row) => stillMatches(row, terms));
  return { ...feed, rows, held: new Map() };
}

/** New versions of rows that are there; nothing enters or moves. */
export function refresh(feed: Feed, news: readonly MessageRow[]): Feed {
  const byId = new Map(news.map((row) => [row.id, row]));
  const replace = (row: MessageRow): MessageRow => {
    const next = byId.get(row.id);
    return next === undefined || next.updatedAt < row.updatedAt || same(next, row) ? row : next;
  };
  return { ...feed, rows: feed.rows.map(replace), held: new Map([...feed.held].map(([id, row]) => [id, replace(row)])) };
}

/** A page of older rows at the end. */
export function append(feed: Feed, older: readonly MessageRow[]): Feed {
  const shown = new Set(feed.rows.map(({ id }) => id));
  return { ...feed, rows: [...feed.rows, ...older.filter(({ id }) => !shown.has(id))], trimmed: false };
}

/** After a time in which nothing was told: `page` is the list's first page as it is now. */
export function catchUp(feed: Feed, page: readonly MessageRow[], terms: readonly Term[], following: boolean): Feed {
  const shown = new Set(feed.rows.map(({ id }) => id));
  const overlaps = feed.rows.length === 0 || page.some(({ id }) => shown.has(id));
  const first = feed.rows[0];
  const news = page.filter((row) => !shown.has(row.id) && !feed.held.has(row.id) && (first === undefined || order(row, first) < 0));
  const held = new Map([...feed.held, ...news.map((row): [string, MessageRow] => [row.id, row])]);
  const next = refresh({ ...feed, held, unsure: feed.unsure || !overlaps || feed.unlisted > 0 }, page);
  return following && overlaps && next.unlisted === 0 ? showHeld(next, terms) : next;
}

/** Living rows among `ids`, whose state may have changed without a word. */
export function livingAmong(rows: readonly MessageRow[], ids: ReadonlySet<string>): string[] {
  return rows.filter(({ id, state }) => ids.has(id) && (livingStates as readonly string[]).includes(state)).map(({ id }) => id);
}

function same(a: MessageRow, b: MessageRow): boolean {
  return a.updatedAt === b.updatedAt && a.state === b.state && a.nextAt === b.nextAt && JSON.stringify(a.waiting) === JSON.stringify(b.waiting);
}
