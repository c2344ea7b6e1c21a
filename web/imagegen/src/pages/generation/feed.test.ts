import type { PollWorld } from '@godwit/kit';
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Generation, GenerationState, Task, TaskResult, TaskResults } from '../../api/contract';
import { GenerationFeed } from './feed';

function task(index: number, change: Partial<Task> = {}): Task {
  return {
    taskId: `tsk_${index}`, generationId: 'gen_1', index, status: 'pending', phase: 'queued', imageUrl: null, thumbUrl: null, error: null,
    attempt: 0, maxAttempts: 4, dueAt: null, startedAt: null, completedAt: null, durationMs: null, prompt: `p${index}`, variant: {},
    seed: null, messageId: null, messageUrl: null, image: null, costUsd: null, starred: false, ...change,
  };
}

/** A server with one generation, and a clock that the test turns. */
class Server implements PollWorld {
  tasks: Task[];
  state: GenerationState = 'running';
  revision = 1;
  readonly asked: string[] = [];
  private readonly revisions = new Map<string, number>();
  private readonly handlers: { task?: (result: TaskResult) => void; generation?: (generation: Generation) => void } = {};
  private timers: (() => void)[] = [];
  /** Delays answers to polls until it is called. */
  hold: Promise<void> | null = null;

  constructor(count: number) {
    this.tasks = Array.from({ length: count }, (_, index) => task(index));
  }

  change(index: number, change: Partial<Task>): void {
    this.revision += 1;
    this.tasks = this.tasks.map((known) => (known.index === index ? { ...known, ...change } : known));
    this.revisions.set(`tsk_${index}`, this.revision);
  }

  remove(index: number): void {
    this.tasks = this.tasks.filter((known) => known.index !== index);
  }

  emit(index: number): void {
    const found = this.tasks.find((known) => known.index === index);
    if (found) this.handlers.task?.(found);
  }

  summary(): TaskResults['summary'] {
    const summary = { pending: 0, processing: 0, done: 0, failed: 0, canceled: 0, total: this.tasks.length };
    for (const { status } of this.tasks) summary[status] += 1;
    return summary;
  }

  generation(): Generation {
    return { id: 'gen_1', name: 'G', state: this.state, summary: this.summary(), sending: null, eta: null, problem: null } as unknown as Generation;
  }

  results(url: string): TaskResults {
    const query = new URLSearchParams(url.split('?')[1]);
    const since = Number(query.get('since') ?? 0);
    const ids = query.get('taskIds')?.split(',');
    const changed = this.tasks.filter(({ taskId }) => (this.revisions.get(taskId) ?? 1) > since && (!ids || ids.includes(taskId)));
    return {
      results: Object.fromEntries(changed.map((result) => [result.taskId, result])),
      summary: this.summary(), state: this.state, sending: null, eta: null, problem: null, cursor: String(this.revision), pollAfterMs: 5000,
    };
  }

  readonly api = {
    get: async <T,>(url: string): Promise<T> => {
      this.asked.push(url);
      if (url.startsWith('/api/task-results')) return this.results(url) as T;
      const page = /\/tasks\?offset=(\d+)&limit=(\d+)/.exec(url);
      if (!page) return this.generation() as T;
      const offset = Number(page[1]);
      return { tasks: this.tasks.slice(offset, offset + Number(page[2])), total: this.tasks.length } as T;
    },
    getIfChanged: async <T,>(url: string): Promise<{ value: T; etag: string | null }> => {
      this.asked.push(url);
      const value = this.results(url) as T;
      if (this.hold) await this.hold;
      return { value, etag: null };
    },
  };

  readonly events = {
    on: (name: string, handler: (payload: never) => void): (() => void) => {
      Object.assign(this.handlers, { [name]: handler });
      return () => {};
    },
  };

  now = (): number => Date.now();
  hidden = (): boolean => false;
  onVisible = (): (() => void) => () => {};
  later = (callback: () => void): (() => void) => {
    this.timers.push(callback);
    return () => {
      this.timers = this.timers.filter((timer) => timer !== callback);
    };
  };

  get waiting(): number {
    return this.timers.length;
  }

  /** Lets the next poll come. */
  async tick(): Promise<void> {
    const timers = this.timers;
    this.timers = [];
    for (const timer of timers) timer();
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function open(server: Server): Promise<GenerationFeed> {
  const feed = new GenerationFeed('gen_1', { api: server.api, events: server.events as never, poll: server });
  await feed.start();
  await settle();
  return feed;
}

test('the page asks for what has changed only, from the moment before it read the tasks', async () => {
  const server = new Server(3);
  const feed = await open(server);
  assert.match(server.asked[0] ?? '', /task-results.*taskIds=-/);
  server.change(1, { status: 'done', phase: '', imageUrl: '/images/img_1', thumbUrl: '/images/img_1/thumb' });
  await server.tick();
  assert.equal(feed.book.task('tsk_1')?.value.status, 'done');
  assert.equal(feed.generation.value?.summary.done, 1);
  await server.tick();
  assert.match(server.asked.at(-1) ?? '', /since=2/);
  feed.stop();
});

test('polling stops when all tasks are final', async () => {
  const server = new Server(1);
  const feed = await open(server);
  assert.equal(server.waiting, 1);
  server.change(0, { status: 'done', phase: '' });
  server.state = 'finished';
  await server.tick();
  assert.equal(server.waiting, 0);
  feed.stop();
});

test('more tasks than a page holds are all read', async () => {
  const server = new Server(4500);
  const feed = await open(server);
  await settle();
  assert.equal(feed.complete.value, true);
  assert.equal(feed.book.size, 4500);
  feed.stop();
});

test('an event is faster than a poll, and a late answer to an earlier question does not undo it', async () => {
  const server = new Server(1);
  const feed = await open(server);
  server.change(0, { status: 'processing', phase: 'generating' });
  let release = (): void => {};
  server.hold = new Promise((resolve) => (release = resolve));
  const late = server.tick(); // Asked, and answered with "processing", but the answer is on its way.
  server.change(0, { status: 'done', phase: '' });
  server.emit(0);
  await until(() => feed.book.task('tsk_0')?.value.status === 'done');
  server.hold = null;
  release();
  await late;
  await settle();
  assert.equal(feed.book.task('tsk_0')?.value.status, 'done');
  feed.stop();
});

test('tasks that others delete leave the page', async () => {
  const server = new Server(3);
  const feed = await open(server);
  server.remove(1);
  await server.tick();
  await settle();
  assert.deepEqual(feed.book.ids.value, ['tsk_0', 'tsk_2']);
  feed.stop();
});

test('a finished generation is read once more: results do not tell sizes and costs', async () => {
  const server = new Server(1);
  const feed = await open(server);
  server.change(0, { status: 'done', phase: '', imageUrl: '/images/img_1', image: { id: 'img_1', mime: 'image/png', width: 8, height: 8, bytes: 9 }, costUsd: 0.5 });
  server.state = 'finished';
  await server.tick();
  await settle();
  assert.equal(feed.book.task('tsk_0')?.value.costUsd, 0.5);
  feed.stop();
});
