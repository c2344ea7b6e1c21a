// The HTTP interface between the pages and the `imagegen` executable: every request and response.
// The C++ side answers exactly these shapes. Times are ISO 8601 in UTC with milliseconds
// ("2026-11-24T10:15:02.120Z"), durations name their unit, money is in US dollars.
//
// Every answer that is not 2xx is `{ "error": Problem }`. Every request that changes something
// carries the header `X-CSRF-Token` with the token of GET /api/session, and is JSON.

export type Iso = string;

/** Something that went wrong or deserves a warning. Pages translate `code` with `params` and fall
 *  back to `message`, an English sentence. `detail` is the provider's or broker's own text. */
export interface Problem {
  code: string; // 'qstash_token_missing', 'gemini_key_missing', 'openai_key_missing', 'rate_limited', ...
  message: string;
  field?: string; // of the request, e.g. 'rateLimit' or 'broker.url'
  params?: Record<string, string | number>;
  detail?: string;
}

// GET /api/session                          -> Session
// POST /api/session {password}              -> Session      (401 problem 'wrong_password', 429 'too_many_logins')
// DELETE /api/session                       -> Session
export interface Session {
  loginRequired: boolean; // the server listens beyond loopback
  authenticated: boolean;
  csrfToken: string;
  version: string;
}

// GET /api/status                           -> Status       (cheap: answered from memory)
export interface Status {
  now: Iso;
  broker: BrokerStatus;
  keys: { qstashToken: boolean; openaiApiKey: boolean; geminiApiKey: boolean };
  imageProvider: 'gemini' | 'openai' | 'demo';
  defaultModel: string;
  localProcessing: boolean;
  tasks: Summary; // of all generations
  running: { id: string; name: string; done: number; total: number }[];
  waiting: number; // pending tasks of generations that are under way, paused ones among them
  nextDueAt: Iso | null;
}
export interface BrokerStatus {
  configured: boolean; // a token is there
  reachable: boolean | null; // null: not looked at yet
  kind: 'godwit' | 'qstash' | 'unknown';
  version: string | null; // of Godwit
  url: string;
  consoleUrl: string | null; // page of its messages, if it has one
  checkedAt: Iso | null;
  problem: Problem | null;
}

// GET /api/settings                         -> Settings
// PUT /api/settings SettingsChange          -> Settings
export interface SecretState {
  set: boolean;
  source: 'none' | 'saved' | 'environment'; // 'environment' is read-only
  masked: string; // '••••1234'; '' when not set
}
export interface Sourced<T> {
  value: T;
  source: 'default' | 'saved' | 'environment';
}
export interface Settings {
  secrets: { qstashToken: SecretState; openaiApiKey: SecretState; geminiApiKey: SecretState };
  broker: {
    url: Sourced<string>;
    publicUrl: Sourced<string>;
    webhookUrl: string; // publicUrl + /api/process-generation-task
    signingKeys: { source: 'none' | 'fetched' | 'environment'; fetchedAt: Iso | null };
    retries: number; // 0..100, default 3
    defaultRateLimit: number; // images an hour offered in the form
    accountRateLimit: number | null; // of the provider's account, for all generations together
    flowControl: boolean; // false: 'only delays, as in the guide'
    localProcessing: boolean; // process without a broker; only by choice
  };
  providers: {
    imageProvider: 'auto' | 'gemini' | 'openai' | 'demo'; // auto: gemini with its key, else demo
    geminiBaseUrl: Sourced<string>;
    openaiBaseUrl: Sourced<string>;
    imageModel: string;
    textModel: string;
    timeoutSeconds: number; // of one image, 10..600
  };
  demo: {
    latencyMs: number;
    temporaryErrorPercent: number;
    rateLimitErrorPercent: number;
    permanentErrorPercent: number;
  };
  systemPrompts: SystemPrompts;
  systemPromptDefaults: SystemPrompts;
  storage: { directory: string; images: number; imageBytes: number; freeBytes: number; retentionDays: number | null };
}
export interface SystemPrompts {
  parameters: string;
  prompts: string;
  generations: string;
}
/** Only what is there is changed. A secret of null is cleared. */
export interface SettingsChange {
  secrets?: { qstashToken?: string | null; openaiApiKey?: string | null; geminiApiKey?: string | null };
  broker?: {
    url?: string | null; // null: back to the default
    publicUrl?: string | null;
    retries?: number;
    defaultRateLimit?: number;
    accountRateLimit?: number | null;
    flowControl?: boolean;
    localProcessing?: boolean;
  };
  providers?: {
    imageProvider?: 'auto' | 'gemini' | 'openai' | 'demo';
    geminiBaseUrl?: string | null;
    openaiBaseUrl?: string | null;
    imageModel?: string;
    textModel?: string;
    timeoutSeconds?: number;
  };
  demo?: Partial<Settings['demo']>;
  systemPrompts?: Partial<SystemPrompts>;
  storage?: { retentionDays?: number | null };
}

