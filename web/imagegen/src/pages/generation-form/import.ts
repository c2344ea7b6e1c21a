// Prompts out of a file: a text with a prompt a line, or a table whose columns are separated by
// commas, semicolons or tabs, with or without a header line.

export interface Table {
  /** The titles of the columns; null: the file has no header line. */
  header: readonly string[] | null;
  rows: readonly (readonly string[])[];
}

/** The lines of a table; quotes protect separators, line ends and doubled quotes. */
export function parseTable(text: string, separator = separatorOf(text)): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = (): void => {
    row.push(cell);
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    if (row.some((value) => value.trim() !== '')) rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (sign === separator) endCell();
    else if (sign === '\n') endRow();
    else if (sign !== '\r') cell += sign;
  }
  endRow();
  return rows;
}

/** The separator that the first line uses most, outside quotes. */
export function separatorOf(text: string): string {
  const counts = new Map<string, number>([[',', 0], [';', 0], ['\t', 0]]);
  let quoted = false;
  for (const sign of text) {
    if (sign === '"') quoted = !quoted;
    else if (sign === '\n' && !quoted) break;
    else if (!quoted && counts.has(sign)) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best && best[1] > 0 ? best[0] : ',';
}

const promptTitles = ['prompt', 'prompts', 'text', 'content', 'промпт', 'промт', 'текст', 'запрос'];
const otherTitles = ['name', 'title', 'id', 'no', 'n', '#', '№', 'имя', 'название', 'номер'];

/** Tells the header line from the rest by the titles people give such columns. */
export function readTable(text: string): Table {
  const rows = parseTable(text.replace(/^\uFEFF/, ''));
  const first = rows[0]?.map((cell) => cell.trim().toLowerCase()) ?? [];
  const titled = first.some((cell) => promptTitles.includes(cell)) || (first.length > 0 && first.every((cell) => otherTitles.includes(cell)));
  return titled ? { header: rows[0] ?? [], rows: rows.slice(1) } : { header: null, rows };
}

/** The column that most likely holds the prompts: by its title, else the one with most text. */
export function promptColumn(table: Table): number {
  const titled = table.header?.findIndex((title) => promptTitles.includes(title.trim().toLowerCase())) ?? -1;
  if (titled >= 0) return titled;
  const lengths = new Map<number, number>();
  for (const row of table.rows.slice(0, 100)) {
    for (const [column, cell] of row.entries()) lengths.set(column, (lengths.get(column) ?? 0) + cell.length);
  }
  return [...lengths].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/** How many columns the widest row has. */
export function columnCount(table: Table): number {
  return Math.max(table.header?.length ?? 0, ...table.rows.slice(0, 100).map((row) => row.length), 0);
}

/** One line per prompt: line ends inside become blanks, empty ones and repetitions go. */
export function tidyPrompts(prompts: Iterable<string>): string[] {
  const seen = new Set<string>();
  for (const prompt of prompts) {
    const line = prompt.replace(/\s+/g, ' ').trim();
    if (line !== '') seen.add(line);
  }
  return [...seen];
}

export function promptsOfColumn(table: Table, column: number): string[] {
  return tidyPrompts(table.rows.map((row) => row[column] ?? ''));
}

/** The prompts written in the form: one a line. Repetitions stay: they were written on purpose. */
export function promptsOfText(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Tables are told by the file's name; anything else is a prompt a line. */
export function isTableFile(name: string): boolean {
  return /\.(csv|tsv)$/i.test(name);
}
