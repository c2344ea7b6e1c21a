// The filter of the list of messages: terms, as they stand in the page's address and go to the
// server under the same names. Several values of one name are any of them; different names all hold.

export const states = ['waiting', 'retrying', 'active', 'delivered', 'failed', 'canceled'] as const;
export const livingStates: readonly State[] = ['waiting', 'retrying', 'active'];
export const endedStates: readonly State[] = ['delivered', 'failed', 'canceled'];
export type State = (typeof states)[number];

export const filterNames = [
  'state', 'status', 'url', 'host', 'label', 'queue', 'flowControlKey', 'schedule', 'urlGroup', 'callerIp', 'id', 'since', 'until', 'text',
] as const;
export type FilterName = (typeof filterNames)[number];
export interface Term {
  readonly name: FilterName;
  readonly value: string;
}
export type Order = 'newest' | 'oldest';

/** Of these there is one value: a later one takes the place of an earlier one. */
const single: ReadonlySet<FilterName> = new Set(['since', 'until', 'text']);

export function isFilterName(text: string): text is FilterName {
  return (filterNames as readonly string[]).includes(text);
}

/** `terms` and `more`, each once, in the order of their first appearance. */
export function join(terms: readonly Term[], more: readonly Term[]): Term[] {
  const joined = [...terms];
  for (const term of more) {
    const at = joined.findIndex(({ name, value }) => name === term.name && (single.has(name) || value === term.value));
    if (at >= 0) joined[at] = term;
    else joined.push(term);
  }
  return joined;
}

export function without(terms: readonly Term[], term: Term): Term[] {
  return terms.filter(({ name, value }) => name !== term.name || value !== term.value);
}

/** What of an address is the filter. */
export function termsOf(query: URLSearchParams | undefined): Term[] {
  const terms: Term[] = [];
  for (const [name, value] of query ?? []) {
    if (isFilterName(name) && value.trim() !== '') terms.push({ name, value: value.trim() });
  }
  return join([], terms);
}

export function searchOf(terms: readonly Term[]): URLSearchParams {
  return new URLSearchParams(terms.map(({ name, value }) => [name, value]));
}

export function orderOf(query: URLSearchParams | undefined): Order {
  return query?.get('order') === 'oldest' ? 'oldest' : 'newest';
}

/** The page's address for a filter, and for what goes on at the server. */
export function addressOf(path: string, terms: readonly Term[], order: Order, action: string | null = null): string {
  const query = searchOf(terms);
  if (order === 'oldest') query.set('order', 'oldest');
  if (action !== null) query.set('action', action);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

export type StateGroup = 'all' | 'living' | 'ended' | 'other';

/** Which of the usual choices the states of a filter are. */
export function stateGroup(terms: readonly Term[]): StateGroup {
  const chosen = terms.filter(({ name }) => name === 'state').map(({ value }) => value);
  if (chosen.length === 0) return 'all';
  const is = (group: readonly State[]): boolean => chosen.length === group.length && group.every((state) => chosen.includes(state));
  return is(livingStates) ? 'living' : is(endedStates) ? 'ended' : 'other';
}

export function withStates(terms: readonly Term[], wanted: readonly State[]): Term[] {
  return [...wanted.map((value): Term => ({ name: 'state', value })), ...terms.filter(({ name }) => name !== 'state')];
}

/** The body of a request that means the same. */
export function bodyOf(terms: readonly Term[]): Record<string, string | string[]> {
  const body: Record<string, string | string[]> = {};
  for (const { name, value } of terms) {
    if (single.has(name)) body[name] = value;
    else body[name] = [...(body[name] ?? []), value];
  }
  return body;
}
