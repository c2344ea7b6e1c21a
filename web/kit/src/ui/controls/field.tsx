// Every input brings its label, hint and error, and is controlled: `value` in, `onChange` out.

import type { ComponentChildren, JSX } from 'preact';
import { useId, useState } from 'preact/hooks';

import { texts } from '../../texts';
import { Icon } from '../display/icons';

export interface FieldFrame {
  label: ComponentChildren;
  /** Keeps the label for screen readers only, where the place says it already. */
  hideLabel?: boolean;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  optional?: boolean;
  disabled?: boolean;
  /** The name by which the server's problems point to it. */
  name?: string;
  /** What stands beside the input: a Check button, a unit. */
  after?: ComponentChildren;
  /** What stands beside the label. */
  aside?: ComponentChildren;
  /** Below hint and error: the result of a check. */
  below?: ComponentChildren;
  autoFocus?: boolean;
}

/** A reference that focuses what appears, also in a dialog that is only opening. It is one function,
 *  so it acts once for each element. */
export function focusAtFirst(element: HTMLElement | null): void {
  element?.setAttribute('data-first', '');
  element?.focus();
}

interface Wiring {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
}

/** Label, input, error and hint in their order; for the kit's own inputs. */
export function Frame({ frame, children }: { frame: FieldFrame; children: (wiring: Wiring) => ComponentChildren }): JSX.Element {
  const id = useId();
  const error = frame.error ?? null;
  const described = [frame.hint ? `${id}h` : '', error ? `${id}e` : ''].filter(Boolean).join(' ');
  return (
    <div class={`field${error ? ' field-invalid' : ''}`} data-field={frame.name}>
      <div class={frame.hideLabel ? 'visually-hidden' : 'field-head'}>
        <label class="field-label" for={id}>
          {frame.label}
          {frame.optional && <span class="field-optional">{texts('kit.optional')}</span>}
        </label>
        {frame.aside}
      </div>
      <div class="field-row">
        {children({ id, describedBy: described || undefined, invalid: error !== null })}
        {frame.after}
      </div>
      {error && (
        <p class="field-error" id={`${id}e`}>
          <Icon name="error" size={14} />
          <span>{error}</span>
        </p>
      )}
      {frame.hint && (
        <p class="field-hint" id={`${id}h`}>
          {frame.hint}
        </p>
      )}
      {frame.below}
    </div>
  );
}

export interface TextInputProps extends FieldFrame {
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  placeholder?: string;
  type?: 'text' | 'url' | 'search' | 'password' | 'datetime-local' | 'date';
  mono?: boolean;
  readOnly?: boolean;
  autoComplete?: string;
  maxLength?: number;
  onEnter?: () => void;
}

export function TextInput(props: TextInputProps): JSX.Element {
  return (
    <Frame frame={props}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          class={`input${props.mono ? ' input-mono' : ''}`}
          type={props.type ?? 'text'}
          name={props.name}
          value={props.value}
          placeholder={props.placeholder}
          disabled={props.disabled}
          readOnly={props.readOnly}
          maxLength={props.maxLength}
          autocomplete={props.autoComplete ?? 'off'}
          ref={props.autoFocus ? focusAtFirst : undefined}
          spellcheck={!props.mono && props.type !== 'password'}
          aria-invalid={invalid}
          aria-describedby={describedBy}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          onBlur={props.onBlur}
          onKeyDown={(event) => {
            if (event.code === 'Enter' && props.onEnter) {
              event.preventDefault();
              props.onEnter();
            }
          }}
        />
      )}
    </Frame>
  );
}

export interface TextAreaProps extends FieldFrame {
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  placeholder?: string;
  rows?: number;
  mono?: boolean;
  readOnly?: boolean;
  maxLength?: number;
}

export function TextArea(props: TextAreaProps): JSX.Element {
  return (
    <Frame frame={props}>
      {({ id, describedBy, invalid }) => (
        <textarea
          id={id}
          class={`input input-area${props.mono ? ' input-mono' : ''}`}
          name={props.name}
          value={props.value}
          // The height follows the content, from this many lines on.
          style={{ '--rows': props.rows ?? 4 }}
          placeholder={props.placeholder}
          disabled={props.disabled}
          readOnly={props.readOnly}
          maxLength={props.maxLength}
          ref={props.autoFocus ? focusAtFirst : undefined}
          aria-invalid={invalid}
          aria-describedby={describedBy}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          onBlur={props.onBlur}
        />
      )}
    </Frame>
  );
}

