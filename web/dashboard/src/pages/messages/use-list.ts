// The list of messages: its pages, what happens meanwhile, and what is held back while somebody reads.

import { createEventStream, isAbort, now, toastError } from '@godwit/kit';
import { useSignal } from '@preact/signals';
import { useEffect, useReducer, useRef } from 'preact/hooks';

import type { LiveRows, MessageCount, MessagePage } from '../../api/contract';
import { api, describeError } from '../../app';
import { accept, append, catchUp, freshCount, livingAmong, refresh, showHeld, startFeed, type Feed } from './feed';
import { searchOf, type Order, type Term } from './filter';
import { eventsPath, sinceOf } from './follow';

const pageSize = 100;
/** More are not kept in the page. */
export const rowsMax = 10_000;
const syncMs = 3000;
const syncSoonMs = 1000;
/** So many pages without a match are looked through before the reader is asked. */
const emptyPagesMax = 25;
/** More rows than these at a time replace nearly all that is in sight: then they enter once a second. */
const calmRows = 12;
const floodMs = 1000;
/** Pieces that are kept while the first page is on its way: ten seconds. */
const earlyMax = 40;

export type Connection = 'off' | 'connecting' | 'on' | 'lost';

export interface MessageList {
  /** undefined: the first answer is still to come. */
  feed: Feed | undefined;
  /** How far the search has come since the last row that it found. */
  last: MessagePage['scanned'] | undefined;
  /** It has looked for long without finding anything: going on is the reader's decision. */
  paused: boolean;
  emptyPages: number;
  more: boolean;
  loading: boolean;
  reloading: boolean;
  error: unknown;
  connection: Connection;
  /** First rows of messages that were told since the list was loaded. */
  created: number;
  loadMore: () => Promise<void>;
  reload: () => Promise<void>;
  /** Shows what was held back; the whole list anew, where it would have gaps. */
  show: () => Promise<void>;
  /** Nobody reads any more. */
  settle: () => void;
}

export interface ListOptions {
  terms: readonly Term[];
  order: Order;
  live: boolean;
  /** Whether new rows may enter now. */
  following: () => boolean;
  /** Ids of the rows in sight. */
  inSight: () => ReadonlySet<string>;
}

interface State {
  key: string;
  feed: Feed | undefined;
  last: MessagePage['scanned'] | undefined;
  emptyPages: number; // In a row, since somebody asked to go on.
  cursor: string | null;
  error: unknown;
  created: number;
  /** Told while the first page is on its way: it may have been made before. */
  early: readonly LiveRows[];
  beginning: boolean; // The first page is on its way.
  gap: boolean; // The stream began meanwhile: what came just before it is asked for afterwards.
  abort: AbortController | null;
}

const empty = { feed: undefined, last: undefined, emptyPages: 0, cursor: null, error: undefined, created: 0, early: [], beginning: false, gap: false, abort: null };

