// The gallery's filters live in the page's address, so that a view can be kept and passed on.

export interface GalleryFilters {
  generation: string;
  prompt: string;
  model: string;
  /** 'name:value' of a parameter; a name has no colon. */
  parameter: string;
  from: string; // days, as '2026-11-24', of the reader's time zone
  to: string;
  starred: boolean;
  search: string;
  order: 'newest' | 'oldest';
}

export const noFilters: GalleryFilters = {
  generation: '', prompt: '', model: '', parameter: '', from: '', to: '', starred: false, search: '', order: 'newest',
};

export function filtersOf(query: URLSearchParams): GalleryFilters {
  const text = (name: string): string => query.get(name) ?? '';
  const day = (name: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(text(name)) ? text(name) : '');
  return {
    generation: text('generation'),
    prompt: text('prompt'),
    model: text('model'),
    parameter: text('parameter').includes(':') ? text('parameter') : '',
    from: day('from'),
    to: day('to'),
    starred: text('starred') === '1',
    search: text('search'),
    order: text('order') === 'oldest' ? 'oldest' : 'newest',
  };
}

/** The address's form: null leaves a filter out. */
export function queryOf(filters: GalleryFilters): Record<keyof GalleryFilters, string | null> {
  return {
    generation: filters.generation || null,
    prompt: filters.prompt || null,
    model: filters.model || null,
    parameter: filters.parameter || null,
    from: filters.from || null,
    to: filters.to || null,
    starred: filters.starred ? '1' : null,
    search: filters.search.trim() || null,
    order: filters.order === 'oldest' ? 'oldest' : null,
  };
}

/** The server's form. Days become the moments where they begin and end for the reader. */
export function apiQueryOf(filters: GalleryFilters, offset: number, limit: number): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string): void => {
    if (value !== '') query.set(name, value);
  };
  const moment = (day: string, days: number): string => {
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
    return day === '' ? '' : new Date(year, month - 1, date + days).toISOString();
  };
  put('generationId', filters.generation);
  put('promptId', filters.prompt);
  put('model', filters.model);
  put('parameter', filters.parameter);
  put('from', moment(filters.from, 0));
  put('to', moment(filters.to, 1));
  put('starred', filters.starred ? '1' : '');
  put('search', filters.search.trim());
  put('order', filters.order);
  query.set('offset', String(offset));
  query.set('limit', String(limit));
  return query.toString();
}

/** How many filters narrow the view; the order does not. */
export function activeCount(filters: GalleryFilters): number {
  const { order: _, ...narrowing } = filters;
  return Object.values(narrowing).filter((value) => value !== '' && value !== false).length;
}

/** 'name:value' in its two parts; the value may have colons of its own. */
export function splitParameter(parameter: string): { name: string; value: string } | null {
  const colon = parameter.indexOf(':');
  return colon < 1 ? null : { name: parameter.slice(0, colon), value: parameter.slice(colon + 1) };
}
