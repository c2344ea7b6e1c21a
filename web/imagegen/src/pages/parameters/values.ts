// Lists of values as people write them.

export const valuesMax = 1000;
export const valueLengthMax = 500;

/** The values of a pasted or written text: one a line, or between commas and semicolons if it is one line. */
export function splitValues(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  const [only] = lines;
  if (lines.length !== 1 || only === undefined) return lines;
  return splitAtCommas(only);
}

export function splitAtCommas(text: string): string[] {
  return text.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);
}

function sameAs(value: string): string {
  return value.trim().toLowerCase();
}

/** Without blanks and later repetitions; case does not tell values apart. */
export function withoutDuplicates(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    const key = sameAs(value);
    if (key === '' || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** What will be saved. */
export function cleaned(values: readonly string[]): string[] {
  return values.map((value) => value.trim()).filter(Boolean);
}

export function countDuplicates(values: readonly string[]): number {
  const all = cleaned(values);
  return all.length - withoutDuplicates(all).length;
}

/** `values` with the one at `from` moved to `to`. */
export function moved(values: readonly string[], from: number, to: number): string[] {
  const next = [...values];
  const [value] = next.splice(from, 1);
  if (value !== undefined) next.splice(Math.max(0, Math.min(to, next.length)), 0, value);
  return next;
}

export const nameRule = /^\p{L}[\p{L}\p{N}_-]*$/u;
