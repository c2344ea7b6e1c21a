// What the buttons of a generation do: one at a time, with the questions before and the words after.

import { ApiError, confirm, problemOf, toast, toastError, type MenuItem } from '@godwit/kit';
import { signal, type ReadonlySignal } from '@preact/signals';

import type { Generation, Task } from '../../api/contract';
import { api, describeError, router, status } from '../../app';
import { t } from '../../i18n';
import { deleteGeneration } from '../generations/delete';
import type { GenerationFeed } from './feed';
import type { ActionName } from './state';

export type Running = ActionName | 'duplicate' | 'delete' | 'reconcile';
/** Why «Запустить» sent nothing: W1, W2. */
export type StartWarning = 'qstash_token_missing' | 'gemini_key_missing';
export type ClearWhat = 'done' | 'failed' | 'canceled' | 'all';

function isStartWarning(code: string): code is StartWarning {
  return code === 'qstash_token_missing' || code === 'gemini_key_missing';
}

export class GenerationActions {
  private readonly under = signal<Running | null>(null);
  /** What is under way. */
  readonly running: ReadonlySignal<Running | null> = this.under;
  readonly warning = signal<StartWarning | null>(null);
  readonly ratePlan = signal(false); // the dialog of a new rate is open

  constructor(private readonly feed: GenerationFeed) {}

  async start(mode?: 'broker' | 'local'): Promise<void> {
    // Known already: nothing needs to be asked.
    const known = status().value.peek();
    const localByChoice = known?.localProcessing === true && !known.keys.qstashToken;
    const chosen = mode ?? (localByChoice ? 'local' : 'broker');
    if (chosen === 'broker' && known && !known.keys.qstashToken) {
      this.warning.value = 'qstash_token_missing';
      return;
    }
    await this.change('start', 'start', { mode: chosen }, (problem) => {
      if (isStartWarning(problem.code)) this.warning.value = problem.code;
      return isStartWarning(problem.code);
    });
  }

  async startLocally(): Promise<void> {
    this.warning.value = null;
    await this.start('local');
  }

  async stop(): Promise<void> {
    const generation = this.feed.generation.peek();
    if (!generation) return;
    const agreed = await confirm({
      title: t('generation.stopTitle', { name: generation.name }),
      text: t('generation.stopText', { draft: t('generation.taskDraft'), start: t('generation.start') }),
      action: t('generation.stop'),
    });
    if (agreed) await this.change('stop', 'stop');
  }

  pause = (): Promise<boolean> => this.change('pause', 'pause');
  resume = (): Promise<boolean> => this.change('resume', 'resume');
  retryFailed = (): Promise<boolean> =>
    this.change('retryFailed', 'retry-failed', {}, (problem) => {
      if (isStartWarning(problem.code)) this.warning.value = problem.code;
      return isStartWarning(problem.code);
    });

  async reconcile(): Promise<void> {
    if (await this.change('reconcile', 'reconcile')) toast(t('generation.reconciled'));
  }

  async replan(rateLimit: number): Promise<void> {
    if (!(await this.change('replan', 'replan', { rateLimit }))) return;
    this.ratePlan.value = false;
    toast(t('generation.rateChanged', { rate: rateLimit }));
  }

  async clear(what: ClearWhat): Promise<void> {
    const summary = this.feed.generation.peek()?.summary;
    if (!summary) return;
    const agreed = await confirm({
      title: t('generation.clearTitle'),
      text: t('generation.clearText', { count: what === 'all' ? summary.total : summary[what] }),
      action: t('generation.delete'),
      danger: true,
    });
    if (agreed && (await this.change('clear', 'clear', { status: what }))) await this.feed.reload();
  }

  async duplicate(): Promise<void> {
    const id = this.feed.generation.peek()?.id;
    if (id === undefined) return;
    await this.once('duplicate', async () => {
      const copy = await api.post<Generation>(`/api/generations/${id}/duplicate`);
      await router.go(router.href('generation', { id: copy.id }));
    });
  }

