// The HTTP interface between the dashboard's pages and `godwit`: every request and response under
// /admin/v1, which the C++ side answers in exactly these shapes. What /v2 already does (queues,
// flow control, URL groups, schedules, publishing, cancelling, keys) the pages do through /v2.
//
// Times are ISO 8601 in UTC with milliseconds ("2026-11-24T10:15:02.120Z"), durations name their
// unit. Every answer of /admin/v1 that is not 2xx is `{ "error": Problem }`; /v2 answers
// `{ "error": "text" }`.
//
// Who may: a session (cookie `godwit_session`, HttpOnly, SameSite=Strict, Path=/) or a Bearer
// token, on /admin/v1 and on /v2 alike. With the cookie, every method but GET and HEAD needs the
// header `X-CSRF-Token` with the session's token. A read-only token sees everything of its account
// and changes nothing (403 'read_only').

export type Iso = string;

/** Pages translate `code` with `params` and fall back to `message`, an English sentence. */
export interface Problem {
  code: string; // 'unauthenticated', 'read_only', 'csrf', 'wrong_token', 'too_many_logins', 'invalid', 'not_found', ...
  message: string;
  field?: string; // of the request
  params?: Record<string, string | number>;
  detail?: string;
}

// GET /admin/v1/session              -> Session    (never 401)
// POST /admin/v1/session {token}     -> Session    (401 'wrong_token', 429 'too_many_logins' with Retry-After)
// DELETE /admin/v1/session           -> Session
// The cookie ends with the token's revocation and outlives restarts.
export interface Session {
  authenticated: boolean;
  csrfToken: string; // '' when not authenticated
  account: string;
  tokenName: string; // '' when it has none
  readOnly: boolean;
  expiresAt: Iso | null;
  version: string;
  mode: 'dev' | 'server';
  /** `godwit dev` on loopback: the token that everybody knows, for one click. */
  publicToken: string | null;
  now: Iso;
}

// ------------------------------------------------------------------------------------ overview

// GET /admin/v1/overview             -> Overview   (from memory and counters; also the event 'overview')
export interface Overview {
  now: Iso;
  startedAt: Iso;
  version: string;
  /** Nothing was ever published by this account. */
  firstRun: boolean;
  /** Of the last full minute; null where nothing happened. */
  lastMinute: {
    publishedPerSecond: number;
    deliveredPerSecond: number;
    attemptsPerSecond: number;
    successRate: number | null; // of attempts, 0..1
    attemptP50Ms: number | null;
    attemptP99Ms: number | null;
    latenessP99Ms: number | null; // an attempt's start after it was due, or after its queue and key let it go
  };
  backlog: Backlog;
  /** Since the account's first message; exact and durable. Attempts count when they have ended. */
  totals: Totals;
  deadLetters: { total: number; lastHour: number };
  schedules: { total: number; paused: number };
  queues: { total: number; paused: number };
  disk: { freeBytes: number; usedBytes: number; minFreeBytes: number; ephemeral: boolean };
  /** The account's log goes without bodies, or went less than a minute ago; see MessageDetail.degraded. */
  logsDegraded: { since: Iso; bodiesShed: number } | null;
  attention: Attention[]; // the most serious first
}
export interface Totals {
  published: number;
  deduplicated: number;
  attempts: number;
  failedAttempts: number;
  delivered: number;
  deadLettered: number;
  canceled: number;
}
/** Living messages, each in one place: the sum is `total`, exact. */
export interface Backlog {
  total: number;
  time: number; // for their first time (delay, schedule)
  retry: number; // for their next try
  queue: number; // for their place in a queue
  paused: number; // their queue or flow control key is paused
  rate: number; // for a flow control key's window
  parallelism: number; // for a flow control key's parallelism
  slot: number; // due; for a free slot of the installation, account or host
  active: number; // an attempt is under way
}
export interface Attention {
  code:
    | 'dead_letters_growing' // {count, minutes}
    | 'destination_failing' // {host, failed, attempts}
    | 'queue_paused' // {queue, waiting}
    | 'flow_control_paused' // {key, waiting}
    | 'schedule_failing' // {schedule, failed}
    | 'backlog_growing' // {waiting, perMinute}
    | 'disk_low' // {freeBytes, minFreeBytes}
    | 'logs_degraded' // {bodiesShed}
    | 'not_durable'; // store.sync is off, or --ephemeral
  severity: 'warning' | 'error';
  params: Record<string, string | number>;
  href: string | null; // a page of the dashboard
}

