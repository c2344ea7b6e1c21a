// Texts as literals of each language. What comes in may be anything that anybody has published.

/** One word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const controls: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(char: string, long: (code: number) => string): string {
  return controls[char] ?? long(char.charCodeAt(0));
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
// Controls, what ends lines in some editors, and halves of surrogate pairs.
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A string of JavaScript, in single quotes. */
export function javascriptString(text: string): string {
  const inner = text.replace(/[\\']/g, '\\$&').replace(unprintable, (char) => escaped(char, (code) => `\\u${hex(code, 4)}`));
  return `'${inner}'`;
}

/** A string of Python, in double quotes. */
export function pythonString(text: string): string {
  const inner = text.replace(/[\\"]/g, '\\$&').replace(unprintable, (char) => escaped(char, (code) => `\\u${hex(code, 4)}`));
  return `"${inner}"`;
}

/** JSON without blanks between its marks, its numbers and strings as they were written. */
export function withoutBlanks(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) => (part.startsWith('"') ? part : ''));
}

/** The value of a JSON text that is the same in every language; undefined for any other: numbers
 *  beyond doubles, names that stand twice, escapes that would be written differently. */
export function exactJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === withoutBlanks(text) && !/"__proto__"/.test(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Words {
  string: (text: string) => string;
  name: (text: string) => string; // of a member
  null: string;
  true: string;
  false: string;
  blank: string; // inside the braces of a short object
}

function literal(value: unknown, words: Words, indent: string): string {
  if (value === null) return words.null;
  if (value === true) return words.true;
  if (value === false) return words.false;
  if (typeof value === 'string') return words.string(value);
  if (typeof value !== 'object') return String(value);
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => literal(item, words, deeper))
    : Object.entries(value).map(([name, item]) => `${words.name(name)}: ${literal(item, words, deeper)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (lines.length === 0) return open + close;
  const one = lines.join(', ');
  // Short lists of simple values stay on their line.
  if (one.length <= 60 && !one.includes('\n')) return Array.isArray(value) ? `[${one}]` : `{${words.blank}${one}${words.blank}}`;
  return `${open}\n${lines.map((line) => `${deeper}${line},\n`).join('')}${indent}${close}`;
}

const javascriptWords: Words = {
  string: javascriptString,
  name: (text) => (/^[A-Za-z_$][\w$]*$/.test(text) ? text : javascriptString(text)),
  null: 'null',
  true: 'true',
  false: 'false',
  blank: ' ',
};
const pythonWords: Words = { string: pythonString, name: pythonString, null: 'None', true: 'True', false: 'False', blank: '' };

/** A value of JSON as an expression of JavaScript; lines after the first begin with `indent`. */
export function javascriptValue(value: unknown, indent = ''): string {
  return literal(value, javascriptWords, indent);
}

/** The same of Python. */
export function pythonValue(value: unknown, indent = ''): string {
  return literal(value, pythonWords, indent);
}