// POST /api/settings/check CheckRequest     -> CheckResult  (with `value` an unsaved secret is tried)
export interface CheckRequest {
  what: 'qstashToken' | 'openaiApiKey' | 'geminiApiKey';
  value?: string;
}
export interface CheckResult {
  ok: boolean;
  problem: Problem | null;
  detail: string; // e.g. 'Godwit 0.1.0' or the number of models
  durationMs: number;
}

// POST /api/settings/test-callback {}       -> CallbackTest  (sends one real message)
// GET  /api/settings/test-callback/{id}     -> CallbackTest
export interface CallbackTest {
  id: string;
  finished: boolean;
  ok: boolean;
  legs: {
    name: 'publish' | 'delivery' | 'signature';
    state: 'waiting' | 'ok' | 'failed';
    durationMs: number | null;
    problem: Problem | null;
  }[];
}

// GET    /api/parameters                    -> { parameters: Parameter[] }
// POST   /api/parameters ParameterChange    -> Parameter    (409 'name_taken', field 'name')
// PUT    /api/parameters/{id} ParameterChange -> Parameter
// DELETE /api/parameters/{id}               -> {}
// POST   /api/parameters/generate ValuesRequest -> { values: string[] }   (nothing is saved)
export interface Parameter {
  id: string;
  name: string; // letters, digits, '_' and '-', begins with a letter; any script
  values: string[];
  createdAt: Iso;
  updatedAt: Iso;
}
export interface ParameterChange {
  name: string;
  values: string[]; // 1..1000, each 1..500 characters; duplicates are dropped
}
export interface ValuesRequest {
  name: string;
  topic: string;
  count: number; // 1..100
  language: 'ru' | 'en';
  existing: string[];
}

// GET    /api/prompts                       -> { prompts: Prompt[] }
// POST   /api/prompts PromptChange          -> Prompt
// PUT    /api/prompts/{id} PromptChange     -> Prompt       (keeps the earlier version)
// DELETE /api/prompts/{id}                  -> {}
// GET    /api/prompts/{id}/versions         -> { versions: PromptVersion[] }
// POST   /api/prompts/generate PromptIdea   -> { name: string; content: string }
// POST   /api/prompts/import PromptImport   -> { prompts: Prompt[] }
export interface Prompt {
  id: string;
  name: string;
  content: string; // with {{parameters}}
  parameters: string[]; // names used in it
  unknownParameters: string[]; // those that do not exist now
  variants: number; // combinations of the values there are now; 0 with unknown ones
  version: number;
  createdAt: Iso;
  updatedAt: Iso;
}
export interface PromptChange {
  name: string;
  content: string;
}
export interface PromptVersion {
  version: number;
  content: string;
  createdAt: Iso;
}
export interface PromptIdea {
  idea: string;
  parameters: string[];
  language: 'ru' | 'en';
}
export interface PromptImport {
  format: 'csv' | 'text'; // csv: columns name,prompt with a header line; text: a prompt a line
  text: string;
}

// GET /api/models                           -> { models: ImageModel[] }
export interface ImageModel {
  id: string;
  title: string;
  provider: 'gemini' | 'openai' | 'demo';
  aspectRatios: string[];
  sizes: string[];
  qualities: string[]; // thinking levels, as names for people: 'fast', 'standard', 'best'
  seed: boolean;
  negativePrompt: boolean;
  pricesUsd: Record<string, number>; // by size
  available: boolean; // its provider is configured
  gone: { since: string; replacement: string } | null;
}

// POST /api/generations/preview GenerationRequest -> Preview
// POST /api/generations GenerationRequest   -> Generation    (nothing is sent)
export interface GenerationRequest {
  name: string;
  promptId?: string; // one of promptId and prompts
  prompts?: string[]; // 1..1000 texts, each may have {{parameters}}
  rateLimit: number; // images an hour, 1..3600
  model: string;
  aspectRatio?: string;
  size?: string;
  quality?: string;
  imagesPerVariant?: number; // 1..10
  seedPolicy?: 'none' | 'fixed' | 'increment';
  seed?: number;
  negativePrompt?: string;
  style?: string; // appended to each prompt
  retries?: number;
  startAt?: Iso | null; // «Запустить» by itself at this time
}
export interface Preview {
  tasks: number;
  variants: number;
  sample: { prompt: string; variant: Record<string, string> }[]; // the first 20
  unknownParameters: string[];
  intervalSeconds: number;
  lastDueAt: Iso; // if it were started now
  durationSeconds: number;
  costUsd: number;
  warnings: Problem[]; // 'many_images', 'long_plan', 'model_gone', 'webhook_unreachable', ...
}

