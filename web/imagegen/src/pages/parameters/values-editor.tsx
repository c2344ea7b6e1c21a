import { Button, Icon, IconButton, Segmented, TextArea } from '@godwit/kit';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { t } from '../../i18n';
import { cleaned, countDuplicates, moved, splitAtCommas, splitValues, withoutDuplicates } from './values';

export interface ValuesEditorProps {
  values: readonly string[];
  error: string | undefined;
  onChange: (values: readonly string[]) => void;
}

/** Above this many rows writing is quicker as text. */
const listMax = 200;

function ValueRows({ values, onChange }: Pick<ValuesEditorProps, 'values' | 'onChange'>): JSX.Element {
  const box = useRef<HTMLUListElement>(null);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const rows = values.length === 0 ? [''] : values;
  // The row to focus may only come with the next drawing; it must be there for the next key.
  const wanted = useRef<number | null>(null);
  const focusWanted = (): void => {
    const input = wanted.current === null ? undefined : box.current?.querySelectorAll<HTMLInputElement>('.value-input')[wanted.current];
    if (!input) return;
    input.focus();
    wanted.current = null;
  };
  useLayoutEffect(focusWanted);
  const focus = (index: number): void => {
    wanted.current = index;
    focusWanted();
  };
  const replace = (index: number, parts: readonly string[]): void => {
    onChange([...rows.slice(0, index), ...parts, ...rows.slice(index + 1)]);
  };
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= rows.length) return;
    onChange(moved(rows, from, to));
    focus(to);
  };
  return (
    <>
      <ul ref={box} class="value-rows" aria-label={t('parameters.values')}>
        {rows.map((value, index) => (
          <li
            key={index}
            class={`value-row${over === index && dragged !== null && dragged !== index ? (dragged < index ? ' value-after' : ' value-before') : ''}${dragged === index ? ' value-dragged' : ''}`}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(index);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== null) onChange(moved(rows, dragged, index));
              setDragged(null);
              setOver(null);
            }}
          >
            <span
              class="value-handle"
              draggable
              data-tip={t('parameters.dragHint')}
              onDragStart={(event) => {
                event.dataTransfer?.setData('text/plain', value);
                setDragged(index);
              }}
              onDragEnd={() => {
                setDragged(null);
                setOver(null);
              }}
            >
              <Icon name="drag" />
            </span>
            <input
              class="value-input"
              value={value}
              aria-label={`${t('parameters.values')} ${index + 1}`}
              placeholder={index === rows.length - 1 ? t('parameters.valuePlaceholder') : ''}
              maxLength={500}
              onInput={(event) => replace(index, [event.currentTarget.value])}
              onPaste={(event) => {
                const parts = splitValues(event.clipboardData?.getData('text/plain') ?? '');
                if (parts.length < 2) return;
                event.preventDefault();
                replace(index, value.trim() === '' ? parts : [value, ...parts]);
                focus(index + parts.length - 1);
              }}
              onKeyDown={(event) => {
                if (event.code === 'Enter') {
                  event.preventDefault();
                  replace(index, [value, '']);
                  focus(index + 1);
                } else if (event.code === 'Backspace' && value === '' && rows.length > 1) {
                  event.preventDefault();
                  replace(index, []);
                  focus(Math.max(0, index - 1));
                } else if (event.altKey && (event.code === 'ArrowUp' || event.code === 'ArrowDown')) {
                  event.preventDefault();
                  move(index, index + (event.code === 'ArrowUp' ? -1 : 1));
                } else if (event.code === 'ArrowUp' && index > 0) {
                  event.preventDefault();
                  focus(index - 1);
                } else if (event.code === 'ArrowDown' && index < rows.length - 1) {
                  event.preventDefault();
                  focus(index + 1);
                }
              }}
            />
            <span class="value-buttons">
              <IconButton icon="arrowUp" label={t('parameters.moveUp')} disabled={index === 0} onClick={() => move(index, index - 1)} />
              <IconButton icon="arrowDown" label={t('parameters.moveDown')} disabled={index === rows.length - 1} onClick={() => move(index, index + 1)} />
            </span>
            <IconButton
              icon="close"
              label={t('parameters.remove', { value })}
              onClick={() => {
                replace(index, []);
                focus(Math.min(index, rows.length - 2));
              }}
            />
          </li>
        ))}
      </ul>
      <div class="row">
        <Button
          variant="ghost"
          size="small"
          icon="plus"
          onClick={() => {
            onChange([...rows, '']);
            focus(rows.length);
          }}
        >
          {t('parameters.add')}
        </Button>
      </div>
    </>
  );
}

/** A list of values, as rows to arrange or as a text of lines. */
export function ValuesEditor({ values, error, onChange }: ValuesEditorProps): JSX.Element {
  const [view, setView] = useState<'list' | 'text'>(values.length > listMax ? 'text' : 'list');
  const count = cleaned(values).length;
  const duplicates = countDuplicates(values);
  const commas = values.some((value) => /[,;]/.test(value));
  return (
    <div class={`field${error ? ' field-invalid' : ''}`} data-field="values">
      <div class="field-head">
        <span class="field-label">
          {t('parameters.values')}
          <span class="field-optional">{t('parameters.valueCount', { count })}</span>
        </span>
        <Segmented
          label={t('parameters.values')}
          value={view}
          onChange={setView}
          options={[
            { value: 'list', label: t('parameters.viewList') },
            { value: 'text', label: t('parameters.viewText') },
          ]}
        />
      </div>
      {view === 'list' ? (
        <ValueRows values={values} onChange={onChange} />
      ) : (
        <TextArea
          label={t('parameters.values')}
          hideLabel
          hint={t('parameters.textHint')}
          rows={10}
          value={values.join('\n')}
          onChange={(text) => onChange(text.split('\n'))}
        />
      )}
      {error && (
        <p class="field-error" tabIndex={-1} aria-invalid="true">
          <Icon name="error" size={14} />
          <span>{error}</span>
        </p>
      )}
      <div class="row">
        {duplicates > 0 && (
          <Button size="small" onClick={() => onChange(withoutDuplicates(values))}>
            {t('parameters.dedupe', { count: duplicates })}
          </Button>
        )}
        {commas && (
          <Button size="small" onClick={() => onChange(values.flatMap(splitAtCommas))}>
            {t('parameters.splitCommas')}
          </Button>
        )}
        {count > 2 && (
          <Button size="small" variant="ghost" onClick={() => onChange(cleaned(values).sort((a, b) => a.localeCompare(b)))}>
            {t('parameters.sort')}
          </Button>
        )}
      </div>
    </div>
  );
}
