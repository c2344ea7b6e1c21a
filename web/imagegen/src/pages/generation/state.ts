// What a generation's state allows, and what its texts say. Pure: signals and requests are elsewhere.

import type { Generation, GenerationState, Summary, Task } from '../../api/contract';

export type Tone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';

/** A text's key in the module `generation`, with what fills it. */
export interface Phrase {
  key: string;
  parameters?: Record<string, string | number>;
}

type Judged = Pick<Task, 'status' | 'phase' | 'attempt' | 'maxAttempts' | 'dueAt'>;

export interface StatusPhrase extends Phrase {
  tone: Tone;
  /** Something happens right now: the badge may move. */
  active: boolean;
}

/** The badge of a task. `clock` writes a moment as the reader's time of day. */
export function statusPhrase(task: Judged, clock: (at: number) => string): StatusPhrase {
  const due = task.dueAt === null ? null : Date.parse(task.dueAt);
  const said = (key: string, tone: Tone, active = false, parameters?: Phrase['parameters']): StatusPhrase => ({ key, tone, active, parameters });
  switch (task.status) {
    case 'pending':
      if (task.phase === 'waiting_limit') return said('taskWaitingLimit', 'warning');
      if (task.phase === 'retry_wait') {
        const retry = Math.max(1, task.attempt);
        const retries = Math.max(retry, task.maxAttempts - 1);
        return due === null
          ? said('taskRetry', 'warning', false, { retry, retries })
          : said('taskRetryAt', 'warning', false, { retry, retries, time: clock(due) });
      }
      if (task.phase === 'queued') return due === null ? said('taskQueued', 'info') : said('taskQueuedAt', 'info', false, { time: clock(due) });
      return said('taskDraft', 'neutral');
    case 'processing':
      return said(task.phase === 'saving' ? 'taskSaving' : 'taskGenerating', 'info', true);
    case 'done':
      return said('taskDone', 'success');
    case 'failed':
      return said('taskFailed', 'danger');
    case 'canceled':
      return said('taskCanceled', 'neutral');
  }
}

export function stateTone(state: GenerationState): Tone {
  switch (state) {
    case 'ready':
      return 'neutral';
    case 'scheduled':
    case 'sending':
    case 'running':
      return 'info';
    case 'paused':
      return 'warning';
    case 'finished':
      return 'success';
    case 'finished_with_errors':
      return 'danger';
  }
}

/** Nothing will happen until somebody acts. */
export function isAtRest(state: GenerationState): boolean {
  return state === 'ready' || state === 'finished' || state === 'finished_with_errors';
}

export type ActionName = 'start' | 'sendRest' | 'stop' | 'pause' | 'resume' | 'retryFailed' | 'replan' | 'clear' | 'zip';

/** What can be done now. */
export function actionsOf(generation: Pick<Generation, 'state' | 'summary' | 'sending'>): ReadonlySet<ActionName> {
  const { state, summary, sending } = generation;
  const actions = new Set<ActionName>();
  const unsent = sending !== null && !sending.active && sending.problem !== null && sending.sent < sending.total;
  if (unsent && summary.pending > 0) actions.add('sendRest');
  else if ((state === 'ready' || state === 'scheduled') && summary.pending > 0) actions.add('start');
  if (state === 'scheduled' || state === 'sending' || state === 'running' || state === 'paused') actions.add('stop');
  if (state === 'sending' || state === 'running') actions.add('pause');
  if (state === 'paused') actions.add('resume');
  if (summary.failed > 0) actions.add('retryFailed');
  if (summary.pending > 0) actions.add('replan');
  if (summary.done + summary.failed + summary.canceled > 0) actions.add('clear');
  if (summary.done > 0) actions.add('zip');
  return actions;
}

export interface TaskActions {
  retry: boolean;
  cancel: boolean;
  fail: boolean;
  remove: boolean;
}

export function taskActionsOf(task: Pick<Task, 'status' | 'phase'>): TaskActions {
  return {
    retry: task.status === 'failed' || task.status === 'canceled',
    cancel: task.status === 'pending',
    fail: task.status === 'processing' || (task.status === 'pending' && task.phase !== 'draft'),
    remove: task.status !== 'processing',
  };
}

/** Shares of the whole, for the progress bar; of 0..1 each. */
export interface Shares {
  done: number;
  failed: number;
  canceled: number;
  processing: number;
}

export function sharesOf(summary: Summary): Shares {
  const share = (count: number): number => (summary.total === 0 ? 0 : count / summary.total);
  return { done: share(summary.done), failed: share(summary.failed), canceled: share(summary.canceled), processing: share(summary.processing) };
}

export interface EtaFormats {
  clock: (at: number) => string;
  relative: (at: number) => string;
}

/** When all will be there, and what sets the pace; null when nothing is on its way. */
export function etaPhrase(eta: Generation['eta'], state: GenerationState, formats: EtaFormats): Phrase | null {
  if (eta === null || isAtRest(state)) return null;
  const at = Date.parse(eta.at);
  if (!Number.isFinite(at)) return null;
  return {
    key: eta.bottleneck === 'limit' ? 'etaLimit' : 'etaGeneration',
    parameters: { time: formats.clock(at), left: formats.relative(at) },
  };
}

/** The moment the next pending task is due, in milliseconds since 1970; null when none has one. */
export function nextDue(tasks: Iterable<Pick<Task, 'status' | 'dueAt'>>, now: number): number | null {
  let next: number | null = null;
  for (const task of tasks) {
    if (task.status !== 'pending' || task.dueAt === null) continue;
    const due = Date.parse(task.dueAt);
    // Long overdue ones wait for their limit: they do not make the page hurry.
    if (due > now - 10_000 && (next === null || due < next)) next = due;
  }
  return next;
}