// GET    /api/generations?search=&state=    -> { generations: Generation[] }  newest first
// GET    /api/generations/{id}              -> Generation
// DELETE /api/generations/{id}              -> { images: number }
export type GenerationState =
  | 'ready' // nothing sent yet, or stopped
  | 'scheduled' // waits for startAt
  | 'sending'
  | 'running'
  | 'paused'
  | 'finished'
  | 'finished_with_errors';
export interface Generation {
  id: string;
  name: string;
  state: GenerationState;
  mode: 'broker' | 'local';
  promptId: string | null;
  prompts: string[]; // as they were at creation
  parameters: Record<string, string[]>; // as they were at creation
  options: {
    rateLimit: number;
    model: string;
    aspectRatio: string;
    size: string;
    quality: string;
    imagesPerVariant: number;
    seedPolicy: 'none' | 'fixed' | 'increment';
    seed: number | null;
    negativePrompt: string;
    style: string;
    retries: number;
  };
  summary: Summary;
  sending: Sending | null; // the latest «Запустить», until all was sent
  eta: { at: Iso; bottleneck: 'limit' | 'generation' } | null;
  costUsd: { estimated: number; actual: number };
  meanDurationMs: number | null;
  problem: Problem | null; // why it does not go on
  consoleUrl: string | null; // the broker's messages, filtered by the label
  label: string; // imagegen:<id>
  startAt: Iso | null;
  createdAt: Iso;
  startedAt: Iso | null;
  finishedAt: Iso | null;
}
export interface Summary {
  pending: number;
  processing: number;
  done: number;
  failed: number;
  canceled: number;
  total: number;
}
export interface Sending {
  sent: number;
  total: number;
  active: boolean;
  problem: Problem | null; // of those that could not be sent: they stay pending
}

// POST /api/generations/{id}/start {mode?}  -> Generation    (409 'qstash_token_missing', 'gemini_key_missing', 'nothing_pending')
//      mode 'broker' (default) or 'local'; sends all pending tasks in the background
// POST /api/generations/{id}/stop {}        -> Generation    cancels what is not delivered; tasks are pending again
// POST /api/generations/{id}/pause {}       -> Generation
// POST /api/generations/{id}/resume {}      -> Generation
// POST /api/generations/{id}/retry-failed {} -> Generation   failed tasks are pending again, and sent
// POST /api/generations/{id}/replan {rateLimit} -> Generation
// POST /api/generations/{id}/clear {status: 'done'|'failed'|'canceled'|'all'} -> Generation
// POST /api/generations/{id}/duplicate {name?} -> Generation
// POST /api/generations/{id}/reconcile {}   -> Generation    compares with the broker now
// GET  /api/generations/{id}/zip            -> application/zip, streamed: images, prompts.csv, metadata.json

// GET /api/generations/{id}/tasks?status=&offset=&limit=  -> { tasks: Task[]; total: number }  by index; limit up to 2000
export type TaskStatus = 'pending' | 'processing' | 'done' | 'failed' | 'canceled';
export type TaskPhase =
  | 'draft' // pending: not sent
  | 'queued' // pending: the broker holds it until dueAt
  | 'waiting_limit' // pending: due, held back by the limit or a pause
  | 'retry_wait' // pending: the last attempt failed, the next is at dueAt
  | 'generating' // processing
  | 'saving' // processing
  | 'permanent' // failed
  | 'exhausted' // failed
  | ''; // done, canceled
export interface TaskResult {
  taskId: string;
  generationId: string;
  index: number;
  status: TaskStatus;
  phase: TaskPhase;
  imageUrl: string | null; // /images/<id>
  thumbUrl: string | null; // /images/<id>/thumb
  error: TaskError | null;
  attempt: number; // attempts begun
  maxAttempts: number;
  dueAt: Iso | null;
  startedAt: Iso | null;
  completedAt: Iso | null;
  durationMs: number | null;
}
export interface TaskError {
  code: string; // 'rate_limited', 'quota_day', 'blocked', 'invalid_key', 'model_gone', 'timeout', 'unavailable', 'not_saved', ...
  message: string; // English, whole
  detail: string; // the provider's own text
  httpStatus: number | null;
  provider: string;
  at: Iso;
}
export interface Task extends TaskResult {
  prompt: string;
  variant: Record<string, string>;
  seed: number | null;
  messageId: string | null;
  messageUrl: string | null; // in the broker's console
  image: { id: string; mime: string; width: number; height: number; bytes: number } | null;
  costUsd: number | null;
  starred: boolean;
}

