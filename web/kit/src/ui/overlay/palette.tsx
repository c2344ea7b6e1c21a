import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useState } from 'preact/hooks';

import { addShortcut, isMac, keyNames, shortcuts } from '../../core/shortcuts';
import { texts } from '../../texts';
import { Kbd } from '../display/display';
import { Dialog } from './dialog';
import { focusAtFirst } from '../controls/field';
import { fitness } from './fitness';
import { Icon, type IconName } from '../display/icons';

export interface Command {
  id: string;
  label: string;
  group?: string;
  icon?: IconName;
  /** Other words by which people look for it. */
  words?: string;
  run: () => void;
}

const sources = signal<readonly (() => readonly Command[])[]>([]);
const paletteOpen = signal(false);
const overviewOpen = signal(false);

/** Offers commands while the component is shown. */
export function useCommands(source: () => readonly Command[]): void {
  useEffect(() => {
    sources.value = [...sources.peek(), source];
    return () => {
      sources.value = sources.peek().filter((other) => other !== source);
    };
  }, [source]);
}

export function showPalette(): void {
  paletteOpen.value = true;
}

export function showShortcuts(): void {
  overviewOpen.value = true;
}

/** Any page and command by a few letters: Ctrl+K. */
export function Palette(): JSX.Element | null {
  useEffect(
    () => addShortcut({ keys: 'Mod+KeyK', label: () => texts('kit.paletteTitle'), inFields: true, run: showPalette }),
    [],
  );
  return paletteOpen.value ? <PaletteDialog /> : null;
}

function PaletteDialog(): JSX.Element {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const all = useMemo(() => sources.value.flatMap((source) => source()), [sources.value]);
  const found = all
    .map((command) => ({ command, fit: fitness(query, `${command.label} ${command.words ?? ''}`) }))
    .filter((entry): entry is { command: Command; fit: number } => entry.fit !== null)
    .sort((a, b) => a.fit - b.fit)
    .slice(0, 50)
    .map((entry) => entry.command);
  const close = (): void => {
    paletteOpen.value = false;
  };
  const choose = (command: Command | undefined): void => {
    if (!command) return;
    close();
    command.run();
  };
  return (
    <Dialog title={texts('kit.paletteTitle')} size="medium" lightDismiss onClose={close} testId="palette">
      <div class="palette">
        <input
          ref={focusAtFirst}
          class="input"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}l`}
          aria-activedescendant={found[at] ? `${id}-${at}` : undefined}
          aria-label={texts('kit.palettePlaceholder')}
          placeholder={texts('kit.palettePlaceholder')}
          autocomplete="off"
          spellcheck={false}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            const step = event.code === 'ArrowDown' ? 1 : event.code === 'ArrowUp' ? -1 : 0;
            if (step !== 0) {
              event.preventDefault();
              if (found.length > 0) setAt((at + step + found.length) % found.length);
            } else if (event.code === 'Enter') {
              event.preventDefault();
              choose(found[at]);
            }
          }}
        />
        <ul class="palette-list" id={`${id}l`} role="listbox" aria-label={texts('kit.paletteTitle')}>
          {found.map((command, index) => (
            <li
              key={command.id}
              id={`${id}-${index}`}
              role="option"
              class="palette-item"
              aria-selected={index === at}
              ref={(element) => {
                if (index === at) element?.scrollIntoView({ block: 'nearest' });
              }}
              onPointerMove={() => setAt(index)}
              onClick={() => choose(command)}
            >
              {command.icon && <Icon name={command.icon} />}
              <span class="menu-text">{command.label}</span>
              {command.group && <span class="menu-hint">{command.group}</span>}
            </li>
          ))}
        </ul>
        {found.length === 0 && <p class="palette-empty">{texts('kit.paletteEmpty')}</p>}
      </div>
    </Dialog>
  );
}

/** What the keys of this page do: '?'. */
export function ShortcutOverview(): JSX.Element | null {
  if (!overviewOpen.value) return null;
  const rows = new Map(shortcuts.value.map((shortcut) => [shortcut.keys, shortcut]));
  return (
    <Dialog
      title={texts('kit.shortcuts')}
      lightDismiss
      size="small"
      onClose={() => {
        overviewOpen.value = false;
      }}
      testId="shortcuts"
    >
      <dl class="shortcut-list">
        {[...rows.values()].map((shortcut) => (
          <div key={shortcut.keys} class="shortcut">
            <dt>{shortcut.label()}</dt>
            <dd>
              {keyNames(shortcut.keys, isMac).map((name) => (
                <Kbd key={name}>{name}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
