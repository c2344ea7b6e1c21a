import { ApiError, Button, confirm, CopyButton, copyText, Dialog, Menu, now, Rich, toast, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { MessageDetail } from '../../api/contract';
import { v2 } from '../../api/v2';
import { describeError } from '../../app';
import type { CodeLanguage } from '../../code/publish-code';
import { t } from '../../i18n';
import { changing } from '../resources/may';
import { codeOf } from './publish-again';

type Living = Pick<MessageDetail, 'id' | 'waiting' | 'queue'>;

/** Why its attempt cannot be moved to now; null when it can. */
export function runNowHindrance({ waiting, queue }: Living): string | null {
  if (waiting === null) return t('message.runNowEnded');
  if (waiting.reason === 'canceling') return t('message.runNowCanceling');
  if (waiting.reason === 'active') return t('message.runNowActive');
  if (queue !== null) return t('message.runNowQueue');
  return waiting.reason === 'time' || waiting.reason === 'retry' ? null : t('message.runNowHeld');
}

/** Does not fail: tells what came of it. True when it was done. */
export async function runNow(message: Living): Promise<boolean> {
  try {
    await v2.send('POST', `/v2/messages/${encodeURIComponent(message.id)}/retry`);
    toast(t('message.runNowDone'));
    return true;
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 0;
    // Between what the page knew and the press an attempt may have begun, or the message have ended.
    if (status === 409 || status === 400) toastError(message.queue === null ? t('message.runNowActive') : t('message.runNowQueue'));
    else toastError(status === 404 ? t('message.runNowEnded') : describeError(error));
    return false;
  }
}

export async function cancelMessage({ id }: Living): Promise<boolean> {
  const agreed = await confirm({ title: t('message.cancelTitle'), text: t('message.cancelText'), action: t('message.cancelAction'), cancel: t('message.cancelKeep'), danger: true });
  if (!agreed) return false;
  try {
    await v2.send('DELETE', `/v2/messages/${encodeURIComponent(id)}`);
    toast(t('message.canceled'));
  } catch (error) {
    toastError(error instanceof ApiError && error.status === 404 ? t('message.canceledLate') : describeError(error));
  }
  return true;
}

const languages = { copyCurl: 'curl', copyJavascript: 'javascript', copyPython: 'python', copyCli: 'cli', copyHttp: 'http' } as const satisfies Record<string, CodeLanguage>;
type Code = keyof typeof languages;

/** Code that publishes the message again, into the clipboard and to look at. */
export function CopyAs({ message, anchor }: { message: MessageDetail; anchor: { current: HTMLSpanElement | null } }): JSX.Element {
  const [shown, setShown] = useState<{ name: string; text: string } | null>(null);
  const copy = async (code: Code): Promise<void> => {
    const name = t(`message.${code}`);
    const text = codeOf(languages[code], message, location.origin, now.peek());
    // Where the browser refuses the clipboard, the code is there to be selected.
    if (await copyText(text)) toast(t('message.copied', { what: name }), { action: { label: t('message.copiedShow'), run: () => setShown({ name, text }) } });
    else setShown({ name, text });
  };
  const item = (code: Code): { label: string; run: () => void } => ({ label: t(`message.${code}`), run: () => void copy(code) });
  const copyId = async (): Promise<void> => {
    if (await copyText(message.id)) toast(t('message.copied', { what: message.id }));
    else setShown({ name: t('message.copyId'), text: message.id });
  };
  return (
    <span ref={anchor}>
      <Menu icon="copy" testId="copy-as" items={[item('copyCurl'), item('copyJavascript'), item('copyPython'), item('copyCli'), item('copyHttp'), 'separator', { label: t('message.copyId'), run: () => void copyId() }]}>
        {t('message.copyAs')}
      </Menu>
      {shown && (
        <Dialog size="large" title={t('message.codeTitle', { what: shown.name })} lightDismiss onClose={() => setShown(null)} actions={<CopyButton wide text={shown.text} />}>
          <div class="stack stack-small">
            <pre class="code-block code-shown" tabIndex={0}>
              {shown.text}
            </pre>
            <p class="text-small text-soft">
              <Rich text={t('message.codeToken')} />
            </p>
          </div>
        </Dialog>
      )}
    </span>
  );
}

/** What can be done with a message that lives; `done` reads it again. */
export function LivingActions({ message, done }: { message: Living; done: () => void }): JSX.Element | null {
  const busy = useRef(false);
  const [running, setRunning] = useState(false);
  if (message.waiting === null) return null;
  const hindrance = runNowHindrance(message);
  const may = changing();
  const run = async (act: (message: Living) => Promise<boolean>): Promise<void> => {
    if (busy.current) return;
    busy.current = true;
    setRunning(true);
    try {
      await act(message);
    } finally {
      busy.current = false;
      setRunning(false);
      done();
    }
  };
  return (
    <>
      <Button
        variant="primary"
        icon="bolt"
        {...(may.disabled ? may : hindrance === null ? { keys: 'KeyR' } : { disabled: true, tip: hindrance })}
        busy={running}
        onClick={() => void run(runNow)}
        testId="run-now"
      >
        {t('message.runNow')}
      </Button>
      <Button
        icon="stop"
        {...(may.disabled ? may : message.waiting.reason === 'canceling' ? { disabled: true, tip: t('message.runNowCanceling') } : {})}
        onClick={() => void run(cancelMessage)}
        testId="cancel"
      >
        {t('message.cancel')}
      </Button>
    </>
  );
}