// GET /api/task-results?generationId=G[&taskIds=a,b][&since=cursor][&debug=1] -> TaskResults
//     With an ETag; 304 when nothing changed. Reading never deletes. 400 without generationId.
export interface TaskResults {
  results: Record<string, TaskResult>; // with `since`: those changed after it
  summary: Summary;
  state: GenerationState;
  sending: Sending | null;
  eta: Generation['eta'];
  problem: Problem | null;
  cursor: string;
  pollAfterMs: number; // advice
  debug?: Record<string, TaskDebug>; // of tasks that are not final
}
export interface TaskDebug {
  brokerMessage: { state: string; detail: string } | null;
  webhookLog: WebhookCall[];
  lease: { until: Iso; lapsed: boolean } | null;
}

// POST /api/tasks/{id}/retry {}             -> Task          failed or canceled: pending again, and sent
// POST /api/tasks/{id}/cancel {}            -> Task
// POST /api/tasks/{id}/fail {}              -> Task          «Отметить как ошибку»
// DELETE /api/tasks/{id}                    -> {}            409 'task_processing' while it is processed

// GET /api/events                           -> text/event-stream: event 'task' (TaskResult), 'generation' (Generation), 'status' (Status)

// GET /api/images?generationId=&promptId=&model=&starred=1&search=&parameter=name:value&from=&to=&order=newest|oldest&offset=&limit=
//                                           -> { images: GalleryImage[]; total: number }   limit up to 500
// DELETE /api/images/{id}                   -> {}            the task stays done, without its image
// POST /api/images/star {ids, starred}      -> { changed: number }
// POST /api/images/delete {ids}             -> { deleted: number }
// POST /api/images/archive {ids}            -> { url: string }  then GET that: a ZIP, as of a generation
// GET  /images/{id}                         the file; ?download=1 as an attachment
// GET  /images/{id}/thumb                   WebP, 384 pixels on the longer side
export interface GalleryImage {
  id: string;
  taskId: string;
  generationId: string;
  generationName: string;
  promptId: string | null;
  model: string;
  prompt: string;
  variant: Record<string, string>;
  url: string;
  thumbUrl: string;
  mime: string;
  width: number;
  height: number;
  bytes: number;
  seed: number | null;
  starred: boolean;
  demo: boolean;
  createdAt: Iso;
}
// GET /api/images/facets?generationId=      -> Facets        what the filters offer
export interface Facets {
  generations: { id: string; name: string; images: number }[];
  prompts: { id: string; name: string }[];
  models: string[];
  parameters: Record<string, string[]>;
}

// GET    /api/templates                     -> { templates: Template[] }   named fillings of the form
// POST   /api/templates TemplateChange      -> Template
// DELETE /api/templates/{id}                -> {}
export interface TemplateChange {
  name: string;
  request: Partial<GenerationRequest>;
}
export interface Template extends TemplateChange {
  id: string;
  createdAt: Iso;
}

// GET  /api/diagnostics                     -> Diagnostics   (runs the checks)
// GET  /api/diagnostics/report              -> text/plain, redacted
// POST /api/diagnostics/reconcile {}        -> Diagnostics
export interface Diagnostics {
  checks: DiagnosticCheck[];
  stuck: (Task & { debug: TaskDebug })[]; // processing beyond their lease
  rateLimits: { generationId: string; name: string; count: number; quota: string; at: Iso; suggestedRateLimit: number }[];
  webhookLog: WebhookCall[]; // the latest 50
}
export interface DiagnosticCheck {
  id: 'token' | 'broker' | 'callback' | 'openai_key' | 'gemini_key' | 'clock' | 'signing_keys' | 'flow_control' | 'storage' | 'model';
  state: 'ok' | 'warning' | 'failed' | 'skipped';
  detail: string;
  problem: Problem | null;
  durationMs: number;
}
export interface WebhookCall {
  at: Iso;
  taskId: string | null;
  messageId: string | null;
  attempt: number; // Upstash-Retried + 1
  status: number; // the answer
  code: string; // 'done', 'already_running', 'signature_invalid', ...
  durationMs: number;
}

// POST /api/process-generation-task         the broker's webhook; GET /healthz; GET /metrics; GET /openapi.json
