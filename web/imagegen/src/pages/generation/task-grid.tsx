import { Icon } from '@godwit/kit';
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import type { Task } from '../../api/contract';
import { t } from '../../i18n';
import { VirtualGrid } from '../gallery/grid';
import { Picture } from '../gallery/picture';
import type { TaskBook } from './book';
import { DueText, errorText, TaskBadge } from './phrases';

/** A task as a picture, or as the place where its picture will stand. */
function TaskTile({ source, onOpen }: { source: ReadonlySignal<Task>; onOpen: (taskId: string) => void }): JSX.Element {
  const task = source.value;
  if (task.thumbUrl && task.image) {
    return (
      <button type="button" class="tile" onClick={() => onOpen(task.taskId)} aria-label={task.prompt} data-testid="tile-done">
        <Picture src={task.thumbUrl} />
        {task.starred && (
          <span class="tile-star">
            <Icon name="star" size={14} filled />
          </span>
        )}
      </button>
    );
  }
  return (
    <div class={`tile tile-empty tile-${task.status}`} data-tip={task.error && task.status === 'failed' ? errorText(task.error) : task.prompt} data-testid="tile-empty">
      <span class="tile-number numeric">{task.index + 1}</span>
      <TaskBadge task={task} />
      <span class="tile-when">
        <DueText task={source} />
      </span>
    </div>
  );
}

interface TaskGridProps {
  book: TaskBook;
  ids: readonly string[];
  ratio: number;
  onOpen: (taskId: string) => void;
}

/** Every task has its place from the beginning: pictures appear where they belong, and nothing moves. */
export function TaskGrid({ book, ids, ratio, onOpen }: TaskGridProps): JSX.Element {
  const phone = typeof innerWidth === 'number' && innerWidth < 640;
  return (
    <VirtualGrid
      label={t('generation.imageGrid')}
      count={ids.length}
      shape={{ gap: phone ? 8 : 12, cellMin: phone ? 150 : ratio > 1.2 ? 220 : 176, ratio, caption: 0 }}
      keyOf={(position) => ids[position] ?? position}
      version={ids}
    >
      {(position) => {
        const task = book.task(ids[position] ?? '');
        return task && <TaskTile source={task} onOpen={onOpen} />;
      }}
    </VirtualGrid>
  );
}
