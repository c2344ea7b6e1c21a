import { Button, Callout, Dialog, problemOf, Rich, Segmented, Stack, TextArea, toast, type ProblemLike } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import type { Prompt, PromptImport } from '../../api/contract';
import { api, describe } from '../../app';
import { t } from '../../i18n';

const bytesMax = 1_000_000;

/** Prompts from a list or a table, pasted or from a file. */
export function ImportDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }): JSX.Element {
  const [format, setFormat] = useState<PromptImport['format']>('text');
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ProblemLike | null>(null);
  const file = useRef<HTMLInputElement>(null);

  const read = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    if (chosen.size > bytesMax) {
      setProblem({ code: 'too_large', message: t('prompts.importTooLarge') });
      return;
    }
    setProblem(null);
    if (/\.csv$/i.test(chosen.name)) setFormat('csv');
    setText(await chosen.text());
  };
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      const { prompts } = await api.post<{ prompts: Prompt[] }>('/api/prompts/import', { format, text });
      toast(t('prompts.imported', { count: prompts.length }));
      onDone();
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t('prompts.importTitle')}
      onClose={onClose}
      testId="import-prompts"
      actions={
        <Button variant="primary" busy={busy} disabled={text.trim() === ''} onClick={() => void run()}>
          {t('prompts.importRun')}
        </Button>
      }
    >
      <Stack>
        <div class="row">
          <Segmented
            label={t('prompts.importFormat')}
            value={format}
            onChange={setFormat}
            options={[
              { value: 'text', label: t('prompts.importText') },
              { value: 'csv', label: t('prompts.importCsv') },
            ]}
          />
          <Button icon="upload" onClick={() => file.current?.click()}>
            {t('prompts.importFile')}
          </Button>
          <input
            ref={file}
            class="visually-hidden"
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            tabIndex={-1}
            aria-label={t('prompts.importFile')}
            onChange={(event) => void read(event.currentTarget.files?.[0])}
          />
        </div>
        <TextArea
          label={t('prompts.importContent')}
          hint={<Rich text={format === 'csv' ? t('prompts.importCsvHint') : t('prompts.importTextHint')} />}
          rows={8}
          mono={format === 'csv'}
          value={text}
          onChange={setText}
        />
        {problem && (
          <Callout tone="danger" live title={describe(problem)}>
            {problem.detail}
          </Callout>
        )}
      </Stack>
    </Dialog>
  );
}
