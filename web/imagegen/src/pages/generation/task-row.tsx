import { CopyValue, copyText, formatBytes, formatDuration, formatMoney, Icon, Menu, toast, toastError, type MenuItem } from '@godwit/kit';
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import type { Task } from '../../api/contract';
import { router } from '../../app';
import { t } from '../../i18n';
import type { GenerationActions } from './actions';
import { DueText, errorText, TaskBadge } from './phrases';
import { taskActionsOf } from './state';

async function copyPrompt(prompt: string): Promise<void> {
  if (await copyText(prompt)) toast(t('generation.copied'));
  else toastError(t('generation.copyFailed'));
}

function menuOfTask(task: Task, actions: GenerationActions): MenuItem[] {
  const can = taskActionsOf(task);
  return [
    ...(can.retry ? [{ label: t('generation.taskRetryNow'), icon: 'retry' as const, run: () => void actions.task(task, 'retry') }] : []),
    ...(can.cancel ? [{ label: t('generation.taskCancel'), icon: 'stop' as const, run: () => void actions.task(task, 'cancel') }] : []),
    ...(can.fail ? [{ label: t('generation.taskFail'), icon: 'error' as const, run: () => void actions.task(task, 'fail') }] : []),
    ...(task.messageUrl ? [{ label: t('generation.taskOpen'), icon: 'external' as const, href: task.messageUrl, external: true }] : []),
    { label: t('generation.copyPrompt'), icon: 'copy', run: () => void copyPrompt(task.prompt) },
    {
      label: t('generation.taskUse'),
      icon: 'settings',
      run: () => void router.go(router.href('newGeneration', {}, { generation: task.generationId, task: task.taskId })),
    },
    ...(can.remove
      ? (['separator', { label: t('generation.taskDelete'), icon: 'trash', danger: true, run: () => void actions.deleteTask(task) }] as MenuItem[])
      : []),
  ];
}

function Thumb({ task, onOpen }: { task: Task; onOpen: () => void }): JSX.Element {
  if (task.thumbUrl && task.image) {
    return (
      <button type="button" class="task-thumb" onClick={onOpen} aria-label={t('generation.openImage')}>
        <img src={task.thumbUrl} alt="" loading="lazy" decoding="async" width={48} height={48} />
      </button>
    );
  }
  return (
    <span class={`task-thumb task-thumb-${task.status}`} data-tip={task.status === 'done' ? t('generation.imageDeleted') : undefined}>
      {task.status === 'failed' && <Icon name="error" />}
      {task.status === 'canceled' && <Icon name="close" />}
      {task.status === 'pending' && <Icon name="clock" />}
    </span>
  );
}

function Fact({ label, children }: { label: string; children: JSX.Element | string }): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Details({ task }: { task: Task }): JSX.Element {
  const { image, error } = task;
  return (
    <div class="task-details">
      <dl class="fact-list">
        {Object.entries(task.variant).map(([name, value]) => (
          <Fact key={name} label={name}>
            {value}
          </Fact>
        ))}
        {task.seed !== null && <Fact label={t('generation.seedLabel')}>{String(task.seed)}</Fact>}
        {image && image.width > 0 && (
          <Fact label={t('generation.sizeLabel')}>{`${image.width} × ${image.height} · ${formatBytes(image.bytes)}`}</Fact>
        )}
        {task.costUsd !== null && task.costUsd > 0 && <Fact label={t('generation.costLabel')}>{formatMoney(task.costUsd)}</Fact>}
        {task.messageId && (
          <Fact label={t('generation.messageLabel')}>
            <>
              <CopyValue value={task.messageId} />{' '}
              {task.messageUrl && (
                <a href={task.messageUrl} target="_blank" rel="noopener noreferrer">
                  {t('generation.taskOpen')}
                </a>
              )}
            </>
          </Fact>
        )}
      </dl>
      {error && (
        <div class="task-error">
          <p class="text-danger">{errorText(error)}</p>
          {error.detail && (
            <>
              <p class="text-faint text-small">
                {t('generation.providerSaid')}
                {error.httpStatus !== null && ` · HTTP ${error.httpStatus}`}
              </p>
              <pre class="task-detail">{error.detail}</pre>
            </>
          )}
        </div>
      )}
    </div>
  );
}

interface TaskRowProps {
  task: ReadonlySignal<Task>;
  open: boolean;
  onToggle: () => void;
  onImage: (taskId: string) => void;
  actions: GenerationActions;
}

/** A task in the list. It follows its own signal: news of others leave it alone. */
export function TaskRow({ task: source, open, onToggle, onImage, actions }: TaskRowProps): JSX.Element {
  const task = source.value;
  const failedNow = task.error !== null && task.status !== 'done' && task.status !== 'canceled';
  return (
    <div class={`task${open ? ' task-open' : ''}`} data-testid="task" data-status={task.status}>
      <div class="task-row">
        <span class="task-index numeric">{task.index + 1}</span>
        <Thumb task={task} onOpen={() => onImage(task.taskId)} />
        <button type="button" class="task-text" aria-expanded={open} onClick={onToggle} aria-label={`${t('generation.taskNumber', { number: task.index + 1 })}: ${task.prompt}`}>
          <span class={open ? 'task-prompt' : failedNow ? 'task-prompt clip' : 'task-prompt clip-2'}>{task.prompt}</span>
          {failedNow && !open && task.error && <span class="task-fault clip">{errorText(task.error)}</span>}
        </button>
        <span class="task-state">
          <TaskBadge task={task} />
          <span class="task-when">
            <DueText task={source} />
          </span>
        </span>
        <span class="task-attempt numeric" data-tip={t('generation.attemptLabel')}>
          {task.attempt > 0 && t('generation.attempt', { attempt: task.attempt, max: task.maxAttempts })}
        </span>
        <span class="task-took numeric" data-tip={t('generation.durationLabel')}>
          {task.durationMs !== null && formatDuration(task.durationMs)}
        </span>
        <Menu items={menuOfTask(task, actions)} />
      </div>
      {open && <Details task={task} />}
    </div>
  );
}