// GET /admin/v1/series?range=15m|1h|6h|24h|7d|30d -> Series
// Minutes for a day, hours for a month; columns of equal length, null where there is nothing. The last
// step is the one under way. Any other range: 400 'invalid', field 'range'.
export interface Series {
  range: string;
  stepSeconds: number;
  times: number[]; // seconds since 1970, the begin of each step
  published: number[];
  delivered: number[];
  attempts: number[];
  failedAttempts: number[];
  deadLettered: number[];
  canceled: number[];
  attemptP50Ms: (number | null)[];
  attemptP90Ms: (number | null)[];
  attemptP99Ms: (number | null)[];
  latenessP99Ms: (number | null)[];
  backlog: (number | null)[]; // at the step's end
}

// ------------------------------------------------------------------------------------ messages

/** 'waiting' stands for its reasons; see Waiting. */
export type MessageState = 'waiting' | 'retrying' | 'active' | 'delivered' | 'failed' | 'canceled';

// GET /admin/v1/messages?<MessageFilter>&limit=100&cursor=...&order=newest|oldest -> MessagePage
// Newest created first. Each filter may stand several times (any of them); different ones all hold.
//   state=<MessageState>  id=  url= (part of it)  host=  label=  queue=  flowControlKey=  schedule=
//   urlGroup=  callerIp=  status=500|5xx (of the newest attempt)  since=<Iso or 1h>  until=<Iso or 1h>
//   text= (bytes of the body, headers, URL, id or labels; one value)
export interface MessagePage {
  messages: MessageRow[];
  cursor: string | null; // more may follow
  /** A search looks at so many messages a page; without a match the page may be empty with a cursor. */
  scanned: { messages: number; back: Iso | null; complete: boolean };
}
// GET /admin/v1/messages/count?<MessageFilter>&cursor= -> MessageCount (as far as one scan goes; ask on with the cursor)
export interface MessageCount {
  count: number;
  living: number; // of them, what a bulk cancel would cancel
  cursor: string | null;
  scanned: { messages: number; back: Iso | null; complete: boolean };
}
// POST /admin/v1/messages/cancel {filter: {<MessageFilter: of each name a text, or a list of texts>}} -> Action
// What is created after the request stays. `total` is what was found, `done` what was cancelled of it:
// fewer, when some ended meanwhile. An unknown name or an empty value is 400, for it would cancel more.
export interface MessageRow {
  id: string;
  state: MessageState;
  url: string;
  method: string;
  createdAt: Iso;
  updatedAt: Iso; // of its newest row
  nextAt: Iso | null; // of a living message, when known
  attempts: number; // made
  retriesMax: number;
  status: number | null; // of the newest attempt
  error: string | null; // of the newest attempt, cut to 200 characters
  durationMs: number | null; // of the newest attempt
  labels: string[];
  queue: string | null;
  flowControlKey: string | null;
  schedule: string | null;
  urlGroup: string | null;
  bodyBytes: number;
  waiting: Waiting | null; // of a living message
}
/**
 * Why a living message is not being delivered this moment, and when it will be: the place where the
 * engine has it. `position` counts from 1 in its list. The page of a message has it (but for one
 * behind a million others or so); a row of a list only where it is among the first 100: sentences
 * must be right without it, and then also without the `nextAt` of 'rate'.
 */
export interface Waiting {
  reason:
    | 'time' // its delay or its schedule
    | 'retry' // {attempt, of}
    | 'queue' // {queue, position?}: others stand before it
    | 'queue_paused' // {queue}
    | 'flow_control_paused' // {key}
    | 'rate' // {key, rate, periodSeconds, position?}
    | 'parallelism' // {key, parallelism, position?}
    | 'slot' // {limit: 'all' | 'account' | 'host', host}; a host may also have its share of what is left
    | 'active' // an attempt is under way since {since}
    | 'canceling'; // a cancel was asked for during an attempt, or its queue was deleted
  params: Record<string, string | number>;
  /** The next attempt; null when nobody can say (paused, behind others of unknown duration). */
  nextAt: Iso | null;
  /**
   * nextAt is what the limits allow, not a promise of a clock: of 'rate', and of 'time' and 'retry'
   * when a flow control key or a paused queue may hold the message longer.
   */
  estimated: boolean;
}

