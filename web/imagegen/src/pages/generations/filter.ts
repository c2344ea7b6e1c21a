// Which generations the list shows.

import type { Generation, GenerationState } from '../../api/contract';

export const stateFilters = ['all', 'active', 'ready', 'finished', 'errors'] as const;
export type StateFilter = (typeof stateFilters)[number];

export function isStateFilter(value: string | null): value is StateFilter {
  return stateFilters.some((filter) => filter === value);
}

function groupOf(state: GenerationState): Exclude<StateFilter, 'all'> {
  switch (state) {
    case 'ready':
      return 'ready';
    case 'finished':
      return 'finished';
    case 'finished_with_errors':
      return 'errors';
    default:
      return 'active';
  }
}

type Listed = Pick<Generation, 'name' | 'state'> & { prompts: readonly string[] };

/** Every word of `search` occurs in the name or in a prompt. */
export function matchesSearch(generation: Listed, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [generation.name, ...generation.prompts].join('\n').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** How many of those that fit the search each filter would show. */
export function countByFilter(generations: readonly Listed[], search: string): Record<StateFilter, number> {
  const counts: Record<StateFilter, number> = { all: 0, active: 0, ready: 0, finished: 0, errors: 0 };
  for (const generation of generations) {
    if (!matchesSearch(generation, search)) continue;
    counts.all += 1;
    counts[groupOf(generation.state)] += 1;
  }
  return counts;
}

export function filterGenerations<G extends Listed>(generations: readonly G[], filter: StateFilter, search: string): G[] {
  return generations.filter(
    (generation) => (filter === 'all' || groupOf(generation.state) === filter) && matchesSearch(generation, search),
  );
}

/** `list` with `changed` in its place; a new one comes first, as the server lists the newest first. */
export function withGeneration(list: readonly Generation[], changed: Generation): Generation[] {
  const known = list.some((generation) => generation.id === changed.id);
  return known ? list.map((generation) => (generation.id === changed.id ? changed : generation)) : [changed, ...list];
}
