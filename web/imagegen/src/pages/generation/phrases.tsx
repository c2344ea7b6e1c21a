import { Badge, formatClock, formatRelative, now } from '@godwit/kit';
import { useComputed, type ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import type { Task, TaskError } from '../../api/contract';
import { describe } from '../../app';
import { t } from '../../i18n';
import { statusPhrase, type Phrase } from './state';

/** A phrase in the reader's language. */
export function say(phrase: Phrase): string {
  return t.find(`generation.${phrase.key}`, phrase.parameters) ?? phrase.key;
}

/** "at 14:05" today, "on 25 Nov, 14:05" otherwise. */
export function whenText(at: number, seenFrom: number): string {
  const time = formatClock(at, seenFrom);
  return time === formatClock(at, at) ? t('generation.atTime', { time }) : t('generation.onDay', { time });
}

const clock = (at: number): string => whenText(at, now.peek());

/** The state of a task, with the time it waits for. */
export function TaskBadge({ task }: { task: Task }): JSX.Element {
  const phrase = statusPhrase(task, clock);
  return (
    <Badge tone={phrase.tone} pulse={phrase.active}>
      {say(phrase)}
    </Badge>
  );
}

/** "in 12 min": changes with the clock, without drawing the row again. */
export function DueText({ task }: { task: ReadonlySignal<Task> }): JSX.Element {
  const text = useComputed(() => {
    const { status, phase, dueAt } = task.value;
    // What the limit holds back has no time of its own.
    if (status !== 'pending' || phase === 'waiting_limit' || dueAt === null) return '';
    // What is overdue is due now: it was said when, beside this.
    return formatRelative(Math.max(Date.parse(dueAt), now.value), now.value);
  });
  return <>{text}</>;
}

/** An error as a sentence; the provider's text stays for the details. */
export function errorText(error: TaskError): string {
  const text = describe({ code: error.code, message: error.message });
  // Our sentence may want figures that a task's error does not bring.
  return /\{\w+\}/.test(text) ? error.message : text;
}
