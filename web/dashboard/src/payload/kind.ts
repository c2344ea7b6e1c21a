// What a body is, by its first bytes and by what its sender says of it.

export type PayloadKind = 'empty' | 'json' | 'text' | 'image' | 'binary';
export interface Detected {
  kind: PayloadKind;
  /** Of images: what a browser is told that they are. */
  imageType: string | null;
}

const marks: readonly { type: string; at: number; bytes: readonly number[] }[] = [
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/gif', at: 0, bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: 'image/webp', at: 8, bytes: [0x57, 0x45, 0x42, 0x50] },
  { type: 'image/avif', at: 4, bytes: [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66] },
];

function imageTypeOf(bytes: Uint8Array, contentType: string, text: string | null): string | null {
  const mark = marks.find(({ at, bytes: wanted }) => wanted.every((byte, index) => bytes[at + index] === byte));
  if (mark) return mark.type;
  // SVG is shown as an image as well, in which nothing runs, and never as a part of the page.
  return contentType === 'image/svg+xml' && text !== null && /<svg[\s>]/i.test(text.slice(0, 4096)) ? contentType : null;
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `text` is the beginning as UTF-8, null when it is not. */
export function detect(bytes: Uint8Array, text: string | null, contentType: string | null): Detected {
  if (bytes.length === 0) return { kind: 'empty', imageType: null };
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const imageType = imageTypeOf(bytes, type, text);
  if (imageType !== null) return { kind: 'image', imageType };
  // A NUL is valid UTF-8 and yet no text that anybody wrote.
  if (text === null || text.includes('\u0000')) return { kind: 'binary', imageType: null };
  const saysJson = type === 'application/json' || type.endsWith('+json');
  return { kind: saysJson || isJson(text) ? 'json' : 'text', imageType: null };
}
