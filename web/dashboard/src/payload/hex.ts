export interface HexLine {
  offset: string;
  bytes: string;
  ascii: string;
}

const pairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Line `row` of a dump with `width` bytes to a line. The last one is filled up with blanks, so that columns stand. */
export function hexLine(bytes: Uint8Array, row: number, width = 16): HexLine {
  const start = row * width;
  const columns: string[] = [];
  let ascii = '';
  for (let index = 0; index < width; index += 1) {
    const byte = bytes[start + index];
    columns.push(byte === undefined ? '  ' : (pairs[byte] ?? ''));
    if (byte !== undefined) ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
  }
  const half = width / 2;
  return { offset: start.toString(16).padStart(8, '0'), bytes: `${columns.slice(0, half).join(' ')}  ${columns.slice(half).join(' ')}`, ascii };
}

export function hexRows(bytes: Uint8Array, width = 16): number {
  return Math.ceil(bytes.length / width);
}
