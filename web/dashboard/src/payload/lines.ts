/** A text in rows of at most `width` characters, for windows that draw rows of one height. */
export function rowsOf(text: string, width: number): string[] {
  const rows: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.length <= width) {
      rows.push(line);
      continue;
    }
    let start = 0;
    while (start < line.length) {
      let end = Math.min(start + width, line.length);
      // A character of two units stays whole.
      if (end < line.length && /[\ud800-\udbff]/.test(line[end - 1] ?? '')) end += 1;
      rows.push(line.slice(start, end));
      start = end;
    }
  }
  return rows;
}

/** Base64 in lines of 76, as mail has it. */
export function base64Lines(text: string): string {
  return text.replace(/.{76}(?=.)/g, '$&\n');
}
