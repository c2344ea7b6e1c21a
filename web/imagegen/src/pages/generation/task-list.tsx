import { VirtualList } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { t } from '../../i18n';
import { Still } from '../gallery/still';
import type { GenerationActions } from './actions';
import type { TaskBook } from './book';
import { TaskRow } from './task-row';

interface TaskListProps {
  book: TaskBook;
  ids: readonly string[];
  actions: GenerationActions;
  onImage: (taskId: string) => void;
}

/** The tasks as rows; only those in sight are in the document. */
export function TaskList({ book, ids, actions, onImage }: TaskListProps): JSX.Element {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const latest = useRef<(id: string) => void>(() => {});
  latest.current = (id) => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  return (
    <div class="task-list">
      <VirtualList label={t('generation.taskList')} items={ids} keyOf={(id) => id} estimateHeight={65}>
        {(id) => {
          const task = book.task(id);
          return (
            task && (
              <Still of={[task, open.has(id)]}>
                {() => <TaskRow task={task} open={open.has(id)} onToggle={() => latest.current(id)} onImage={onImage} actions={actions} />}
              </Still>
            )
          );
        }}
      </VirtualList>
    </div>
  );
}
