import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';

import { texts } from '../../texts';
import { Button, IconButton } from '../controls/button';
import { TextInput } from '../controls/field';

export interface DialogProps {
  title: ComponentChildren;
  children: ComponentChildren;
  onClose: () => void;
  /** Buttons of the bottom line, the main one last. */
  actions?: ComponentChildren;
  size?: 'small' | 'medium' | 'large' | 'full';
  /** A press beside the dialog closes it; not for dialogs in which something is written. */
  lightDismiss?: boolean;
  /** The page's shortcuts act while it is open: it has some of its own. */
  shortcuts?: boolean;
  testId?: string;
}

/** What marked itself by focusAtFirst, else the first field, else the safest button. */
function firstTarget(dialog: HTMLElement): HTMLElement | null {
  const wishes = ['[data-first]', '.dialog-body :is(input, textarea, select):not([type="file"])', '.dialog-actions .button-primary', '.dialog-actions .button'];
  for (const wish of wishes) {
    const found = dialog.querySelector<HTMLElement>(wish);
    if (found) return found;
  }
  return null;
}

/** A modal dialog for as long as it is rendered. The browser traps the focus and gives it back. */
export function Dialog({ title, children, onClose, actions, size = 'medium', lightDismiss = false, shortcuts = false, testId }: DialogProps): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog?.showModal();
    // The browser would focus the closing cross: go to what the dialog is for.
    if (dialog) firstTarget(dialog)?.focus();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={`dialog dialog-${size}`}
      aria-labelledby={titleId}
      data-testid={testId}
      {...(shortcuts ? { 'data-shortcuts': '' } : {})}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (lightDismiss && event.target === element.current) onClose();
      }}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 class="dialog-title" id={titleId}>
            {title}
          </h2>
          <IconButton icon="close" label={texts('kit.close')} onClick={onClose} />
        </header>
        <div class="dialog-body">{children}</div>
        {actions && <footer class="dialog-actions">{actions}</footer>}
      </div>
    </dialog>
  );
}

export interface Question {
  title: string;
  text?: ComponentChildren;
  /** What the main button says: the verb, not "OK". */
  action: string;
  cancel?: string;
  danger?: boolean;
  /** Something to write beside the answer. */
  input?: { label: string; value: string };
}

interface Asked extends Question {
  draft: string;
  answer: (value: string | null) => void;
}

const asked = signal<readonly Asked[]>([]);

function ask(question: Question): Promise<string | null> {
  return new Promise((resolve) => {
    const entry: Asked = {
      ...question,
      draft: question.input?.value ?? '',
      answer: (value) => {
        asked.value = asked.peek().filter((other) => other !== current());
        resolve(value);
      },
    };
    const current = (): Asked | undefined => asked.peek().find((other) => other.answer === entry.answer);
    asked.value = [...asked.peek(), entry];
  });
}

/** Asks before something that cannot be undone; true when the reader agrees. */
export async function confirm(question: Question): Promise<boolean> {
  return (await ask(question)) !== null;
}

/** Asks for one line of text; null when the reader cancels. */
export function promptText(question: Question & { input: { label: string; value: string } }): Promise<string | null> {
  return ask(question);
}

/** Where questions appear; the shell has one. */
export function Questions(): JSX.Element {
  return (
    <>
      {asked.value.map((question, index) => (
        <Dialog
          key={index}
          size="small"
          title={question.title}
          onClose={() => question.answer(null)}
          testId="question"
          actions={
            <>
              <Button onClick={() => question.answer(null)}>{question.cancel ?? texts('kit.cancel')}</Button>
              <Button variant={question.danger ? 'danger' : 'primary'} onClick={() => question.answer(question.draft)} testId="question-confirm">
                {question.action}
              </Button>
            </>
          }
        >
          {question.text && <div class="question-text">{question.text}</div>}
          {question.input && (
            <TextInput
              label={question.input.label}
              value={question.draft}
              autoFocus
              onChange={(draft) => {
                asked.value = asked.peek().map((other) => (other.answer === question.answer ? { ...other, draft } : other));
              }}
              onEnter={() => question.answer(question.draft)}
            />
          )}
        </Dialog>
      ))}
    </>
  );
}
