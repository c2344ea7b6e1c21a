import { Icon, Menu } from '@godwit/kit';
import type { JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';

import type { Parameter } from '../../api/contract';
import { t } from '../../i18n';
import { Highlight } from './highlight';

export interface TemplateInputProps {
  value: string;
  parameters: readonly Parameter[];
  error: string | undefined;
  onChange: (value: string) => void;
}

/** The prompt's text. A copy behind the text carries the marks, so both wrap at the same places. */
export function TemplateInput({ value, parameters, error, onChange }: TemplateInputProps): JSX.Element {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const insert = (name: string): void => {
    const element = area.current;
    if (!element) return;
    element.focus();
    element.setRangeText(`{{${name}}}`, element.selectionStart, element.selectionEnd, 'end');
    onChange(element.value);
  };
  return (
    <div class={`field${error ? ' field-invalid' : ''}`} data-field="content">
      <div class="field-head">
        <label class="field-label" for={id}>
          {t('prompts.content')}
        </label>
        <Menu
          label={t('prompts.insertParameter')}
          icon="parameters"
          variant="ghost"
          size="small"
          items={
            parameters.length === 0
              ? [{ label: t('prompts.noneToInsert'), disabled: true, run: () => undefined }]
              : parameters.map((parameter) => ({
                  label: parameter.name,
                  hint: String(parameter.values.length),
                  run: () => insert(parameter.name),
                }))
          }
        >
          {t('prompts.insertParameter')}
        </Menu>
      </div>
      <div class="template">
        <div class="template-marks" aria-hidden="true">
          <Highlight template={value} known={(name) => parameters.some((parameter) => parameter.name === name)} />
          {'\n'}
        </div>
        <textarea
          ref={area}
          id={id}
          class="template-text"
          name="content"
          rows={5}
          value={value}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}h${error ? ` ${id}e` : ''}`}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      {error && (
        <p class="field-error" id={`${id}e`}>
          <Icon name="error" size={14} />
          <span>{error}</span>
        </p>
      )}
      <p class="field-hint" id={`${id}h`}>
        {t('prompts.contentHint')}
      </p>
    </div>
  );
}
