import { Button, Dialog, Select, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { t } from '../../i18n';
import { columnCount, isTableFile, promptColumn, promptsOfColumn, readTable, tidyPrompts, type Table } from './import';

const fileBytesMax = 2_000_000;
const shownMax = 8;

interface Opened {
  name: string;
  table: Table | null; // null: a prompt a line
  text: string;
}

async function read(file: File): Promise<Opened | null> {
  if (file.size > fileBytesMax) {
    toastError(t('generationForm.importTooBig'));
    return null;
  }
  try {
    const text = await file.text();
    return { name: file.name, text, table: isTableFile(file.name) ? readTable(text) : null };
  } catch {
    toastError(t('generationForm.importUnreadable'));
    return null;
  }
}

interface ImportButtonProps {
  /** There are prompts already: they may be kept. */
  hasPrompts: boolean;
  onImport: (prompts: readonly string[], how: 'append' | 'replace') => void;
}

/** Reads a text or a table from the reader's disk, and shows what it found before it is taken. */
export function ImportButton({ hasPrompts, onImport }: ImportButtonProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-hidden="true"
        accept=".csv,.tsv,.txt,.md,text/plain,text/csv"
        data-testid="import-file"
        onChange={(event) => {
          const { currentTarget } = event;
          const file = currentTarget.files?.[0];
          if (file) void read(file).then(setOpened);
          currentTarget.value = '';
        }}
      />
      <Button size="small" variant="ghost" icon="upload" onClick={() => input.current?.click()}>
        {t('generationForm.import')}
      </Button>
      {opened && (
        <ImportDialog
          opened={opened}
          hasPrompts={hasPrompts}
          onClose={() => setOpened(null)}
          onImport={(prompts, how) => {
            setOpened(null);
            onImport(prompts, how);
          }}
        />
      )}
    </>
  );
}

function ImportDialog({ opened, hasPrompts, onClose, onImport }: ImportButtonProps & { opened: Opened; onClose: () => void }): JSX.Element {
  const { table } = opened;
  const [column, setColumn] = useState(() => (table ? promptColumn(table) : 0));
  const prompts = table ? promptsOfColumn(table, column) : tidyPrompts(opened.text.split('\n'));
  const columns = table ? columnCount(table) : 0;
  const none = prompts.length === 0;
  return (
    <Dialog
      title={t('generationForm.importTitle')}
      onClose={onClose}
      testId="import-dialog"
      actions={
        hasPrompts ? (
          <>
            <Button disabled={none} onClick={() => onImport(prompts, 'replace')}>
              {t('generationForm.importReplace')}
            </Button>
            <Button variant="primary" disabled={none} onClick={() => onImport(prompts, 'append')}>
              {t('generationForm.importAppend')}
            </Button>
          </>
        ) : (
          <Button variant="primary" disabled={none} onClick={() => onImport(prompts, 'replace')}>
            {t('generationForm.importUse')}
          </Button>
        )
      }
    >
      <div class="stack">
        <p class="text-soft clip">{opened.name}</p>
        {table && columns > 1 && (
          <Select
            label={t('generationForm.importColumn')}
            value={String(column)}
            onChange={(value) => setColumn(Number(value))}
            options={Array.from({ length: columns }, (_, index) => ({
              value: String(index),
              label: table.header?.[index]?.trim() || t('generationForm.importColumnNumber', { number: index + 1 }),
            }))}
          />
        )}
        {none ? (
          <p>{t('generationForm.importNothing')}</p>
        ) : (
          <div>
            <p class="field-label">{t('generationForm.importFound', { count: prompts.length })}</p>
            <ol class="sample-list">
              {prompts.slice(0, shownMax).map((prompt, index) => (
                <li key={index}>
                  <span class="clip-2">{prompt}</span>
                </li>
              ))}
            </ol>
            {prompts.length > shownMax && (
              <p class="text-faint text-small">{t('generationForm.importMore', { count: prompts.length - shownMax })}</p>
            )}
          </div>
        )}
      </div>
    </Dialog>
  );
}
