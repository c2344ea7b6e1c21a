import { Icon, IconButton } from '@godwit/kit';
import type { JSX } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { MessageRow } from '../../api/contract';
import { t } from '../../i18n';
import { join, without, type Term } from './filter';
import { useKnownValues } from './known-values';
import { suggest, take, type Suggestion } from './suggest';
import { qualifiers, readTyped, writeTerm, type Fault, type Qualifier } from './typed';

function faultText({ code, typed, name, value }: Fault): string {
  switch (code) {
    case 'unknown':
      return t('messages.faultUnknown', { name, value: typed.replaceAll('"', '') });
    case 'negated':
      return t('messages.faultNegated', { example: name === 'state' ? 'state:waiting,retrying' : `${name}:…` });
    case 'empty':
      return t('messages.faultEmpty', { name });
    case 'state':
      return t('messages.faultState', { value });
    case 'status':
      return t('messages.faultStatus', { value });
    case 'moment':
      return t('messages.faultMoment', { value });
    case 'id':
      return t('messages.faultId', { value });
    case 'textLong':
      return t('messages.faultTextLong');
  }
}

/** What a qualifier is for, in a few words. */
function nameHint(name: Qualifier): string {
  return t.find(`messages.name${name.charAt(0).toUpperCase()}${name.slice(1)}`) ?? '';
}

/** A state in the reader's language: what is typed is always English. */
export function stateWord(state: string): string {
  return t.find(`messages.state${state.charAt(0).toUpperCase()}${state.slice(1)}`) ?? state;
}

export interface SearchBoxProps {
  terms: readonly Term[];
  onChange: (terms: readonly Term[]) => void;
  /** What to begin with: a text that could not be read. */
  initial?: string;
  /** Rows of the list, whose labels and hosts are offered. */
  rows: () => readonly MessageRow[];
}

