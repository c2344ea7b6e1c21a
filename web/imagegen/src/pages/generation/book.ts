// The tasks of one generation. Each is a signal of its own: an answer that changes three of 20,000
// tasks draws three rows again, and nothing else.

import { batch, signal, type ReadonlySignal, type Signal } from '@preact/signals';

import type { Task, TaskResult, TaskStatus } from '../../api/contract';

/** Which tasks a list shows. */
export type TaskFilter = 'all' | TaskStatus;

/** The image of a result is known by its address only; its sizes come with the next full reading. */
function imageOf(task: Task, result: TaskResult): Task['image'] {
  if (result.imageUrl === null) return null;
  const id = result.imageUrl.split('/').pop() ?? '';
  return task.image?.id === id ? task.image : { id, mime: '', width: 0, height: 0, bytes: 0 };
}

function sameError(a: TaskResult['error'], b: TaskResult['error']): boolean {
  return a === b || (a !== null && b !== null && a.code === b.code && a.at === b.at && a.detail === b.detail);
}

/** `task` with the news of `result`; the same object when there are none. */
export function mergeResult(task: Task, result: TaskResult): Task {
  const same =
    task.status === result.status &&
    task.phase === result.phase &&
    task.attempt === result.attempt &&
    task.maxAttempts === result.maxAttempts &&
    task.dueAt === result.dueAt &&
    task.startedAt === result.startedAt &&
    task.completedAt === result.completedAt &&
    task.durationMs === result.durationMs &&
    task.imageUrl === result.imageUrl &&
    task.thumbUrl === result.thumbUrl &&
    sameError(task.error, result.error);
  if (same) return task;
  return { ...task, ...result, index: task.index, image: imageOf(task, result) };
}

export class TaskBook {
  private readonly tasks = new Map<string, Signal<Task>>();
  private readonly order = signal<readonly string[]>([]);
  private readonly changes = signal(0);

  /** The ids by index. */
  get ids(): ReadonlySignal<readonly string[]> {
    return this.order;
  }

  /** Grows whenever a task changes its status, comes or goes: what lists by status depend on. */
  get revision(): ReadonlySignal<number> {
    return this.changes;
  }

  get size(): number {
    return this.tasks.size;
  }

  task(id: string): ReadonlySignal<Task> | undefined {
    return this.tasks.get(id);
  }

  /** Adds tasks, or puts them in place of those with the same ids. */
  add(tasks: readonly Task[]): void {
    batch(() => {
      let added = false;
      for (const task of tasks) {
        const known = this.tasks.get(task.taskId);
        if (known) known.value = task;
        else {
          this.tasks.set(task.taskId, signal(task));
          added = true;
        }
      }
      if (added) this.sort();
      this.changes.value += 1;
    });
  }

  /** Takes `tasks` for all there are. */
  replace(tasks: readonly Task[]): void {
    const present = new Set(tasks.map((task) => task.taskId));
    batch(() => {
      for (const id of [...this.tasks.keys()]) if (!present.has(id)) this.tasks.delete(id);
      this.add(tasks);
      this.sort();
    });
  }

  /** Merges results; returns the ids of those that are not in the book. */
  apply(results: Iterable<TaskResult>): string[] {
    const unknown: string[] = [];
    batch(() => {
      let moved = false;
      for (const result of results) {
        const known = this.tasks.get(result.taskId);
        if (!known) {
          unknown.push(result.taskId);
          continue;
        }
        const before = known.peek();
        const after = mergeResult(before, result);
        if (after === before) continue;
        moved ||= after.status !== before.status || after.phase !== before.phase || after.imageUrl !== before.imageUrl;
        known.value = after;
      }
      if (moved) this.changes.value += 1;
    });
    return unknown;
  }

  /** Changes what only this page knows first, such as a star. */
  patch(id: string, change: Partial<Task>): void {
    const known = this.tasks.get(id);
    if (!known) return;
    batch(() => {
      known.value = { ...known.peek(), ...change };
      if ('image' in change) this.changes.value += 1;
    });
  }

  remove(id: string): void {
    if (!this.tasks.delete(id)) return;
    batch(() => {
      this.sort();
      this.changes.value += 1;
    });
  }

  /** The ids that `filter` shows, by index. Reads without subscribing: depend on `revision`. */
  select(filter: TaskFilter): readonly string[] {
    const ids = this.order.peek();
    return filter === 'all' ? ids : ids.filter((id) => this.tasks.get(id)?.peek().status === filter);
  }

  /** The tasks that have an image, by index. Depend on `revision`. */
  withImage(): Task[] {
    const found: Task[] = [];
    for (const id of this.order.peek()) {
      const task = this.tasks.get(id)?.peek();
      if (task?.image) found.push(task);
    }
    return found;
  }

  /** How many were never handed over. Depend on `revision`. */
  drafts(): number {
    let count = 0;
    for (const task of this.tasks.values()) if (task.peek().phase === 'draft') count += 1;
    return count;
  }

  private sort(): void {
    const index = (id: string): number => this.tasks.get(id)?.peek().index ?? 0;
    this.order.value = [...this.tasks.keys()].sort((a, b) => index(a) - index(b));
  }
}
