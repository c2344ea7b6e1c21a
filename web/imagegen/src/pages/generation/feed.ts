// Everything the page of a generation knows, kept up to date: the generation, its tasks, and what
// polls and events say about them. Polls carry it; events only make it faster.

import { createPoll, isAbort, type ApiClient, type EventStream, type Poll, type PollWorld } from '@godwit/kit';
import { batch, signal, type ReadonlySignal } from '@preact/signals';

import type { Generation, Task, TaskResult, TaskResults } from '../../api/contract';
import { TaskBook } from './book';
import { isAtRest, nextDue } from './state';

const tasksPage = 2000;
const restingPollMs = 15_000;
/** An event asks for the figures that it does not bring, at most this often. */
const eventRefreshMs = 400;

type Events = { task: TaskResult; generation: Generation };

export interface FeedWorld {
  api: Pick<ApiClient, 'get' | 'getIfChanged'>;
  events: Pick<EventStream<Events>, 'on'>;
  poll?: PollWorld; // the browser's, unless a test brings its own
}

export class GenerationFeed {
  readonly book = new TaskBook();
  readonly generation: ReadonlySignal<Generation | undefined>;
  /** Why nothing could be loaded; undefined while there is something to show. */
  readonly error: ReadonlySignal<unknown>;
  /** All tasks are in the book. */
  readonly complete: ReadonlySignal<boolean>;

  private readonly known = signal<Generation | undefined>(undefined);
  private readonly fault = signal<unknown>(undefined);
  private readonly whole = signal(false);
  private readonly abort = new AbortController();
  private readonly stops: (() => void)[] = [];
  private poll: Poll<TaskResults> | undefined;
  private cursor: string | undefined;
  private etag: string | null = null;
  /** When an event changed a task: an answer that was asked for earlier knows less. */
  private readonly changedAt = new Map<string, number>();
  private arrived: TaskResult[] = [];
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;
  private reloading: Promise<void> | undefined;

  constructor(
    private readonly id: string,
    private readonly world: FeedWorld,
  ) {
    this.generation = this.known;
    this.error = this.fault;
    this.complete = this.whole;
  }

  /** Loads everything and follows it; may be called again after a failure. */
  async start(): Promise<void> {
    this.fault.value = undefined;
    try {
      // The cursor first: what changes while the tasks are read is told again.
      const baseline = await this.world.api.get<TaskResults>(this.resultsUrl({ taskIds: '-' }), { signal: this.abort.signal });
      this.cursor = baseline.cursor;
      const [generation, first] = await Promise.all([this.get<Generation>(''), this.tasks(0)]);
      batch(() => {
        this.known.value = generation;
        this.book.add(first.tasks);
        this.whole.value = first.tasks.length >= first.total;
      });
      this.follow();
      if (!this.whole.peek()) await this.loadFrom(first.tasks.length);
    } catch (error) {
      if (!isAbort(error)) this.fault.value = error;
    }
  }

  stop(): void {
    this.abort.abort();
    clearTimeout(this.flushTimer);
    clearTimeout(this.refreshTimer);
    this.poll?.stop();
    for (const stop of this.stops) stop();
  }

  /** Takes the answer to a change, and asks what it did to the tasks. */
  accept(generation: Generation): void {
    this.known.value = generation;
    void this.poll?.refresh();
  }

  acceptTask(task: Task): void {
    this.changedAt.set(task.taskId, performance.now());
    this.book.add([task]);
    void this.poll?.refresh();
  }

  removeTask(id: string): void {
    this.book.remove(id);
    void this.poll?.refresh();
  }

  /** Reads all tasks again: for what results do not tell (messages, sizes, costs), and for deleted ones. */
  reload(): Promise<void> {
    this.reloading ??= this.reloadOnce().finally(() => {
      this.reloading = undefined;
    });
    return this.reloading;
  }

  private async reloadOnce(): Promise<void> {
    const all: Task[] = [];
    try {
      for (;;) {
        const page = await this.tasks(all.length);
        all.push(...page.tasks);
        if (page.tasks.length === 0 || all.length >= page.total) break;
      }
    } catch {
      return; // The poll goes on, and the next reason to reload comes.
    }
    batch(() => {
      this.book.replace(all);
      this.whole.value = true;
    });
  }