// GET /admin/v1/messages/{id}        -> MessageDetail (404 'not_found')
export interface MessageDetail extends MessageRow {
  headers: HeaderLine[]; // forwarded with every attempt; redacted ones as 'REDACTED:<sha256>'
  body: Body;
  callerIp: string | null;
  notBefore: Iso | null;
  timeoutSeconds: number | null;
  retryDelay: string | null; // the expression
  flowControl: { key: string; rate: number | null; periodSeconds: number; parallelism: number | null } | null;
  callback: string | null;
  failureCallback: string | null;
  /** CREATED, ACTIVE, RETRY, ERROR, DELIVERED, FAILED, CANCEL_REQUESTED, CANCELED; oldest first. */
  events: { at: Iso; state: string; nextAt: Iso | null }[];
  attemptList: Attempt[]; // oldest first
  /** What is left, while the message lives: numbers from 1. No times before the first one's is known. */
  plan: { number: number; at: Iso | null }[];
  relations: Relations;
  /** Under load the log went without bodies, or response headers too, of this message. Rows are all there. */
  degraded: boolean;
}
export interface HeaderLine {
  name: string;
  value: string;
}
export interface Body {
  bytes: number; // of the whole
  kept: number; // of them, how many are kept and can be fetched
  redacted: boolean;
  contentType: string | null;
  /** The beginning, up to 64 KiB: as text when it is UTF-8, else in base64. */
  text: string | null;
  base64: string | null;
}
// GET /admin/v1/messages/{id}/body                   -> the bytes (application/octet-stream, attachment)
// GET /admin/v1/messages/{id}/attempts/{n}/body      -> likewise, of the response as far as it is kept
export interface Attempt {
  number: number; // from 1
  startedAt: Iso;
  endedAt: Iso | null; // null: under way
  status: number | null;
  error: string | null;
  /** Milliseconds with fractions, in the order of things; null: did not happen, or is not known. */
  timing: {
    waitedMs: number | null; // from due to start
    resolveMs: number | null;
    connectMs: number | null;
    tlsMs: number | null;
    firstByteMs: number | null; // from the request's last byte to the response's first
    bodyMs: number | null; // from there to its last
    totalMs: number;
    reusedConnection: boolean;
    address: string | null; // of the destination
  } | null;
  requestHeaders: HeaderLine[] | null; // as sent; the signature as 'signed'
  responseHeaders: HeaderLine[] | null;
  responseBody: Body | null;
  callback: string | null; // the id of the callback message that it made
  diagnosis: Diagnosis | null; // of a failed one
}
export interface Diagnosis {
  code:
    | 'refused' // {address}
    | 'timeout' // {after: a duration like 1m30s, phase}
    | 'host_not_found' // {host}
    | 'address_not_allowed' // {address}
    | 'certificate' // {detail}
    | 'certificate_name' // {host}
    | 'tls'
    | 'connection_cut'
    | 'not_http'
    | 'redirect' // {location}
    | 'login_page' // {location}
    | 'unauthorized'
    | 'not_found'
    | 'method_not_allowed'
    | 'too_large'
    | 'rate_limited' // {retryAfter}
    | 'client_error' // {status}
    | 'server_error' // {status}
    | 'unknown';
  params: Record<string, string | number>;
}
export interface Relations {
  schedule: string | null;
  queue: string | null;
  urlGroup: string | null;
  endpoint: string | null;
  flowControlKey: string | null;
  callbackOf: string | null;
  callbacks: { id: string; failure: boolean }[];
  deadLetter: string | null; // its entry's id, while there
  replayOf: { deadLetter: string; message: string | null } | null;
  deduplication: { id: string | null } | null; // what its duplicates are known by; id null: its content
  replayedAs: string[];
  changes: Change[]; // what a person changed before the replay
}
export interface Change {
  what: 'url' | 'method' | 'header' | 'body';
  name: string | null; // of the header
  before: string | null;
  after: string | null; // bodies cut to 2,000 characters
}

// ------------------------------------------------------------------------------- live events

// GET /admin/v1/events               server-sent events: 'overview' (Overview) each second.
// GET /admin/v1/events?tail=1&<MessageFilter without text, since, until>   also 'rows' (LiveRows), at most four a second.
export interface LiveRows {
  rows: LiveRow[]; // at most 100, the newest of what matched
  skipped: number; // matched and not among them
  created: number; // of both together: how many are the first row of their message
  untold: number; // more rows than are told at once: nobody has held them against the filter
}
export interface LiveRow {
  at: Iso;
  state: string; // of the row: CREATED, ACTIVE, ...
  message: MessageRow; // as of this row
}

// -------------------------------------------------------------------- queues and flow control

// GET /admin/v1/queues/{name}/waiting?limit=100          -> WaitingList
// GET /admin/v1/flow-controls/{key}/waiting?limit=100    -> WaitingList
// Of a queue: those that were not admitted yet. Of a key: those without a permit.
export interface WaitingList {
  total: number; // exact
  messages: { position: number; id: string; url: string; createdAt: Iso; nextAt: Iso | null; estimated: boolean }[];
}

// ---------------------------------------------------------------------------------- schedules

// GET /admin/v1/schedules/preview?cron=&count=10         -> CronPreview (200 also when it is wrong)
export interface CronPreview {
  valid: boolean;
  error: string | null;
  timeZone: string | null; // of a CRON_TZ= prefix, else 'UTC'
  next: Iso[];
}
// POST /admin/v1/schedules/{id}/run                      -> { messageId } (or { messageIds } of a URL group)
// GET /admin/v1/schedules/calendar?days=7                -> Calendar: the runs ahead of all schedules that are not paused
export interface Calendar {
  from: Iso; // the begin of an hour
  hours: { runs: number; busiestMinute: number; busiestMinuteRuns: number }[];
  collisions: { at: Iso; schedules: string[]; runs: number }[]; // minutes with most schedules at once, at most 20
}