  async delete(): Promise<void> {
    const generation = this.feed.generation.peek();
    if (generation && (await deleteGeneration(generation))) await router.go(router.href('generations'));
  }

  async task(task: Task, action: 'retry' | 'cancel' | 'fail'): Promise<void> {
    try {
      this.feed.acceptTask(await api.post<Task>(`/api/tasks/${task.taskId}/${action}`));
    } catch (error) {
      const problem = problemOf(error);
      if (isStartWarning(problem.code)) this.warning.value = problem.code;
      else toastError(describeError(error));
    }
  }

  async deleteTask(task: Task): Promise<void> {
    const agreed = await confirm({
      title: t('generation.taskDeleteTitle', { number: task.index + 1 }),
      text: task.image ? t('generation.taskDeleteText') : t('generation.taskDeletePlain'),
      action: t('generation.taskDelete'),
      danger: true,
    });
    if (!agreed) return;
    try {
      await api.delete(`/api/tasks/${task.taskId}`);
      this.feed.removeTask(task.taskId);
    } catch (error) {
      toastError(describeError(error));
    }
  }

  /** True when it went well. A second press while something is under way does nothing. */
  private async change(
    name: Running,
    path: string,
    body: object = {},
    explained: (problem: { code: string }) => boolean = () => false,
  ): Promise<boolean> {
    const id = this.feed.generation.peek()?.id;
    if (id === undefined) return false;
    return this.once(
      name,
      async () => this.feed.accept(await api.post<Generation>(`/api/generations/${id}/${path}`, body)),
      explained,
    );
  }

  private async once(name: Running, work: () => Promise<void>, explained: (problem: { code: string }) => boolean = () => false): Promise<boolean> {
    if (this.under.peek() !== null) return false;
    this.under.value = name;
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof ApiError && explained(error.problem)) return false;
      if (problemOf(error).code === 'nothing_pending') toast(t('generation.nothingPending'), { tone: 'info' });
      else toastError(describeError(error));
      return false;
    } finally {
      this.under.value = null;
    }
  }
}

/** The menu of a generation: what is wanted less often than its buttons. */
export function menuOf(generation: Generation, offered: ReadonlySet<ActionName>, actions: GenerationActions): MenuItem[] {
  const { id, summary } = generation;
  const clears: MenuItem[] = [
    ...(summary.failed > 0 ? [{ label: t('generation.clearFailed'), run: () => void actions.clear('failed') }] : []),
    ...(summary.canceled > 0 ? [{ label: t('generation.clearCanceled'), run: () => void actions.clear('canceled') }] : []),
    ...(summary.done > 0 ? [{ label: t('generation.clearDone'), run: () => void actions.clear('done') }] : []),
    ...(offered.has('clear') ? [{ label: t('generation.clearAll'), run: () => void actions.clear('all') }] : []),
  ];
  return [
    ...(offered.has('replan') ? [{ label: t('generation.changeRate'), icon: 'clock' as const, run: () => (actions.ratePlan.value = true) }] : []),
    { label: t('generation.duplicate'), icon: 'copy', run: () => void actions.duplicate() },
    { label: t('generation.useSettings'), icon: 'settings', run: () => void router.go(router.href('newGeneration', {}, { generation: id })) },
    { label: t('generation.gallery'), icon: 'gallery', href: router.href('gallery', {}, { generation: id }) },
    ...(generation.consoleUrl
      ? [{ label: t('generation.openMessages'), icon: 'external' as const, href: generation.consoleUrl, external: true }]
      : []),
    ...(generation.mode === 'broker' && generation.startedAt
      ? [{ label: t('generation.reconcile'), icon: 'retry' as const, run: () => void actions.reconcile() }]
      : []),
    ...(clears.length > 0 ? (['separator', ...clears] as MenuItem[]) : []),
    'separator',
    { label: t('generation.delete'), icon: 'trash', danger: true, run: () => void actions.delete() },
  ];
}