  private async loadFrom(offset: number): Promise<void> {
    for (let at = offset; !this.abort.signal.aborted; ) {
      const page = await this.tasks(at);
      this.book.add(page.tasks);
      at += page.tasks.length;
      if (page.tasks.length === 0 || at >= page.total) break;
    }
    this.whole.value = true;
  }

  private follow(): void {
    this.poll?.stop();
    this.poll = createPoll<TaskResults>({
      load: (abort) => this.ask(abort),
      outlook: (results) => {
        const unfinished = results.summary.pending + results.summary.processing > 0;
        if (!unfinished) return { final: true };
        if (isAtRest(results.state)) return { adviceMs: restingPollMs };
        const tasks = this.book.ids.peek().flatMap((id) => this.book.task(id)?.peek() ?? []);
        return { dueAt: results.summary.processing > 0 ? Date.now() : nextDue(tasks, Date.now()), adviceMs: results.pollAfterMs };
      },
      ...(this.world.poll ? { world: this.world.poll } : {}),
    });
    if (this.stops.length > 0) return;
    this.stops.push(
      this.world.events.on('task', (result) => {
        if (result.generationId !== this.id) return;
        this.arrived.push(result);
        this.flushTimer ??= setTimeout(() => this.flush(), 50);
      }),
      this.world.events.on('generation', (generation) => {
        if (generation.id !== this.id) return;
        this.update(generation);
        this.refreshSoon();
      }),
    );
  }

  private async ask(abort: AbortSignal): Promise<TaskResults | undefined> {
    const asked = performance.now();
    const answer = await this.world.api.getIfChanged<TaskResults>(this.resultsUrl({ since: this.cursor ?? '' }), this.etag, { signal: abort });
    if (answer === undefined) return undefined;
    const { value } = answer;
    // A tag belongs to its address, and a new cursor is a new address.
    this.etag = value.cursor === this.cursor ? answer.etag : null;
    this.cursor = value.cursor;
    this.take(value, asked);
    return value;
  }

  private take(results: TaskResults, asked: number): void {
    const news = Object.values(results.results).filter((result) => (this.changedAt.get(result.taskId) ?? 0) <= asked);
    const unknown = batch(() => {
      const missing = this.book.apply(news);
      const generation = this.known.peek();
      if (generation) {
        const { summary, state, sending, eta, problem } = results;
        this.update({ ...generation, summary, state, sending, eta, problem });
      }
      return missing;
    });
    if (this.whole.peek() && (unknown.length > 0 || results.summary.total !== this.book.size)) void this.reload();
  }

  private update(next: Generation): void {
    const before = this.known.peek();
    this.known.value = next;
    // Sent tasks have messages now, finished ones sizes and costs: results tell neither.
    const sent = before?.sending?.active === true && next.sending?.active !== true;
    const finished = before !== undefined && !isAtRest(before.state) && isAtRest(next.state);
    if (sent || finished) void this.reload();
  }

  private flush(): void {
    this.flushTimer = undefined;
    const results = this.arrived;
    this.arrived = [];
    const at = performance.now();
    for (const { taskId } of results) this.changedAt.set(taskId, at);
    this.book.apply(results);
    this.refreshSoon();
  }

  private refreshSoon(): void {
    this.refreshTimer ??= setTimeout(() => {
      this.refreshTimer = undefined;
      void this.poll?.refresh();
    }, eventRefreshMs);
  }

  private get<T>(path: string): Promise<T> {
    return this.world.api.get<T>(`/api/generations/${encodeURIComponent(this.id)}${path}`, { signal: this.abort.signal });
  }

  private tasks(offset: number): Promise<{ tasks: Task[]; total: number }> {
    return this.get(`/tasks?offset=${offset}&limit=${tasksPage}`);
  }

  private resultsUrl(query: Record<string, string>): string {
    return `/api/task-results?${new URLSearchParams({ generationId: this.id, ...query })}`;
  }
}
