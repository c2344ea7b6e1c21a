// The language of `Upstash-Retry-Delay`, so that a mistake shows before it is sent, and what the
// waits would be:
//
//     sum     = product *( ("+" / "-") product )
//     product = signed *( ("*" / "/" / "%") signed )
//     signed  = ("-" / "+") signed / primary
//     primary = number / "retried" / "(" sum ")" / function "(" sum *( "," sum ) ")"

/** What an expression is wrong about: where, from 1 on, and what could stand there. */
export interface Mistake {
  column: number;
  expected: 'operand' | 'operator' | 'open' | 'close' | 'comma' | 'exponent' | 'name' | 'shorter';
}
type Value = (retried: number) => number;
export type Compiled = { readonly value: Value; readonly mistake?: undefined } | { readonly mistake: Mistake };

const lengthMax = 1024;
const depthMax = 64;
const waitMaxMs = 86_400_000;

interface Called {
  least: number;
  most: number;
  of: (...operands: number[]) => number;
}
const roundHalfAway = (x: number): number => Math.sign(x) * Math.round(Math.abs(x));
const one = (of: (x: number) => number): Called => ({ least: 1, most: 1, of });
const functions = new Map<string, Called>([
  ['pow', { least: 2, most: 2, of: Math.pow }],
  ['sqrt', one(Math.sqrt)],
  ['abs', one(Math.abs)],
  ['exp', one(Math.exp)],
  ['floor', one(Math.floor)],
  ['ceil', one(Math.ceil)],
  ['round', one(roundHalfAway)],
  ['min', { least: 1, most: Infinity, of: Math.min }],
  ['max', { least: 1, most: Infinity, of: Math.max }],
]);
export const functionNames: readonly string[] = [...functions.keys()];

class Stop extends Error {
  constructor(readonly mistake: Mistake) {
    super('mistake');
  }
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  parse(): Value {
    if (this.text.length > lengthMax) throw new Stop({ column: lengthMax + 1, expected: 'shorter' });
    const value = this.sum();
    this.blanks();
    if (this.at < this.text.length) this.fail('operator');
    return value;
  }

  private fail(expected: Mistake['expected'], at = this.at): never {
    throw new Stop({ column: at + 1, expected });
  }

  private blanks(): void {
    while (/[ \t]/.test(this.text[this.at] ?? '')) this.at += 1;
  }

  private take(mark: string): boolean {
    this.blanks();
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  private nested(rule: () => Value): Value {
    if (this.depth === depthMax) this.fail('shorter');
    this.depth += 1;
    const value = rule();
    this.depth -= 1;
    return value;
  }

  private sum(): Value {
    let left = this.product();
    for (;;) {
      const before = left;
      if (this.take('+')) {
        const right = this.product();
        left = (n) => before(n) + right(n);
      } else if (this.take('-')) {
        const right = this.product();
        left = (n) => before(n) - right(n);
      } else {
        return left;
      }
    }
  }

  private product(): Value {
    let left = this.signed();
    for (;;) {
      const before = left;
      const mark = ['*', '/', '%'].find((candidate) => this.take(candidate));
      if (mark === undefined) return left;
      const right = this.signed();
      left = mark === '*' ? (n) => before(n) * right(n) : mark === '/' ? (n) => before(n) / right(n) : (n) => before(n) % right(n);
    }
  }

  private signed(): Value {
    if (this.take('-')) {
      const value = this.nested(() => this.signed());
      return (n) => -value(n);
    }
    if (this.take('+')) return this.nested(() => this.signed());
    return this.primary();
  }

  private primary(): Value {
    if (this.take('(')) {
      const value = this.nested(() => this.sum());
      if (!this.take(')')) this.fail('close');
      return value;
    }
    const rest = this.text.slice(this.at);
    const number = /^\d+\.?\d*/.exec(rest)?.[0];
    if (number !== undefined) return this.number(number);
    const name = /^[A-Za-z][A-Za-z0-9_]*/.exec(rest)?.[0];
    if (name === undefined) this.fail('operand');
    this.at += name.length;
    if (name === 'retried') return (n) => n;
    const called = functions.get(name);
    if (!called) this.fail('name', this.at - name.length);
    return this.call(called);
  }

  private number(digits: string): Value {
    this.at += digits.length;
    let text = digits;
    if (/[eE]/.test(this.text[this.at] ?? '')) {
      const exponent = /^[eE][+-]?\d+/.exec(this.text.slice(this.at))?.[0];
      if (exponent === undefined) this.fail('exponent', this.at + 1);
      this.at += exponent.length;
      text += exponent;
    }
    const value = Number(text);
    if (!Number.isFinite(value)) this.fail('operand', this.at - text.length);
    return () => value;
  }

  private call(called: Called): Value {
    if (!this.take('(')) this.fail('open');
    const operands: Value[] = [];
    do {
      if (operands.length === called.most) this.fail('close', this.at - 1);
      operands.push(this.nested(() => this.sum()));
    } while (this.take(','));
    if (operands.length < called.least) this.fail('comma');
    if (!this.take(')')) this.fail('close');
    return (n) => called.of(...operands.map((operand) => operand(n)));
  }
}

export function compileExpression(text: string): Compiled {
  try {
    return { value: new Parser(text).parse() };
  } catch (error) {
    if (error instanceof Stop) return { mistake: error.mistake };
    throw error;
  }
}

/** The wait when nothing else says so: e^(2.5 n) seconds, at most a day. */
export function defaultWait(retried: number): number {
  return [12_182, 148_413, 1_808_042, 22_026_466][retried] ?? waitMaxMs;
}

/** The waits before the first `count` retries, in milliseconds, as the broker takes them. */
export function waits(value: Value | null, count: number): number[] {
  return Array.from({ length: count }, (_, retried) => {
    const wait = value === null ? NaN : value(retried);
    return Number.isFinite(wait) && wait >= 0 ? Math.min(wait, waitMaxMs) : defaultWait(retried);
  });
}
