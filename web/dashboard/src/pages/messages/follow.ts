// Whether a list can follow what happens, and what the server is asked to tell of it.

import { searchOf, type Order, type Term } from './filter';
import { parseMoment } from './moment';

/** Why a list does not follow: it can only show what the server tells as it happens. */
export type NoFollow = 'order' | 'text' | 'until';

export function whyNotFollowing(terms: readonly Term[], order: Order): NoFollow | null {
  if (order === 'oldest') return 'order';
  if (terms.some(({ name }) => name === 'text')) return 'text';
  return terms.some(({ name }) => name === 'until') ? 'until' : null;
}

/** The stream of events; what is older than `since` the page itself leaves out. */
export function eventsPath(terms: readonly Term[]): string {
  const query = searchOf(terms.filter(({ name }) => name !== 'since'));
  query.set('tail', '1');
  return `/admin/v1/events?${query.toString()}`;
}

export function sinceOf(terms: readonly Term[], now: number): number | null {
  const since = terms.find(({ name }) => name === 'since');
  return since ? parseMoment(since.value, now) : null;
}

/** Times that pass meanwhile are nailed down: what is counted is then what is cancelled. */
export function fixedTerms(terms: readonly Term[], now: number): Term[] {
  const fixed = terms.map((term): Term => {
    const moment = term.name === 'since' || term.name === 'until' ? parseMoment(term.value, now) : null;
    return moment === null ? term : { ...term, value: new Date(moment).toISOString() };
  });
  return fixed.some(({ name }) => name === 'until') ? fixed : [...fixed, { name: 'until', value: new Date(now).toISOString() }];
}
