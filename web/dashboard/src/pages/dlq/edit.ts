// What a person changes of a dead letter before it is sent again: the request that says it, and the
// differences as they are shown.

import type { Body, Change, HeaderLine, MessageDetail } from '../../api/contract';
import { isHeaderName, isHttpUrl } from '../../api/resources';

export interface Draft {
  url: string;
  method: string;
  headers: readonly HeaderLine[];
  /** null: not edited here, for it is no text, hidden, or not kept as a whole. */
  body: string | null;
}

const hiddenMark = 'REDACTED:';

/** Why the body cannot be edited; null when it can. */
export function bodyLock(body: Body): 'redacted' | 'binary' | 'cut' | null {
  if (body.redacted) return 'redacted';
  if (body.bytes === 0) return null;
  if (body.kept < body.bytes) return 'cut';
  return body.text === null ? 'binary' : null;
}

/** The page has only the beginning of long bodies: whether the rest must be fetched first. */
export function isCutShort(body: Body): boolean {
  return body.text !== null && new TextEncoder().encode(body.text).length < body.bytes;
}

export function draftOf(letter: Pick<MessageDetail, 'url' | 'method' | 'headers' | 'body'>, fullText: string | null = null): Draft {
  return {
    url: letter.url,
    method: letter.method,
    headers: letter.headers,
    body: bodyLock(letter.body) === null ? (fullText ?? letter.body.text ?? '') : null,
  };
}

export const isHidden = (line: HeaderLine): boolean => line.value.startsWith(hiddenMark);

export type DraftFault = 'url' | 'header' | 'headerValue' | 'hidden';

/** Names of headers whose mark the server could not turn back into the value that it stands for: it
 *  knows a mark again only as it was shown, under the name under which it was shown. */
export function hiddenNames(original: Draft, draft: Draft): string[] {
  const known = (line: HeaderLine): boolean =>
    original.headers.some(({ name, value }) => name.toLowerCase() === line.name.trim().toLowerCase() && value === line.value);
  return draft.headers.filter((line) => isHidden(line) && !known(line)).map(({ name }) => name.trim());
}

export function faultOf(original: Draft, draft: Draft): DraftFault | null {
  if (!isHttpUrl(draft.url.trim())) return 'url';
  const written = draft.headers.filter(({ name, value }) => name.trim() !== '' || value !== '');
  if (written.some(({ name }) => !isHeaderName(name.trim()))) return 'header';
  // eslint-disable-next-line no-control-regex
  if (written.some(({ value }) => /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))) return 'headerValue';
  return hiddenNames(original, draft).length > 0 ? 'hidden' : null;
}

function grouped(lines: readonly HeaderLine[]): Map<string, { name: string; value: string }> {
  const byName = new Map<string, { name: string; value: string }>();
  for (const { name, value } of lines) {
    const written = name.trim();
    if (written === '') continue;
    const key = written.toLowerCase();
    const before = byName.get(key);
    byName.set(key, { name: before?.name ?? written, value: before ? `${before.value}, ${value}` : value });
  }
  return byName;
}

/** What differs, in the order in which it is shown; empty: it is sent as it was. */
export function changesOf(original: Draft, draft: Draft): Change[] {
  const changes: Change[] = [];
  const url = draft.url.trim();
  if (url !== original.url) changes.push({ what: 'url', name: null, before: original.url, after: url });
  if (draft.method !== original.method) changes.push({ what: 'method', name: null, before: original.method, after: draft.method });
  const before = grouped(original.headers);
  const after = grouped(draft.headers);
  for (const [key, line] of before) {
    const now = after.get(key);
    if (now?.value !== line.value) changes.push({ what: 'header', name: line.name, before: line.value, after: now?.value ?? null });
  }
  for (const [key, line] of after) {
    if (!before.has(key)) changes.push({ what: 'header', name: line.name, before: null, after: line.value });
  }
  if (draft.body !== null && draft.body !== (original.body ?? '')) changes.push({ what: 'body', name: null, before: original.body ?? '', after: draft.body });
  return changes;
}

export interface ReplayRequest {
  url?: string;
  method?: string;
  headers?: HeaderLine[];
  body?: string;
}

/** Only what was changed is sent: all else the server has better, hidden values among it. */
export function replayRequest(original: Draft, draft: Draft): ReplayRequest {
  const changed = new Set(changesOf(original, draft).map(({ what }) => what));
  return {
    ...(changed.has('url') ? { url: draft.url.trim() } : {}),
    ...(changed.has('method') ? { method: draft.method } : {}),
    ...(changed.has('header')
      ? { headers: draft.headers.filter(({ name }) => name.trim() !== '').map(({ name, value }) => ({ name: name.trim(), value })) }
      : {}),
    ...(changed.has('body') && draft.body !== null ? { body: draft.body } : {}),
  };
}

export interface DiffLine {
  kind: 'same' | 'removed' | 'added' | 'skipped';
  text: string; // of 'skipped': ''
  count: number; // lines that it stands for
}

/** Beyond so many lines on either side only what differs as a block is shown. */
const diffLinesMax = 800;
const context = 2;

function rawDiff(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const line = (kind: DiffLine['kind']) => (text: string): DiffLine => ({ kind, text, count: 1 });
  const head = before.slice(0, start).map(line('same'));
  const tail = before.slice(before.length - end).map(line('same'));
  const left = before.slice(start, before.length - end);
  const right = after.slice(start, after.length - end);
  if (left.length > diffLinesMax || right.length > diffLinesMax) return [...head, ...left.map(line('removed')), ...right.map(line('added')), ...tail];

  // The longest common subsequence, from the end, so that it is walked from the beginning.
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] = left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const middle: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < left.length || column < right.length) {
    if (row < left.length && column < right.length && left[row] === right[column]) {
      middle.push(line('same')(left[row] ?? ''));
      row += 1;
      column += 1;
    } else if (row < left.length && (column >= right.length || at(row + 1, column) >= at(row, column + 1))) {
      middle.push(line('removed')(left[row] ?? ''));
      row += 1;
    } else {
      middle.push(line('added')(right[column] ?? ''));
      column += 1;
    }
  }
  return [...head, ...middle, ...tail];
}

/** The lines of two texts, what is equal and far from a change left out. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const lines = rawDiff(before.split('\n'), after.split('\n'));
  const near = lines.map((_, index) => lines.slice(Math.max(0, index - context), index + context + 1).some(({ kind }) => kind !== 'same'));
  const shown: DiffLine[] = [];
  for (const [index, line] of lines.entries()) {
    const last = shown[shown.length - 1];
    if (near[index]) shown.push(line);
    else if (last?.kind === 'skipped') last.count += 1;
    else shown.push({ kind: 'skipped', text: '', count: 1 });
  }
  return shown;
}