// ---------------------------------------------------------------------------- dead letters

// GET /admin/v1/dead-letters?cursor=&limit=100&host=&status=&fingerprint=&queue=&label=&since=&until=&text= -> DeadLetterPage
export interface DeadLetterPage {
  deadLetters: DeadLetterRow[];
  cursor: string | null;
}
export interface DeadLetterRow {
  id: string; // of the entry
  message: MessageRow;
  enteredAt: Iso;
  expiresAt: Iso;
  fingerprint: string;
}
// GET /admin/v1/dead-letters/groups -> DeadLetterGroups; grouped by host, status and the error's fingerprint
export interface DeadLetterGroups {
  groups: {
    host: string;
    status: number | null;
    fingerprint: string;
    error: string; // of the newest, cut to 200 characters
    count: number;
    firstAt: Iso;
    lastAt: Iso;
    newest: string; // id
  }[];
  scanned: number;
  complete: boolean; // false: only the newest `scanned` were looked at
}
// GET /admin/v1/dead-letters/{id} -> DeadLetterDetail
export interface DeadLetterDetail extends MessageDetail {
  deadLetter: string;
  enteredAt: Iso;
  expiresAt: Iso;
}
// POST /admin/v1/dead-letters/{id}/replay {url?, method?, headers?, body? | bodyBase64?} -> { messageId }
// POST /admin/v1/dead-letters/replay {filter: {host?, status?, fingerprint?, ids?}, perMinute: number|null} -> Action
// POST /admin/v1/dead-letters/delete {filter}            -> Action
// GET  /admin/v1/actions/{id}                            -> Action
export interface Action {
  id: string;
  state: 'running' | 'done' | 'failed';
  done: number;
  total: number | null;
  error: string | null;
}

// --------------------------------------------------------------------------------------- logs

// GET /admin/v1/logs?<MessageFilter>&rowState=&limit=100&cursor=  -> LogPage, newest first
export interface LogPage {
  rows: { at: Iso; state: string; messageId: string; url: string; status: number | null; error: string | null; durationMs: number | null; labels: string[] }[];
  cursor: string | null;
  scanned: { messages: number; back: Iso | null; complete: boolean };
}
// GET /admin/v1/logs/export?format=ndjson|csv&<the same filters>  -> a file, streamed, everything that matches

// ----------------------------------------------------------------------------------- settings

// GET /admin/v1/settings -> { settings: Setting[] }; secrets only say whether they are set
export interface Setting {
  name: string;
  section: string;
  value: string;
  origin: string; // 'default', 'flag', 'environment', 'file'
  originName: string | null; // of the flag, the variable, the file
  type: string;
  help: string;
  secret: boolean;
}
// GET /admin/v1/tokens               -> { tokens: Token[] }
// POST /admin/v1/tokens {name, readOnly}  -> { token, record: Token }   the token is shown this once
// DELETE /admin/v1/tokens/{id}       -> {}   (409 'own_token' for the one that the session stands on)
export interface Token {
  id: string;
  name: string;
  readOnly: boolean;
  createdAt: Iso | null;
  source: 'file' | 'environment' | 'public';
  current: boolean;
}
// GET /admin/v1/environment -> Environment: what a client's .env needs
export interface Environment {
  url: string;
  /** The public token of `godwit dev`; else null: tokens are not kept, only recognised. */
  token: string | null;
  currentSigningKey: string | null; // null for read-only tokens
  nextSigningKey: string | null;
}

// ------------------------------------------------------------------------- catcher, debugger

// The built-in destination for first steps: anything sent there by Godwit itself is kept in memory.
// GET /admin/v1/catcher              -> Catcher    (its URL is only known to the account)
// DELETE /admin/v1/catcher           -> Catcher    forgets what was caught
export interface Catcher {
  url: string;
  caught: { at: Iso; method: string; messageId: string | null; headers: HeaderLine[]; body: Body }[]; // the newest 20
}

// POST /admin/v1/signature/check {signature, body | bodyBase64, url?} -> SignatureReport
export interface SignatureReport {
  valid: boolean;
  header: string | null; // JSON, pretty
  claims: string | null; // JSON, pretty
  checks: {
    code: 'form' | 'algorithm' | 'signature' | 'issuer' | 'subject' | 'not_before' | 'expires' | 'body';
    ok: boolean | null; // null: could not be checked, an earlier one failed
    key: 'current' | 'next' | null; // of 'signature'
    expected: string | null;
    found: string | null;
  }[];
}
