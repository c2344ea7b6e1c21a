import { Button, Callout, EmptyState, formatBytes, LinkButton, PageHead, Skeleton, TextArea, TextInput, toast, toastError, useDebounced, usePoll, useTitle } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { Catcher, SignatureReport } from '../../api/contract';
import { api, describeError, router } from '../../app';
import { t } from '../../i18n';
import { LoadFailed } from '../../shell/problems';
import { BodyField } from './body-field';
import { newestCaught, nothingPasted, questionOf, type Pasted, type Question } from './question';
import { ReportView } from './report-view';

/** The answer to one question. Times pass, so it can be asked again. */
function Answer({ question }: { question: Question }): JSX.Element {
  const poll = usePoll<SignatureReport>(JSON.stringify(question), {
    load: (signal) => api.post<SignatureReport>('/admin/v1/signature/check', question, { signal }),
    outlook: () => ({ final: true }),
  });
  const [busy, setBusy] = useState(false);
  // The answer before stays in sight until the next one is there.
  const last = useRef<{ report: SignatureReport; question: Question } | null>(null);
  if (poll.value.value !== undefined) last.current = { report: poll.value.value, question };
  if (last.current === null || poll.error.value !== undefined) return poll.error.value === undefined ? <Skeleton lines={6} height="row" /> : <LoadFailed error={poll.error.value} retry={() => poll.refresh()} />;
  return (
    <ReportView
      {...last.current}
      actions={
        <Button
          size="small"
          icon="retry"
          busy={busy}
          onClick={() => {
            setBusy(true);
            void poll.refresh().finally(() => setBusy(false));
          }}
        >
          {t('signature.again')}
        </Button>
      }
    />
  );
}

/** Every check of a signature, explained. What is pasted lives in this page's memory alone. */
export function SignaturePage(): JSX.Element {
  useTitle(t('signature.title'));
  const [pasted, setPasted] = useState<Pasted>(nothingPasted);
  const [taking, setTaking] = useState(false);
  const [note, setNote] = useState<{ kind: 'none'; url: string } | { kind: 'unsigned' } | { kind: 'cut'; kept: number; bytes: number } | null>(null);
  const set = (change: Partial<Pasted>): void => {
    setPasted((before) => ({ ...before, ...change }));
    setNote(null);
  };
  const settled = useDebounced(pasted, 350).value;
  const question = questionOf(settled);
  const take = async (): Promise<void> => {
    setTaking(true);
    try {
      const catcher = await api.get<Catcher>('/admin/v1/catcher');
      const caught = newestCaught(catcher);
      if (caught.kind === 'none') setNote({ kind: 'none', url: catcher.url });
      else if (caught.kind === 'unsigned') setNote({ kind: 'unsigned' });
      else {
        setPasted(caught.pasted);
        setNote(caught.cut === null ? null : { kind: 'cut', ...caught.cut });
        toast(t('signature.taken'));
      }
    } catch (error) {
      toastError(describeError(error));
    } finally {
      setTaking(false);
    }
  };
  const empty = JSON.stringify(pasted) === JSON.stringify(nothingPasted);
  return (
    <>
      <PageHead
        title={t('signature.title')}
        actions={
          <>
            <Button variant="ghost" icon="trash" disabled={empty} onClick={() => set(nothingPasted)}>
              {t('signature.clear')}
            </Button>
            <Button icon="download" busy={taking} onClick={() => void take()} testId="signature-take">
              {t('signature.take')}
            </Button>
          </>
        }
      >
        {t('signature.lead')}
      </PageHead>
      <div class="signature">
        <div class="stack">
          {note?.kind === 'none' && (
            <Callout tone="neutral" live actions={<LinkButton size="small" href={router.href('builder', {}, { url: note.url, body: '{"hello": "world"}' })}>{t('signature.takeSend')}</LinkButton>}>
              {t('signature.takeNone')}
            </Callout>
          )}
          {note?.kind === 'unsigned' && (
            <Callout tone="warning" live>
              {t('signature.takeUnsigned')}
            </Callout>
          )}
          {note?.kind === 'cut' && (
            <Callout tone="warning" live>
              {t('signature.takeCut', { kept: formatBytes(note.kept), bytes: formatBytes(note.bytes) })}
            </Callout>
          )}
          <TextArea label={t('signature.jwt')} hint={t('signature.jwtHint')} name="signature" mono rows={5} placeholder="eyJ…" value={pasted.signature} onChange={(signature) => set({ signature })} />
          <TextInput label={t('signature.url')} hint={t('signature.urlHint')} name="url" mono optional placeholder="https://example.com/hook" value={pasted.url} onChange={(url) => set({ url })} />
          <BodyField pasted={pasted} set={set} />
          <p class="field-hint">{t('signature.private')}</p>
        </div>
        <section aria-label={t('signature.resultTitle')}>
          {question === null ? (
            <EmptyState compact icon="key" title={t('signature.emptyTitle')}>
              {t('signature.emptyText')}
            </EmptyState>
          ) : (
            <Answer question={question} />
          )}
        </section>
      </div>
    </>
  );
}