/** Typed filters with suggestions. What is entered becomes chips; a chip that is pressed can be typed anew. */
export function SearchBox({ terms, onChange, initial = '', rows }: SearchBoxProps): JSX.Element {
  const [text, setText] = useState(initial);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const [faults, setFaults] = useState<readonly Fault[]>(() => readTyped(initial).faults);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const nextCaret = useRef<number | null>(null);
  const id = useId();
  const known = useKnownValues(rows);
  // Which values are wanted does not depend on which are known.
  const wanted = suggest(text, caret, {}).wanted;
  const offered = open ? suggest(text, caret, known.values(wanted === null ? null : qualifiers[wanted])) : null;
  const items = offered?.items ?? [];
  const loading = known.loading(wanted === null ? null : qualifiers[wanted]);
  const shown = open && (items.length > 0 || wanted !== null);
  const chosen = items[at] ?? (offered?.closed ? items[0] : undefined);
  const chosenAt = chosen === undefined ? -1 : items.indexOf(chosen);

  useLayoutEffect(() => {
    if (nextCaret.current === null) return;
    input.current?.setSelectionRange(nextCaret.current, nextCaret.current);
    nextCaret.current = null;
  });
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [chosenAt]);

  const put = (next: string, place: number): void => {
    setText(next);
    setCaret(place);
    setAt(-1);
    setFaults([]);
    nextCaret.current = place;
  };
  const commit = (typed: string): void => {
    const read = readTyped(typed);
    if (read.faults.length > 0) {
      setFaults(read.faults);
      setOpen(false);
      return;
    }
    put('', 0);
    setOpen(false);
    if (read.terms.length > 0) onChange(join(terms, read.terms));
  };
  const accept = (item: Suggestion): void => {
    if (!offered) return;
    const taken = take(text, offered, item);
    if (item.kind === 'name') {
      put(taken.text, taken.caret);
      setOpen(true);
      input.current?.focus();
    } else {
      commit(taken.text);
    }
  };
  const edit = (term: Term): void => {
    onChange(without(terms, term));
    const typed = [text.trim(), writeTerm(term)].filter(Boolean).join(' ');
    put(typed, typed.length);
    setOpen(false);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    switch (event.code) {
      case 'ArrowDown':
      case 'ArrowUp': {
        event.preventDefault();
        if (!open) {
          setOpen(true);
          return;
        }
        const step = event.code === 'ArrowDown' ? 1 : -1;
        const count = items.length;
        if (count > 0) setAt(chosenAt < 0 ? (step > 0 ? 0 : count - 1) : (chosenAt + step + count) % count);
        return;
      }
      case 'Enter':
      case 'NumpadEnter':
        event.preventDefault();
        if (shown && chosen) accept(chosen);
        else commit(text);
        return;
      case 'Tab': {
        const first = chosen ?? items[0];
        if (!shown || event.shiftKey || text === '' || first === undefined) return;
        event.preventDefault();
        accept(first);
        return;
      }
      case 'Escape':
        event.preventDefault();
        if (shown) setOpen(false);
        else if (text !== '') put('', 0);
        else input.current?.blur();
        return;
      case 'Backspace': {
        const last = terms.at(-1);
        if (text !== '' || last === undefined) return;
        event.preventDefault();
        edit(last);
        return;
      }
      default:
    }
  };
  const follow = (): void => setCaret(input.current?.selectionStart ?? text.length);
  return (
    <div class="msgs-search">
      <div
        class="msgs-box"
        onFocusOut={(event) => {
          if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOpen(false);
        }}
      >
        <Icon name="search" />
        <input
          ref={input}
          class="input msgs-input"
          type="search"
          role="combobox"
          aria-label={t('messages.search')}
          aria-autocomplete="list"
          aria-expanded={shown}
          aria-controls={`${id}list`}
          aria-activedescendant={shown && chosenAt >= 0 ? `${id}o${chosenAt}` : undefined}
          aria-invalid={faults.length > 0}
          aria-describedby={faults.length > 0 ? `${id}fault` : undefined}
          data-testid="messages-search"
          placeholder={t('messages.searchHint')}
          value={text}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterKeyHint="search"
          onInput={(event) => {
            setText(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
            setAt(-1);
            setFaults([]);
            setOpen(true);
          }}
          onFocus={() => setOpen(true)}
          onClick={() => {
            follow();
            setOpen(true);
          }}
          onKeyUp={follow}
          onKeyDown={onKeyDown}
        />
        {text !== '' && (
          <IconButton
            icon="close"
            label={t('messages.clearTyped')}
            onClick={() => {
              put('', 0);
              input.current?.focus();
            }}
          />
        )}
        {shown && (
          <div class="msgs-suggest">
            <p class="msgs-suggest-head">{wanted === null ? t('messages.suggestNames') : nameHint(wanted)}</p>
            <ul ref={list} id={`${id}list`} class="msgs-suggest-list" role="listbox" aria-label={t('messages.suggestions')}>
              {items.map((item, index) => (
                <li
                  key={item.insert}
                  id={`${id}o${index}`}
                  class="msgs-suggest-item"
                  role="option"
                  aria-selected={index === chosenAt}
                  // Before the box loses the focus.
                  onPointerDown={(event) => event.preventDefault()}
                  onClick={() => accept(item)}
                >
                  <span class="mono clip">{item.kind === 'name' ? item.insert : item.value}</span>
                  <span class="text-soft text-small clip">{item.kind === 'name' ? nameHint(item.qualifier) : item.qualifier === 'state' ? stateWord(item.value) : (item.hint ?? '')}</span>
                </li>
              ))}
            </ul>
            {items.length === 0 && <p class="msgs-suggest-none text-soft text-small">{loading ? t('messages.suggestLoading') : t('messages.suggestNone')}</p>}
          </div>
        )}
      </div>
      {faults.length > 0 && (
        <div id={`${id}fault`} role="alert" data-testid="messages-fault">
          {faults.map((fault) => (
            <p key={fault.typed} class="field-error">
              <Icon name="error" size={14} />
              <span>{faultText(fault)}</span>
            </p>
          ))}
        </div>
      )}
      {terms.length > 0 && (
        <ul class="msgs-chips" aria-label={t('messages.filters')}>
          {terms.map((term) => {
            const written = writeTerm(term);
            return (
              <li key={written} class="msgs-chip">
                <button type="button" class="msgs-chip-text mono clip" aria-label={t('messages.editFilter', { filter: written })} data-tip={term.name === 'state' ? stateWord(term.value) : undefined} onClick={() => edit(term)}>
                  {written}
                </button>
                <button type="button" class="msgs-chip-remove" aria-label={t('messages.removeFilter', { filter: written })} onClick={() => onChange(without(terms, term))}>
                  <Icon name="close" size={14} />
                </button>
              </li>
            );
          })}
          {terms.length > 1 && (
            <li>
              <button type="button" class="msgs-link" onClick={() => onChange([])}>
                {t('messages.clearFilters')}
              </button>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
