// Values that the search box can offer: names of the account's own things, fetched when they are
// first asked for, and what stands in the rows of the list.

import { useReducer, useRef } from 'preact/hooks';

import type { FlowControlKey, Queue, Schedule, UrlGroup } from '../../api/resources';
import type { MessageRow } from '../../api/contract';
import { api } from '../../app';
import type { FilterName } from './filter';
import type { KnownValue, KnownValues } from './suggest';

const sources: Partial<Record<FilterName, () => Promise<KnownValue[]>>> = {
  queue: async () => (await api.get<Queue[]>('/v2/queues')).map(({ name }) => ({ value: name })),
  flowControlKey: async () => (await api.get<FlowControlKey[]>('/v2/flowControl')).map(({ flowControlKey }) => ({ value: flowControlKey })),
  schedule: async () => (await api.get<Schedule[]>('/v2/schedules')).map(({ scheduleId, destination }) => ({ value: scheduleId, hint: destination })),
  urlGroup: async () => (await api.get<UrlGroup[]>('/v2/topics')).map(({ name }) => ({ value: name })),
};

function distinct(values: Iterable<string | null>): KnownValue[] {
  return [...new Set(values)].filter((value) => value !== null && value !== '').map((value) => ({ value: value as string }));
}

function hostOf(url: string): string | null {
  try {
    return new URL(url).host;
  } catch {
    return null;
  }
}

/** What the rows of the list tell; only of what has no list of its own. */
function fromRows(rows: readonly MessageRow[], wanted: FilterName): KnownValue[] {
  if (wanted === 'label') return distinct(rows.flatMap(({ labels }) => labels));
  if (wanted === 'host' || wanted === 'url') return distinct(rows.map(({ url }) => hostOf(url)));
  return [];
}

export interface Known {
  values: (wanted: FilterName | null) => KnownValues;
  /** Still on their way. */
  loading: (wanted: FilterName | null) => boolean;
}

export function useKnownValues(rows: () => readonly MessageRow[]): Known {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const fetched = useRef(new Map<FilterName, readonly KnownValue[] | 'loading'>());
  const ask = (name: FilterName): void => {
    const load = sources[name];
    if (!load || fetched.current.has(name)) return;
    fetched.current.set(name, 'loading');
    void load()
      .then((values) => fetched.current.set(name, values))
      // Without suggestions the value can still be typed; the next time they are asked for again.
      .catch(() => fetched.current.delete(name))
      .then(() => redraw(undefined));
  };
  return {
    values(wanted) {
      if (wanted === null) return {};
      ask(wanted);
      const known = fetched.current.get(wanted);
      return { [wanted]: known !== undefined && known !== 'loading' ? known : fromRows(rows(), wanted) };
    },
    loading: (wanted) => wanted !== null && fetched.current.get(wanted) === 'loading',
  };
}
