import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { texts } from '../../texts';
import { Button, IconButton } from './button';
import { Frame, type FieldFrame } from './field';

/** What becomes of a secret when the form is saved. */
export type SecretChange = { kind: 'keep' } | { kind: 'set'; value: string } | { kind: 'clear' };

export interface SecretInputProps extends FieldFrame {
  /** The server's mask, such as '••••1a2b'; empty when there is none. The secret never comes back. */
  masked: string;
  /** Set outside: shown and left alone. */
  fromEnvironment: boolean;
  change: SecretChange;
  onChange: (change: SecretChange) => void;
  placeholder?: string;
}

/** A secret can be set, replaced and cleared, never read. */
export function SecretInput(props: SecretInputProps): JSX.Element {
  const { masked, fromEnvironment, change, onChange } = props;
  const [shown, setShown] = useState(false);
  const [replacing, setReplacing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const saved = masked !== '';
  // What was written is saved, or given up elsewhere: show the mask again.
  useEffect(() => {
    if (change.kind !== 'set' && input.current !== document.activeElement) setReplacing(false);
  }, [change.kind]);
  useEffect(() => {
    setReplacing(false);
    setShown(false);
  }, [masked]);
  const asleep = saved && change.kind !== 'set' && !replacing;
  const frame: FieldFrame = {
    ...props,
    aside: fromEnvironment ? <span class="badge badge-neutral">{texts('kit.fromEnvironment')}</span> : props.aside,
  };
  return (
    <Frame frame={frame}>
      {({ id, describedBy, invalid }) =>
        asleep || fromEnvironment ? (
          <span class={`input secret-saved${change.kind === 'clear' ? ' secret-cleared' : ''}`}>
            <input
              id={id}
              class="secret-mask"
              readOnly
              value={change.kind === 'clear' ? texts('kit.willBeCleared') : masked}
              aria-describedby={describedBy}
            />
            {!fromEnvironment && (
              <span class="secret-actions">
                {change.kind === 'clear' ? (
                  <Button variant="ghost" size="small" onClick={() => onChange({ kind: 'keep' })}>
                    {texts('kit.undo')}
                  </Button>
                ) : (
                  <>
                    <Button variant="ghost" size="small" onClick={() => setReplacing(true)}>
                      {texts('kit.replace')}
                    </Button>
                    <Button variant="ghost" size="small" onClick={() => onChange({ kind: 'clear' })}>
                      {texts('kit.clear')}
                    </Button>
                  </>
                )}
              </span>
            )}
          </span>
        ) : (
          <span class="input secret-edit">
            <input
              id={id}
              class="secret-value"
              type={shown ? 'text' : 'password'}
              name={props.name}
              value={change.kind === 'set' ? change.value : ''}
              placeholder={props.placeholder ?? texts('kit.notSet')}
              autocomplete="new-password"
              ref={(element) => {
                if (replacing && element && !input.current) element.focus();
                input.current = element;
              }}
              spellcheck={false}
              aria-invalid={invalid}
              aria-describedby={describedBy}
              onInput={(event) => {
                const value = event.currentTarget.value;
                onChange(value === '' ? { kind: 'keep' } : { kind: 'set', value });
              }}
              onBlur={() => {
                if (change.kind !== 'set') setReplacing(false);
              }}
            />
            <IconButton
              icon={shown ? 'eyeOff' : 'eye'}
              label={shown ? texts('kit.hide') : texts('kit.show')}
              onClick={() => setShown(!shown)}
            />
            {saved && (
              <IconButton
                icon="close"
                label={texts('kit.cancel')}
                onClick={() => {
                  setReplacing(false);
                  onChange({ kind: 'keep' });
                }}
              />
            )}
          </span>
        )
      }
    </Frame>
  );
}