export interface NumberInputProps extends FieldFrame {
  /** null while nothing readable stands there. */
  value: number | null;
  onChange: (value: number | null) => void;
  onBlur?: () => void;
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  placeholder?: string;
}

/** A number as text with `inputmode`, for the wheel and locales of number inputs lose what was typed. */
export function NumberInput(props: NumberInputProps): JSX.Element {
  const { value, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER, step = 1 } = props;
  const [draft, setDraft] = useState<string | null>(null);
  const move = (by: number): void => {
    setDraft(null);
    props.onChange(Math.min(max, Math.max(min, (value ?? (Number.isSafeInteger(min) && min > 0 ? min : 0)) + by)));
  };
  const read = (text: string): void => {
    setDraft(text);
    const plain = text.replaceAll(/[\s\u00a0_]/g, '').replace(',', '.');
    const parsed = Number(plain);
    props.onChange(plain === '' || !Number.isFinite(parsed) ? null : parsed);
  };
  return (
    <Frame frame={props}>
      {({ id, describedBy, invalid }) => (
        <span class="number">
          <input
            id={id}
            class="input number-input"
            inputMode="decimal"
            name={props.name}
            role="spinbutton"
            aria-valuenow={value ?? undefined}
            aria-valuemin={props.min}
            aria-valuemax={props.max}
            value={draft ?? (value === null ? '' : String(value))}
            placeholder={props.placeholder}
            disabled={props.disabled}
            autocomplete="off"
            ref={props.autoFocus ? focusAtFirst : undefined}
            aria-invalid={invalid}
            aria-describedby={describedBy}
            onInput={(event) => read(event.currentTarget.value)}
            onBlur={() => {
              setDraft(null);
              props.onBlur?.();
            }}
            onKeyDown={(event) => {
              if (event.code !== 'ArrowUp' && event.code !== 'ArrowDown') return;
              event.preventDefault();
              move((event.code === 'ArrowUp' ? step : -step) * (event.shiftKey ? 10 : 1));
            }}
          />
          {props.unit && <span class="number-unit">{props.unit}</span>}
        </span>
      )}
    </Frame>
  );
}

export interface SelectOption<V extends string> {
  value: V;
  label: string;
  disabled?: boolean;
}
export interface SelectProps<V extends string> extends FieldFrame {
  value: V;
  options: readonly SelectOption<V>[];
  onChange: (value: V) => void;
}

export function Select<V extends string>(props: SelectProps<V>): JSX.Element {
  return (
    <Frame frame={props}>
      {({ id, describedBy, invalid }) => (
        <span class="select">
          <select
            id={id}
            class="input"
            name={props.name}
            value={props.value}
            disabled={props.disabled}
            aria-invalid={invalid}
            aria-describedby={describedBy}
            onChange={(event) => props.onChange(event.currentTarget.value as V)}
          >
            {props.options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
          <Icon name="chevronDown" />
        </span>
      )}
    </Frame>
  );
}

export interface SwitchProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  name?: string;
}

/** On or off, at once understood; the label is part of what can be pressed. */
export function Switch({ label, hint, checked, onChange, disabled, name }: SwitchProps): JSX.Element {
  const id = useId();
  return (
    <div class="switch-row" data-field={name}>
      <input
        id={id}
        class="switch"
        type="checkbox"
        role="switch"
        name={name}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}h` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label class="switch-label" for={id}>
          {label}
        </label>
        {hint && (
          <p class="field-hint" id={`${id}h`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

export interface CheckboxProps {
  label: ComponentChildren;
  hideLabel?: boolean;
  checked: boolean;
  indeterminate?: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Checkbox({ label, hideLabel, checked, indeterminate = false, onChange, disabled }: CheckboxProps): JSX.Element {
  return (
    <label class="checkbox-row">
      <input
        class="checkbox"
        type="checkbox"
        checked={checked}
        indeterminate={indeterminate}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span class={hideLabel ? 'visually-hidden' : ''}>{label}</span>
    </label>
  );
}
