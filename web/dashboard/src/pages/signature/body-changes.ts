// What usually happens to a body between the wire and a receiver's check. Each is tried backwards: if
// the signature fits one of these bodies, the reader learns what changed it.

export type BodyChange = 'empty' | 'noNewline' | 'newline' | 'trimmed' | 'lf' | 'crlf' | 'minified' | 'spaced' | 'pretty' | 'unescaped' | 'quoted' | 'base64';

/** As json.dumps of Python writes: a blank after each comma and colon, and ASCII only. */
function asPython(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asPython).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([name, item]) => `${asPython(name)}: ${asPython(item)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function base64Text(text: string): string | null {
  if (!/^[A-Za-z0-9+/\s]+=*\s*$/.test(text) || text.trim().length % 4 !== 0) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(text.trim()), (char) => char.charCodeAt(0)));
  } catch {
    return null;
  }
}

/** Other bodies that `text` may have been, the likeliest first. */
export function bodyChanges(text: string): { change: BodyChange; body: string }[] {
  const found: { change: BodyChange; body: string }[] = [];
  const add = (change: BodyChange, body: string | null): void => {
    if (body !== null && body !== text && !found.some((other) => other.body === body)) found.push({ change, body });
  };
  add('noNewline', text.replace(/\r?\n$/, ''));
  add('newline', `${text}\n`);
  add('trimmed', text.trim());
  add('lf', text.replaceAll('\r\n', '\n'));
  add('crlf', text.replace(/\r?\n/g, '\r\n'));
  try {
    const value: unknown = JSON.parse(text);
    add('minified', JSON.stringify(value));
    add('spaced', asPython(value));
    add('pretty', JSON.stringify(value, null, 2));
    if (typeof value === 'string') add('unescaped', value);
  } catch {
    // No JSON: only the other changes can have happened.
  }
  add('quoted', JSON.stringify(text));
  add('base64', base64Text(text));
  add('empty', '');
  return found;
}
