import type { ComponentChildren, JSX } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { texts } from '../../texts';
import { Button, IconButton } from '../controls/button';
import { Icon, type IconName } from '../display/icons';
import { placeBeside } from './place';

export type MenuItem =
  | {
      label: string;
      icon?: IconName;
      hint?: string;
      danger?: boolean;
      disabled?: boolean;
      /** For a choice: whether it is the chosen one. */
      checked?: boolean;
      run: () => void;
    }
  | { label: string; icon?: IconName; href: string; download?: boolean; external?: boolean }
  | 'separator';

export interface MenuProps {
  items: readonly MenuItem[];
  /** Of the button; an icon button with three points unless `children` are given. */
  label?: string;
  icon?: IconName;
  children?: ComponentChildren;
  align?: 'start' | 'end';
  variant?: 'secondary' | 'ghost';
  size?: 'small' | 'medium';
  testId?: string;
}

/** A button with a list of actions. Arrows and first letters move, Escape and a press beside close. */
export function Menu({ items, label, icon, children, align = 'end', variant = 'secondary', size = 'medium', testId }: MenuProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const id = useId();
  const name = label ?? texts('kit.moreActions');

  const show = (): void => {
    if (list.current?.matches(':popover-open')) list.current.hidePopover();
    else setOpen(true);
  };
  // The items are drawn when they are asked for: lists have a menu in every row.
  useLayoutEffect(() => {
    const menu = list.current;
    if (!open || !menu || !button.current || menu.matches(':popover-open')) return;
    menu.showPopover();
    placeBeside(menu, button.current, align);
    (menu.querySelector<HTMLElement>('[aria-checked="true"]') ?? menu.querySelector<HTMLElement>('[role^="menuitem"]'))?.focus();
  }, [open]);
  const close = (): void => {
    list.current?.hidePopover();
    button.current?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    const go = (index: number): void => {
      event.preventDefault();
      all[(index + all.length) % all.length]?.focus();
    };
    if (event.code === 'ArrowDown') go(at + 1);
    else if (event.code === 'ArrowUp') go(at - 1);
    else if (event.code === 'Home') go(0);
    else if (event.code === 'End') go(all.length - 1);
    else if (event.code === 'Tab') close();
    else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find((item) =>
        item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()),
      );
      next?.focus();
    }
  };

  const trigger = {
    buttonRef: button,
    onClick: show,
    opens: { id, open },
    ...(testId ? { testId } : {}),
  };
  return (
    <span class="menu-anchor">
      {children ? (
        <Button variant={variant} size={size} {...trigger} {...(icon ? { icon } : {})}>
          {children}
          <Icon name="chevronDown" size={14} />
        </Button>
      ) : (
        <IconButton icon={icon ?? 'more'} label={name} {...trigger} />
      )}
      <div
        ref={list}
        id={id}
        class="menu"
        popover="auto"
        role="menu"
        aria-label={name}
        onKeyDown={onKey}
        onToggle={(event) => setOpen((event as ToggleEvent).newState === 'open')}
      >
        {open && items.map((item, index) => {
            if (item === 'separator') return <hr key={index} class="menu-line" />;
            const inner = (
              <>
                <span class="menu-icon">
                  {'checked' in item && item.checked !== undefined ? (
                    item.checked && <Icon name="check" />
                  ) : (
                    item.icon && <Icon name={item.icon} />
                  )}
                </span>
                <span class="menu-text">{item.label}</span>
                {'hint' in item && item.hint && <span class="menu-hint">{item.hint}</span>}
              </>
            );
            return 'href' in item ? (
              <a
                key={index}
                role="menuitem"
                class="menu-item"
                href={item.href}
                download={item.download}
                tabIndex={-1}
                onClick={() => list.current?.hidePopover()}
                {...(item.external ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
              >
                {inner}
              </a>
            ) : (
              <button
                key={index}
                type="button"
                role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                aria-checked={item.checked}
                class={`menu-item${item.danger ? ' menu-danger' : ''}`}
                aria-disabled={item.disabled}
                tabIndex={-1}
                onClick={() => {
                  if (item.disabled) return;
                  close();
                  item.run();
                }}
              >
                {inner}
              </button>
            );
        })}
      </div>
    </span>
  );
}
