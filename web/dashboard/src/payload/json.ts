// JSON for reading. Numbers stay the text that they were: 9007199254740993 through JSON.parse would
// become another number, and a reader who compares ids would be told a lie.

export type JsonNode =
  | { kind: 'object'; members: { key: string; value: JsonNode }[] }
  | { kind: 'array'; items: JsonNode[] }
  | { kind: 'string'; text: string }
  | { kind: 'literal'; text: string }; // a number, true, false or null, as it was written

export type JsonReading = { kind: 'tree'; root: JsonNode } | { kind: 'large' } | { kind: 'invalid' };

const depthMax = 200;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Runs of plain characters are one step each: a string of megabytes would exhaust the stack otherwise.
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

class Invalid extends Error {}
class Large extends Error {}

/** Reads a text into a tree of at most so many nodes; deeper or larger ones are 'large'. */
export function readJson(text: string, nodesMax = 5000): JsonReading {
  let at = 0;
  let nodes = 0;
  const blank = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text[at] ?? '')) at += 1;
  };
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const takeString = (): string => {
    const found = take(string);
    if (found === null) throw new Invalid();
    return JSON.parse(found) as string;
  };
  const expect = (sign: string): void => {
    blank();
    if (text[at] !== sign) throw new Invalid();
    at += 1;
  };
  const isNext = (sign: string): boolean => {
    blank();
    if (text[at] !== sign) return false;
    at += 1;
    return true;
  };
  const value = (depth: number): JsonNode => {
    nodes += 1;
    if (nodes > nodesMax || depth > depthMax) throw new Large();
    blank();
    const sign = text[at];
    if (sign === '{') {
      at += 1;
      const members: { key: string; value: JsonNode }[] = [];
      if (isNext('}')) return { kind: 'object', members };
      do {
        blank();
        const key = takeString();
        expect(':');
        members.push({ key, value: value(depth + 1) });
      } while (isNext(','));
      expect('}');
      return { kind: 'object', members };
    }
    if (sign === '[') {
      at += 1;
      const items: JsonNode[] = [];
      if (isNext(']')) return { kind: 'array', items };
      do items.push(value(depth + 1));
      while (isNext(','));
      expect(']');
      return { kind: 'array', items };
    }
    if (sign === '"') return { kind: 'string', text: takeString() };
    for (const word of ['true', 'false', 'null']) {
      if (!text.startsWith(word, at)) continue;
      at += word.length;
      return { kind: 'literal', text: word };
    }
    const digits = take(number);
    if (digits === null) throw new Invalid();
    return { kind: 'literal', text: digits };
  };
  try {
    const root = value(0);
    blank();
    return at === text.length ? { kind: 'tree', root } : { kind: 'invalid' };
  } catch (problem) {
    if (problem instanceof Large) return { kind: 'large' };
    if (problem instanceof Invalid) return { kind: 'invalid' };
    throw problem;
  }
}

/** The same text with a line for each member; null when it is no JSON. Signs are moved, not values made anew. */
export function prettyJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const parts: string[] = [];
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  let before = '';
  for (const [part] of text.matchAll(token)) {
    const opened = before === '{' || before === '[';
    if (part === '}' || part === ']') {
      depth -= 1;
      parts.push(opened ? '' : line(), part);
    } else {
      if (opened || before === ',') parts.push(line());
      parts.push(part === ':' ? ': ' : part);
      if (part === '{' || part === '[') depth += 1;
    }
    before = part;
  }
  return parts.join('');
}

/** How many values stand below. */
export function sizeOf(node: JsonNode): number {
  return node.kind === 'object' ? node.members.length : node.kind === 'array' ? node.items.length : 0;
}
