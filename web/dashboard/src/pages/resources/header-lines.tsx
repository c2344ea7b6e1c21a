import { Button, IconButton } from '@godwit/kit';
import type { JSX } from 'preact';

import type { HeaderLine } from '../../api/contract';
import { t } from '../../i18n';

export interface HeaderLinesProps {
  label: string;
  lines: readonly HeaderLine[];
  onChange: (lines: readonly HeaderLine[]) => void;
  error?: string | undefined;
  hint?: string;
  name?: string;
}

/** Headers to write: a name and a value in each line. */
export function HeaderLines({ label, lines, onChange, error, hint, name }: HeaderLinesProps): JSX.Element {
  const set = (index: number, change: Partial<HeaderLine>): void => {
    onChange(lines.map((line, place) => (place === index ? { ...line, ...change } : line)));
  };
  return (
    <fieldset class="header-lines" data-field={name}>
      <legend class="field-label">{label}</legend>
      {lines.map((line, index) => (
        <div key={index} class="header-line">
          <input
            class="input input-mono"
            aria-label={t('resources.headerName')}
            aria-invalid={error !== undefined}
            placeholder={t('resources.headerName')}
            value={line.name}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set(index, { name: event.currentTarget.value })}
          />
          <input
            class="input input-mono"
            aria-label={t('resources.headerValue')}
            placeholder={t('resources.headerValue')}
            value={line.value}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set(index, { value: event.currentTarget.value })}
          />
          <IconButton icon="trash" label={t('resources.headerRemove')} onClick={() => onChange(lines.filter((_, place) => place !== index))} />
        </div>
      ))}
      {error && <p class="field-error">{error}</p>}
      {hint && <p class="field-hint">{hint}</p>}
      <div>
        <Button size="small" variant="ghost" icon="plus" onClick={() => onChange([...lines, { name: '', value: '' }])}>
          {t('resources.headerAdd')}
        </Button>
      </div>
    </fieldset>
  );
}
