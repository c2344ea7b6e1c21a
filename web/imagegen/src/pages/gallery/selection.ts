// Which images are selected: by pressing one, by reaching from one to another, all at once. A value:
// every change makes a new one. Positions are those of the list as it is shown.

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where reaching begins: the position pressed last. */
  readonly anchor: number | null;
}

export const emptySelection: Selection = { ids: new Set(), anchor: null };

/** The image at a position; undefined while it is not loaded. */
export type IdAt = (position: number) => string | undefined;

/** Takes one in, or out. */
export function toggle(selection: Selection, position: number, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: position };
}

/** From the anchor to `position`, both included; without an anchor `position` alone. */
export function rangeTo(selection: Selection, position: number): { first: number; last: number } {
  const from = selection.anchor ?? position;
  return { first: Math.min(from, position), last: Math.max(from, position) };
}

/** Takes everything from the anchor to `position` in; the anchor stays, so that reaching may be corrected. */
export function extend(selection: Selection, position: number, idAt: IdAt): Selection {
  const { first, last } = rangeTo(selection, position);
  const ids = new Set(selection.ids);
  for (let at = first; at <= last; at += 1) {
    const id = idAt(at);
    if (id !== undefined) ids.add(id);
  }
  return { ids, anchor: selection.anchor ?? position };
}

export function selectAll(ids: Iterable<string>): Selection {
  return { ids: new Set(ids), anchor: null };
}

/** Without those that no longer exist. */
export function without(selection: Selection, gone: Iterable<string>): Selection {
  const ids = new Set(selection.ids);
  for (const id of gone) ids.delete(id);
  return { ids, anchor: null };
}