export function useMessageList(options: ListOptions): MessageList {
  const { terms, order, live } = options;
  const key = `${order} ${searchOf(terms).toString()}`;
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const state = useRef<State>({ key, ...empty });
  const latest = useRef(options);
  latest.current = options;
  const connection = useSignal<Connection>('off');
  const enteredAt = useRef(0);
  // When the server has told of rows that it did not show: ours may be out of date.
  const stale = useRef(false);

  const pagePath = (cursor: string | null, until: string | null): string => {
    const query = searchOf(latest.current.terms);
    query.set('limit', String(pageSize));
    if (latest.current.order === 'oldest') query.set('order', 'oldest');
    if (cursor !== null) query.set('cursor', cursor);
    if (until !== null) query.set('until', until);
    return `/admin/v1/messages?${query.toString()}`;
  };
  const arrival = (following: boolean): Parameters<typeof accept>[2] => ({
    following,
    terms: latest.current.terms,
    since: sinceOf(latest.current.terms, now.peek()),
    more: state.current.cursor !== null,
  });

  const ask = async (anew: boolean): Promise<void> => {
    const before = state.current;
    if (before.abort !== null && !anew) return;
    before.abort?.abort();
    const abort = new AbortController();
    state.current = { ...before, abort, error: undefined, beginning: anew, early: anew ? [] : before.early };
    redraw(undefined);
    // Rows that were let go at the end are asked for by their time; those of the same moment come twice.
    const trimmed = !anew && before.feed?.trimmed === true ? (before.feed.rows.at(-1)?.createdAt ?? null) : null;
    try {
      const page = await api.get<MessagePage>(pagePath(anew || trimmed !== null ? null : before.cursor, trimmed), { signal: abort.signal });
      const current = state.current;
      if (current.abort !== abort) return;
      const found = page.messages.length > 0;
      let feed = anew || current.feed === undefined ? startFeed(page.messages) : append(current.feed, page.messages);
      if (anew) {
        for (const rows of current.early) feed = accept(feed, rows, { ...arrival(false), more: page.cursor !== null });
        // Of those that were not shown, some may stand in the page; and there may have been more.
        if (current.early.length === earlyMax || current.early.some(({ skipped }) => skipped > 0)) feed = { ...feed, unsure: true };
      }
      state.current = {
        ...current,
        feed,
        last: { ...page.scanned, messages: page.scanned.messages + (anew || found ? 0 : (current.last?.messages ?? 0)) },
        emptyPages: found ? 0 : (anew ? 0 : current.emptyPages) + 1,
        cursor: page.cursor,
        created: anew ? 0 : current.created,
        early: [],
        beginning: false,
        gap: false,
        abort: null,
      };
      if (current.gap) void closeGap(abort.signal);
    } catch (error) {
      if (isAbort(error) || state.current.abort !== abort) return;
      // Rows that are there stay: what could not be loaded anew is told beside them.
      const kept = anew && (state.current.feed?.rows.length ?? 0) > 0;
      if (kept) toastError(describeError(error));
      state.current = { ...state.current, error: kept ? undefined : error, beginning: false, abort: null };
    }
    redraw(undefined);
  };
  const reload = (): Promise<void> => ask(true);

  useEffect(() => {
    state.current = { key, ...empty };
    void ask(true);
    return () => state.current.abort?.abort();
  }, [key]);

  const change = (next: (feed: Feed) => Feed): void => {
    const { feed } = state.current;
    if (feed === undefined) return;
    const changed = next(feed);
    if (changed === feed) return;
    state.current = { ...state.current, feed: changed };
    redraw(undefined);
  };

  /** What happened before the stream began, or while it was gone. */
  const closeGap = async (signal: AbortSignal): Promise<void> => {
    try {
      const { messages } = await api.get<MessagePage>(pagePath(null, null), { signal });
      change((feed) => catchUp(feed, messages, latest.current.terms, latest.current.following()));
    } catch {
      // The stream ends with the server; its next begin asks again.
    }
  };

  /** How many are new, asked of the server, where rows went by that nobody counted. */
  const recount = async (signal: AbortSignal): Promise<void> => {
    const { feed } = state.current;
    const first = feed?.rows[0];
    if (!feed?.unsure || first === undefined) return;
    const query = searchOf(latest.current.terms);
    query.set('since', first.createdAt);
    const { count, cursor } = await api.get<MessageCount>(`/admin/v1/messages/count?${query.toString()}`, { signal });
    if (cursor !== null) return;
    change((current) => {
      if (current.rows[0]?.id !== first.id) return current;
      const listed = current.rows.filter(({ createdAt }) => createdAt >= first.createdAt).length + current.held.size;
      return { ...current, unlisted: Math.max(0, count - listed), unsure: false };
    });
  };

  /** Living rows in sight as they are now: some changes come without a row, and not every row is told. */
  const sync = async (signal: AbortSignal): Promise<void> => {
    const { feed } = state.current;
    if (feed === undefined) return;
    stale.current = false;
    const ids = livingAmong(feed.rows, latest.current.inSight()).slice(0, pageSize);
    if (ids.length > 0) {
      const query = new URLSearchParams(ids.map((id) => ['id', id]));
      query.set('limit', String(pageSize));
      const { messages } = await api.get<MessagePage>(`/admin/v1/messages?${query.toString()}`, { signal });
      change((current) => refresh(current, messages));
    }
    await recount(signal);
    if (latest.current.following()) change((current) => (current.held.size > 0 && performance.now() - enteredAt.current >= floodMs ? showHeld(current, latest.current.terms) : current));
  };

  useEffect(() => {
    if (!live) {
      connection.value = 'off';
      return undefined;
    }
    connection.value = 'connecting';
    const abort = new AbortController();
    const stream = createEventStream<{ rows: LiveRows }>(eventsPath(latest.current.terms), ['rows']);
    const take = (rows: LiveRows): void => {
      const current = state.current;
      if (rows.skipped > 0 || rows.untold > 0) stale.current = true;
      if (current.beginning) state.current = { ...current, early: [...current.early, rows].slice(-earlyMax) };
      if (current.feed === undefined) return;
      state.current = { ...state.current, created: current.created + rows.created };
      const follows = latest.current.following();
      const enters = follows && (rows.rows.length <= calmRows || performance.now() - enteredAt.current >= floodMs);
      if (enters) enteredAt.current = performance.now();
      change((feed) => accept(feed, rows, arrival(enters)));
    };
    // A browser that was held up hands over all that has gathered in one go: it is drawn once.
    let gathered: LiveRows[] = [];
    let taking: ReturnType<typeof setTimeout> | undefined;
    const forget = stream.on('rows', (rows) => {
      gathered.push(rows);
      taking ??= setTimeout(() => {
        taking = undefined;
        const all = gathered;
        gathered = [];
        if (state.current.key === key) for (const each of all) take(each);
      });
    });
    let wasOn = false;
    const forgetLive = stream.live.subscribe((on) => {
      connection.value = on ? 'on' : wasOn ? 'lost' : 'connecting';
      wasOn ||= on;
      if (!on) return;
      if (state.current.beginning) state.current = { ...state.current, gap: true };
      else if (state.current.error !== undefined) void ask((state.current.feed?.rows.length ?? 0) === 0);
      else void closeGap(abort.signal);
    });
    let timer: ReturnType<typeof setTimeout>;
    const plan = (): void => {
      timer = setTimeout(() => {
        const visible = document.visibilityState === 'visible' && connection.peek() === 'on';
        // A question that fails is asked again the next time; the list itself says when the server is gone.
        void (visible ? sync(abort.signal).catch(() => undefined) : Promise.resolve()).then(() => {
          if (!abort.signal.aborted) plan();
        });
      }, stale.current || state.current.feed?.unsure ? syncSoonMs : syncMs);
    };
    plan();
    return () => {
      abort.abort();
      clearTimeout(timer);
      clearTimeout(taking);
      forget();
      forgetLive();
      stream.stop();
    };
  }, [key, live]);

  const settle = (): void => {
    const { feed } = state.current;
    if (feed === undefined || freshCount(feed) === 0 || !latest.current.following()) return;
    if (feed.unlisted > 0 || feed.unsure) void reload();
    else change((current) => showHeld(current, latest.current.terms));
  };

  // Of another question: not shown for a moment as the answer to this one.
  const own = state.current.key === key ? state.current : { key, ...empty };
  const { feed, cursor } = own;
  const full = (feed?.rows.length ?? 0) >= rowsMax;
  return {
    feed,
    last: own.last,
    emptyPages: own.emptyPages,
    paused: own.emptyPages > 0 && own.emptyPages % emptyPagesMax === 0,
    more: !full && (cursor !== null || feed?.trimmed === true),
    loading: own.abort !== null || own !== state.current,
    reloading: own.beginning && own.feed !== undefined,
    error: own.error,
    connection: connection.value,
    created: own.created,
    loadMore: () => ask(false),
    reload,
    async show() {
      if (feed !== undefined && feed.unlisted === 0 && !feed.unsure) change((current) => showHeld(current, latest.current.terms));
      else await reload();
    },
    settle,
  };
}
