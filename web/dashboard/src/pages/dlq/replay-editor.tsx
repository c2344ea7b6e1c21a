import { Button, Callout, formatBytes, Row, Select, TextArea, TextInput, toast, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { DeadLetterDetail } from '../../api/contract';
import { api, describeError, router } from '../../app';
import { t } from '../../i18n';
import { HeaderLines } from '../resources/header-lines';
import { changing } from '../resources/may';
import { methods } from '../schedules/editor';
import { DiffView } from './diff-view';
import { bodyLock, changesOf, draftOf, faultOf, hiddenNames, isCutShort, isHidden, replayRequest, type Draft } from './edit';

/** A dead letter to be sent again, as it was or repaired, with what changes in sight. */
export function ReplayEditor({ letter }: { letter: DeadLetterDetail }): JSX.Element {
  const [original, setOriginal] = useState<Draft>(() => draftOf(letter));
  const [draft, setDraft] = useState<Draft>(original);
  const [whole, setWhole] = useState(!isCutShort(letter.body));
  const [busy, setBusy] = useState(false);
  const lock = bodyLock(letter.body);
  const changes = changesOf(original, draft);
  const fault = faultOf(original, draft);
  const headerFault =
    fault === 'header'
      ? t('resources.faultHeader')
      : fault === 'headerValue'
        ? t('resources.faultHeaderValue')
        : fault === 'hidden'
          ? t('dlq.faultHidden', { names: hiddenNames(original, draft).join(', ') })
          : undefined;
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const loadBody = async (): Promise<void> => {
    setBusy(true);
    try {
      const text = await api.getText(`/admin/v1/messages/${encodeURIComponent(letter.id)}/body`);
      const full = draftOf(letter, text);
      setOriginal(full);
      set({ body: full.body });
      setWhole(true);
    } catch (error) {
      toastError(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  const send = async (): Promise<void> => {
    if (fault !== null) return;
    setBusy(true);
    try {
      const { messageId } = await api.post<{ messageId: string }>(`/admin/v1/dead-letters/${encodeURIComponent(letter.deadLetter)}/replay`, replayRequest(original, draft));
      toast(t('dlq.sent'), { action: { label: t('dlq.showMessage'), run: () => void router.go(router.href('message', { id: messageId })) } });
      void router.go(router.href('message', { id: messageId }));
    } catch (error) {
      toastError(describeError(error));
      setBusy(false);
    }
  };
  const lockText = lock === null ? null : { redacted: t('dlq.lockRedacted'), binary: t('dlq.lockBinary'), cut: t('dlq.lockCut') }[lock];
  return (
    <section class="res-block" aria-labelledby="edit-title">
      <div class="res-head">
        <h2 id="edit-title">{t('dlq.editTitle')}</h2>
      </div>
      <p class="text-soft">{t('dlq.editLead')}</p>
      <div class="replay">
        <div class="stack">
          <div class="fields-url">
            <Select label={t('dlq.editMethod')} value={draft.method} options={methods.map((method) => ({ value: method as string, label: method }))} onChange={(method) => set({ method })} name="method" />
            <TextInput label={t('dlq.editUrl')} mono value={draft.url} error={fault === 'url' ? t('resources.faultUrl') : undefined} onChange={(url) => set({ url })} name="url" />
          </div>
          <HeaderLines
            label={t('dlq.editHeaders')}
            lines={draft.headers}
            error={headerFault}
            {...(letter.headers.some(isHidden) ? { hint: t('dlq.editHidden') } : {})}
            onChange={(headers) => set({ headers })}
          />
          {lockText !== null ? (
            <Callout tone="neutral">{lockText}</Callout>
          ) : whole ? (
            <TextArea label={t('dlq.editBody')} mono rows={8} value={draft.body ?? ''} onChange={(body) => set({ body })} name="body" />
          ) : (
            <div>
              <Button busy={busy} onClick={() => void loadBody()}>
                {t('dlq.loadBody', { size: formatBytes(letter.body.bytes) })}
              </Button>
            </div>
          )}
        </div>
        <div class="stack replay-side">
          <h3 class="res-title">{t('dlq.diffTitle')}</h3>
          <DiffView changes={changes} />
          <Row>
            <Button variant="primary" icon="retry" busy={busy} {...(fault === null ? changing() : { disabled: true })} onClick={() => void send()} testId="letter-replay">
              {changes.length === 0 ? t('dlq.sendAsWas') : t('dlq.sendChanged')}
            </Button>
            {changes.length > 0 && (
              <Button variant="ghost" onClick={() => setDraft(original)}>
                {t('dlq.undoChanges')}
              </Button>
            )}
          </Row>
        </div>
      </div>
    </section>
  );
}
