// A body that says it is JSON: whether it is, and where it stops being it. The browser's own parser
// tells the place in words that differ between browsers, so the place is found here.

export interface JsonPlace {
  line: number;
  column: number;
}

const blank = /[ \t\n\r]*/y;
const scalar = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const text = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** How far `source` is JSON; its length when it is as a whole. Nothing recurses: bodies may be deep. */
function validTo(source: string): number {
  let at = 0;
  const skip = (): void => {
    blank.lastIndex = at;
    blank.exec(source);
    at = blank.lastIndex;
  };
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(source)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const open: ('[' | '{')[] = [];
  /** Takes the name and the colon of a member. */
  const member = (): boolean => {
    skip();
    if (!take(text)) return false;
    skip();
    if (source[at] !== ':') return false;
    at += 1;
    return true;
  };
  for (;;) {
    skip();
    const mark = source[at];
    if (mark === '[' || mark === '{') {
      at += 1;
      skip();
      if (source[at] === (mark === '[' ? ']' : '}')) {
        at += 1;
      } else {
        open.push(mark);
        if (mark === '{' && !member()) return at;
        continue;
      }
    } else if (!take(scalar)) {
      return at;
    }
    // A value has ended: what it stands in goes on, or ends too.
    for (;;) {
      skip();
      const outer = open.at(-1);
      if (outer === undefined) return at;
      if (source[at] === ',') {
        at += 1;
        if (outer === '{' && !member()) return at;
        break;
      }
      if (source[at] !== (outer === '[' ? ']' : '}')) return at;
      at += 1;
      open.pop();
    }
  }
}

/** Where `source` stops being JSON, counted from 1; null when it is JSON. */
export function jsonMistake(source: string): JsonPlace | null {
  try {
    JSON.parse(source);
    return null;
  } catch {
    const before = source.slice(0, validTo(source)).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

/** Whether a Content-Type says that the body is JSON. */
export function isJsonType(contentType: string): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || /^[\w.-]+\/[\w.-]+\+json$/.test(type);
}
