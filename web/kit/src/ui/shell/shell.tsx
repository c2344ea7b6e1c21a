import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { chooseLocale, locale } from '../../language/locale';
import { addShortcut, startShortcuts } from '../../core/shortcuts';
import { chooseTheme, theme, type Theme } from '../../core/theme';
import { texts } from '../../texts';
import { IconButton } from '../controls/button';
import { Questions } from '../overlay/dialog';
import { Icon, Mark, type IconName } from '../display/icons';
import { Menu } from '../overlay/menu';
import { Palette, ShortcutOverview, showShortcuts } from '../overlay/palette';
import { Toasts } from '../overlay/toast';
import { startTooltips } from '../overlay/tooltip';

export interface NavigationItem {
  href: string;
  label: string;
  icon: IconName;
  current: boolean;
  /** A small count or mark after the label. */
  mark?: ComponentChildren;
}

export interface ShellProps {
  product: string;
  /** Where the product's name leads. */
  home: string;
  /** Groups of pages, with a thin line between them. */
  navigation: readonly (readonly NavigationItem[])[];
  status: ComponentChildren;
  /** Below the navigation: version, sign out. */
  footer?: ComponentChildren;
  /** Above the page: offline and the like. */
  banner?: ComponentChildren;
  children: ComponentChildren;
}

export function LocaleMenu(): JSX.Element {
  return (
    <Menu
      icon="globe"
      label={texts('kit.language')}
      testId="locale-menu"
      items={[
        { label: 'Русский', checked: locale.value === 'ru', run: () => chooseLocale('ru') },
        { label: 'English', checked: locale.value === 'en', run: () => chooseLocale('en') },
      ]}
    />
  );
}

const themeIcons: Record<Theme, IconName> = { system: 'monitor', light: 'sun', dark: 'moon' };

export function ThemeMenu(): JSX.Element {
  const item = (value: Theme, label: string): { label: string; checked: boolean; run: () => void } => ({
    label,
    checked: theme.value === value,
    run: () => chooseTheme(value),
  });
  return (
    <Menu
      icon={themeIcons[theme.value]}
      label={texts('kit.theme')}
      testId="theme-menu"
      items={[
        item('system', texts('kit.themeSystem')),
        item('light', texts('kit.themeLight')),
        item('dark', texts('kit.themeDark')),
      ]}
    />
  );
}

function NavigationList({ groups, onGo }: { groups: ShellProps['navigation']; onGo?: () => void }): JSX.Element {
  return (
    <>
      {groups.map((group, index) => (
        <ul key={index} class="nav-group">
          {group.map((item) => (
            <li key={item.href}>
              <a class="nav-link" href={item.href} aria-current={item.current ? 'page' : undefined} onClick={onGo}>
                <Icon name={item.icon} />
                <span class="nav-label">{item.label}</span>
                {item.mark}
              </a>
            </li>
          ))}
        </ul>
      ))}
    </>
  );
}

/** Language, theme, the list of shortcuts: at the foot of the navigation. */
function Preferences(): JSX.Element {
  return (
    <div class="preferences">
      <LocaleMenu />
      <ThemeMenu />
      <IconButton icon="keyboard" label={texts('kit.shortcuts')} onClick={showShortcuts} />
    </div>
  );
}

/** Everything global that is no page: questions, toasts, tooltips, the palette. One for each application. */
export function Globals(): JSX.Element {
  useEffect(() => {
    const stops = [
      startTooltips(),
      startShortcuts(),
      addShortcut({ keys: 'Shift+Slash', label: () => texts('kit.shortcuts'), run: showShortcuts }),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);
  return (
    <>
      <ShortcutOverview />
      <Palette />
      <Questions />
      <Toasts />
    </>
  );
}

/** The frame of every page: navigation on the left, a line of states on top; on a phone a drawer. */
export function Shell({ product, home, navigation, status, footer, banner, children }: ShellProps): JSX.Element {
  const drawer = useRef<HTMLDialogElement>(null);
  const [drawn, setDrawn] = useState(false);
  const close = (): void => drawer.current?.close();
  const brand = (
    <a class="brand" href={home} onClick={close}>
      <Mark />
      <span>{product}</span>
    </a>
  );
  return (
    <div class="shell">
      <a class="skip-link" href="#content">
        {texts('kit.skipToContent')}
      </a>
      <aside class="side">
        {brand}
        <nav class="nav" aria-label={texts('kit.navigation')}>
          <NavigationList groups={navigation} />
        </nav>
        <div class="side-foot">
          {footer}
          <Preferences />
        </div>
      </aside>
      <dialog
        ref={drawer}
        class="drawer"
        aria-label={texts('kit.navigation')}
        onClose={() => setDrawn(false)}
        onPointerDown={(event) => {
          if (event.target === drawer.current) close();
        }}
      >
        {drawn && (
          <div class="drawer-box">
            <div class="drawer-head">
              {brand}
              <IconButton icon="close" label={texts('kit.close')} onClick={close} />
            </div>
            <nav class="nav" aria-label={texts('kit.navigation')}>
              <NavigationList groups={navigation} onGo={close} />
            </nav>
            <div class="side-foot">
              {footer}
              <Preferences />
            </div>
          </div>
        )}
      </dialog>
      <div class="main">
        <header class="top">
          <span class="top-menu">
            <IconButton
              icon="menu"
              label={texts('kit.menu')}
              onClick={() => {
                setDrawn(true);
                drawer.current?.showModal();
              }}
            />
          </span>
          <div class="status">{status}</div>
        </header>
        {banner}
        <main class="content" id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
    </div>
  );
}
