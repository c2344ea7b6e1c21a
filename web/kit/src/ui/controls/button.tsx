import type { ComponentChildren, JSX, Ref } from 'preact';

import { isMac, keyNames } from '../../core/shortcuts';
import { Icon, type IconName } from '../display/icons';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';

/** For buttons that open a menu: which, and whether it is open. */
export interface Opens {
  id: string;
  open: boolean;
}

export interface ButtonProps {
  children: ComponentChildren;
  variant?: ButtonVariant;
  size?: 'small' | 'medium';
  icon?: IconName;
  type?: 'button' | 'submit';
  /** Shows that the action is under way, and refuses another press. */
  busy?: boolean;
  disabled?: boolean;
  /** Why it is disabled, or what else to know: shown on hover and focus. */
  tip?: string;
  /** The shortcut that does the same, as in addShortcut: shown in the hint. */
  keys?: string;
  onClick?: (event: MouseEvent) => void;
  buttonRef?: Ref<HTMLButtonElement>;
  id?: string;
  testId?: string;
  opens?: Opens;
}

function inside(icon: IconName | undefined, busy: boolean, children: ComponentChildren): JSX.Element {
  return (
    <>
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      <span class="button-label">{children}</span>
    </>
  );
}

/** A button that cannot be used keeps its focus and says why (`tip`), so it is `aria-disabled`. */
export function Button(props: ButtonProps): JSX.Element {
  const { variant = 'secondary', size = 'medium', icon, type = 'button', busy = false, disabled = false } = props;
  const off = disabled || busy;
  const keys = props.keys === undefined ? '' : keyNames(props.keys, isMac).join(' ');
  return (
    <button
      ref={props.buttonRef}
      id={props.id}
      data-testid={props.testId}
      type={type}
      class={`button button-${variant} button-${size}`}
      aria-disabled={off}
      aria-busy={busy}
      aria-haspopup={props.opens ? 'menu' : undefined}
      aria-expanded={props.opens?.open}
      aria-controls={props.opens?.id}
      data-tip={[props.tip, keys].filter(Boolean).join(' · ') || undefined}
      onClick={(event) => {
        if (off) event.preventDefault();
        else props.onClick?.(event);
      }}
    >
      {inside(icon, busy, props.children)}
    </button>
  );
}

export interface LinkButtonProps {
  children: ComponentChildren;
  href: string;
  variant?: ButtonVariant;
  size?: 'small' | 'medium';
  icon?: IconName;
  download?: boolean;
  /** Opens beside this page, as pages of others do. */
  external?: boolean;
  testId?: string;
}

/** Looks like a button and goes somewhere. */
export function LinkButton({ children, href, variant = 'secondary', size = 'medium', icon, download, external, testId }: LinkButtonProps): JSX.Element {
  return (
    <a
      class={`button button-${variant} button-${size}`}
      href={href}
      data-testid={testId}
      download={download}
      {...(external ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
    >
      {inside(icon, false, children)}
    </a>
  );
}

export interface IconButtonProps {
  icon: IconName;
  /** Said to screen readers, shown on hover and focus. */
  label: string;
  onClick?: (event: MouseEvent) => void;
  disabled?: boolean;
  busy?: boolean;
  pressed?: boolean;
  filled?: boolean;
  danger?: boolean;
  buttonRef?: Ref<HTMLButtonElement>;
  testId?: string;
  opens?: Opens;
}

export function IconButton({ icon, label, onClick, disabled = false, busy = false, pressed, filled, danger, buttonRef, testId, opens }: IconButtonProps): JSX.Element {
  return (
    <button
      ref={buttonRef}
      type="button"
      class={`icon-button${danger ? ' icon-button-danger' : ''}`}
      aria-label={label}
      aria-disabled={disabled || busy}
      aria-pressed={pressed}
      aria-haspopup={opens ? 'menu' : undefined}
      aria-expanded={opens?.open}
      aria-controls={opens?.id}
      data-tip={label}
      data-testid={testId}
      onClick={(event) => {
        if (disabled || busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : <Icon name={icon} filled={filled ?? false} />}
    </button>
  );
}
