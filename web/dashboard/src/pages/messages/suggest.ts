// What the search box offers while somebody types: names of qualifiers, then values.

import { states, type FilterName } from './filter';
import { qualifierNames, qualifierOf, qualifiers, quoted, tokenize, type Qualifier } from './typed';

export interface KnownValue {
  value: string;
  hint?: string;
}
export type KnownValues = Partial<Record<FilterName, readonly KnownValue[]>>;

export interface Suggestion {
  kind: 'name' | 'value';
  qualifier: Qualifier;
  /** What stands in the box in place of the word under the caret. */
  insert: string;
  /** Of a value: what is shown. */
  value: string;
  hint?: string;
}

export interface Suggestions {
  /** The word under the caret, which a suggestion replaces. */
  from: number;
  to: number;
  /** The qualifier whose values are wanted; null: a name is. */
  wanted: Qualifier | null;
  /** Nothing but the offered values is right, and what is typed is none of them. */
  closed: boolean;
  items: Suggestion[];
}

const shownMax = 10;
const statuses = ['5xx', '4xx', '2xx', '500', '502', '503', '504', '429', '404', '401'];
const durations = ['15m', '1h', '6h', '24h', '7d', '30d'];

function fixedValues(name: Qualifier): readonly string[] {
  if (name === 'state') return states;
  if (name === 'status') return statuses;
  return name === 'since' || name === 'until' ? durations : [];
}

/** What begins with `typed` first, then what contains it. */
function ranked<T>(all: readonly T[], typed: string, textOf: (item: T) => string): T[] {
  const wanted = typed.toLowerCase();
  const begins = all.filter((item) => textOf(item).toLowerCase().startsWith(wanted));
  const contains = all.filter((item) => !begins.includes(item) && textOf(item).toLowerCase().includes(wanted));
  return [...begins, ...contains];
}

export function suggest(input: string, caret: number, known: KnownValues): Suggestions {
  const token = tokenize(input).find(({ from, to }) => from <= caret && caret <= to);
  const from = token?.from ?? caret;
  const to = token?.to ?? caret;
  const typed = input.slice(from, caret).replaceAll('"', '');
  const colon = typed.indexOf(':');
  const wanted = colon < 0 ? null : qualifierOf(typed.slice(0, colon));
  if (wanted === null) {
    const items = colon >= 0 ? [] : ranked(qualifierNames, typed.replace(/^-/, ''), (name) => name);
    return {
      from,
      to,
      wanted: null,
      closed: false,
      items: items.filter((name) => typed === '' || name.startsWith(typed.toLowerCase())).map((name) => ({ kind: 'name', qualifier: name, insert: `${name}:`, value: '' })),
    };
  }
  const begun = typed.slice(colon + 1);
  const values = [...fixedValues(wanted).map((value): KnownValue => ({ value })), ...(known[qualifiers[wanted]] ?? [])];
  const found = ranked(values, begun, ({ value, hint }) => `${value} ${hint ?? ''}`);
  return {
    from,
    to,
    wanted,
    closed: wanted === 'state' && !states.some((state) => state === begun.toLowerCase()),
    items: found.slice(0, shownMax).map(({ value, hint }) => ({ kind: 'value', qualifier: wanted, insert: `${wanted}:${quoted(value)}`, value, ...(hint === undefined ? {} : { hint }) })),
  };
}

/** The box after a suggestion was taken, and where the caret stands. */
export function take(input: string, suggestions: Suggestions, taken: Suggestion): { text: string; caret: number } {
  const text = input.slice(0, suggestions.from) + taken.insert + input.slice(suggestions.to);
  return { text, caret: suggestions.from + taken.insert.length };
}
