// What people type to filter: `state:retrying url:example.com "two words"`. Reading it gives terms and
// the faults of what cannot be read; writing terms gives a text that reads as the same terms.

import { states, type FilterName, type State, type Term } from './filter';
import { parseMoment } from './moment';

/** How each filter is typed, in the order in which they are offered. */
export const qualifiers = {
  state: 'state',
  status: 'status',
  url: 'url',
  host: 'host',
  label: 'label',
  queue: 'queue',
  key: 'flowControlKey',
  schedule: 'schedule',
  group: 'urlGroup',
  since: 'since',
  until: 'until',
  ip: 'callerIp',
  id: 'id',
  text: 'text',
} as const satisfies Record<string, FilterName>;
export type Qualifier = keyof typeof qualifiers;
export const qualifierNames = Object.keys(qualifiers) as Qualifier[];

const aliases: Readonly<Record<string, Qualifier>> = { flow: 'key', flowcontrolkey: 'key', urlgroup: 'group', callerip: 'ip' };
const stateAliases: Readonly<Record<string, State>> = { retry: 'retrying', wait: 'waiting', running: 'active', success: 'delivered', fail: 'failed', cancelled: 'canceled' };

export function qualifierOf(text: string): Qualifier | null {
  const name = text.toLowerCase();
  if (Object.hasOwn(qualifiers, name)) return name as Qualifier;
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? null) : null;
}

export function qualifierFor(filter: FilterName): Qualifier {
  return qualifierNames.find((name) => qualifiers[name] === filter) ?? 'text';
}

export interface Token {
  from: number;
  to: number; // behind its last character
  /** Without quotes. */
  text: string;
  /** Where in `text` the colon stands that parts name and value; -1: there is none. */
  colon: number;
  quoted: boolean; // In part at least.
}

/** Words that blanks part, with quotes around blanks: `label:"a b"`. A quote that is not closed goes to the end. */
export function tokenize(input: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < input.length) {
    if (/\s/.test(input.charAt(at))) {
      at += 1;
      continue;
    }
    const token: Token = { from: at, to: at, text: '', colon: -1, quoted: false };
    let quoted = false;
    let quotes = 0;
    for (; at < input.length; at += 1) {
      const sign = input.charAt(at);
      if (sign === '"') {
        quoted = !quoted;
        quotes += 1;
      } else if (!quoted && /\s/.test(sign)) {
        break;
      } else if (quoted && sign === '\\' && /["\\]/.test(input.charAt(at + 1))) {
        at += 1;
        token.text += input.charAt(at);
      } else {
        if (sign === ':' && quotes === 0 && token.colon < 0) token.colon = token.text.length;
        token.text += sign;
      }
    }
    token.to = at;
    token.quoted = quotes > 0;
    if (token.text !== '' || quotes > 0) tokens.push(token);
  }
  return tokens;
}

export type FaultCode = 'unknown' | 'negated' | 'empty' | 'state' | 'status' | 'moment' | 'id' | 'textLong';
export interface Fault {
  code: FaultCode;
  /** As it was typed. */
  typed: string;
  name: string;
  value: string;
}

const textBytesMax = 1000;
const idForm = /^msg_[1-9A-HJ-NP-Za-km-z]{20,30}$/;

/** The value as the server takes it; null: it is none. */
function readValue(name: Qualifier, value: string): string | null {
  switch (name) {
    case 'state': {
      const state = value.toLowerCase();
      if ((states as readonly string[]).includes(state)) return state;
      return Object.hasOwn(stateAliases, state) ? (stateAliases[state] ?? null) : null;
    }
    case 'status':
      return /^(?:[1-9]xx|\d{1,3})$/i.test(value) ? value.toLowerCase() : null;
    case 'since':
    case 'until':
      return parseMoment(value, Date.now()) === null ? null : value;
    case 'id':
      return idForm.test(value) ? value : null;
    default:
      return value;
  }
}

const valueFaults: Partial<Record<Qualifier, FaultCode>> = { state: 'state', status: 'status', since: 'moment', until: 'moment', id: 'id' };

/** Reads what was typed. Words without a qualifier are searched for together, as they stand. */
export function readTyped(input: string): { terms: Term[]; faults: Fault[] } {
  const terms: Term[] = [];
  const faults: Fault[] = [];
  const words: string[] = [];
  for (const token of tokenize(input)) {
    const typed = input.slice(token.from, token.to);
    const given = token.colon < 0 ? '' : token.text.slice(0, token.colon);
    const value = token.colon < 0 ? '' : token.text.slice(token.colon + 1);
    const fault = (code: FaultCode, name: string): void => void faults.push({ code, typed, name, value });
    if (/^-[a-z]+$/i.test(given) && qualifierOf(given.slice(1)) !== null) {
      fault('negated', given.slice(1).toLowerCase());
    } else if (token.colon < 0 || !/^[a-z][a-z_-]*$/i.test(given)) {
      if (token.colon < 0 && !token.quoted && idForm.test(token.text)) terms.push({ name: 'id', value: token.text });
      else words.push(token.text);
    } else if (/^https?$/i.test(given) && value.startsWith('//')) {
      terms.push({ name: 'url', value: token.text });
    } else {
      const name = qualifierOf(given);
      if (name === null) {
        fault('unknown', given);
        continue;
      }
      if (value === '') {
        fault('empty', name);
        continue;
      }
      const values = name === 'state' || name === 'status' ? value.split(',').filter(Boolean) : [value];
      for (const each of values) {
        if (name === 'text') {
          words.push(each);
          continue;
        }
        const read = readValue(name, each);
        if (read === null) fault(valueFaults[name] ?? 'empty', name);
        else terms.push({ name: qualifiers[name], value: read });
      }
    }
  }
  const text = words.join(' ').trim();
  if (new TextEncoder().encode(text).length > textBytesMax) faults.push({ code: 'textLong', typed: text, name: 'text', value: text });
  else if (text !== '') terms.push({ name: 'text', value: text });
  return { terms, faults };
}

/** A value as it must be typed. */
export function quoted(value: string): string {
  return /[\s"]/.test(value) || value === '' ? `"${value.replace(/["\\]/g, '\\$&')}"` : value;
}

export function writeTerm({ name, value }: Term): string {
  if (name !== 'text') return `${qualifierFor(name)}:${quoted(value)}`;
  // A word that would read as something else is quoted.
  const plain = readTyped(value);
  const same = plain.faults.length === 0 && plain.terms.length === 1 && plain.terms[0]?.name === 'text' && plain.terms[0].value === value;
  return same ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

export function writeTyped(terms: readonly Term[]): string {
  return terms.map(writeTerm).join(' ');
}
