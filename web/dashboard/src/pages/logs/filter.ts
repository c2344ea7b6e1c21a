// The filters of the log, as they stand in the page's address and go to the server.

export const rowStates = ['CREATED', 'ACTIVE', 'ERROR', 'RETRY', 'DELIVERED', 'FAILED', 'CANCEL_REQUESTED', 'CANCELED'] as const;
export type RowState = (typeof rowStates)[number];

export const filterNames = ['text', 'rowState', 'host', 'queue', 'label', 'status', 'since', 'id', 'url', 'flowControlKey', 'schedule', 'urlGroup', 'until'] as const;
export type FilterName = (typeof filterNames)[number];

export function isRowState(text: string): text is RowState {
  return (rowStates as readonly string[]).includes(text);
}

/** What of an address the server is asked for; several values of one name are any of them. */
export function filterOf(query: URLSearchParams | undefined): URLSearchParams {
  const filter = new URLSearchParams();
  for (const name of filterNames) {
    for (const value of query?.getAll(name) ?? []) {
      if (value.trim() !== '') filter.append(name, value.trim());
    }
  }
  return filter;
}

export function logsPath(filter: URLSearchParams, limit: number, cursor: string | null): string {
  const asked = new URLSearchParams(filter);
  asked.set('limit', String(limit));
  if (cursor !== null) asked.set('cursor', cursor);
  return `/admin/v1/logs?${asked.toString()}`;
}

export function exportPath(filter: URLSearchParams, format: 'ndjson' | 'csv'): string {
  const asked = new URLSearchParams(filter);
  asked.set('format', format);
  return `/admin/v1/logs/export?${asked.toString()}`;
}
