import { Icon } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

export interface SuggestInputProps {
  label: string;
  name: string;
  value: string;
  suggestions: readonly string[];
  error?: string | undefined;
  hint?: ComponentChildren;
  optional?: string | undefined; // the word for it
  placeholder?: string;
  aside?: ComponentChildren;
  onChange: (value: string) => void;
  onBlur: () => void;
}

/** A text for which there are known values: they are offered, and any other may be written. */
export function SuggestInput({ label, name, value, suggestions, error, hint, optional, placeholder, aside, onChange, onBlur }: SuggestInputProps): JSX.Element {
  const id = useId();
  const described = [hint ? `${id}h` : '', error ? `${id}e` : ''].filter(Boolean).join(' ');
  return (
    <div class={`field${error ? ' field-invalid' : ''}`} data-field={name}>
      <div class="field-head">
        <label class="field-label" for={id}>
          {label}
          {optional !== undefined && <span class="field-optional">{optional}</span>}
        </label>
        {aside}
      </div>
      <input
        id={id}
        class="input input-mono"
        name={name}
        list={`${id}l`}
        value={value}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={error !== undefined}
        aria-describedby={described || undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
        onBlur={onBlur}
      />
      <datalist id={`${id}l`}>
        {suggestions.map((suggestion) => (
          <option key={suggestion} value={suggestion} />
        ))}
      </datalist>
      {error && (
        <p class="field-error" id={`${id}e`}>
          <Icon name="error" size={14} />
          <span>{error}</span>
        </p>
      )}
      {hint && (
        <p class="field-hint" id={`${id}h`}>
          {hint}
        </p>
      )}
    </div>
  );
}
