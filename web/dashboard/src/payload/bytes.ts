// The bytes of a body as the server gives them, and back into the forms in which people read them.

import type { Body } from '../api/contract';

/** What came with the page: the beginning, up to 64 KiB. */
export function shownBytes(body: Body): Uint8Array {
  if (body.text !== null) return new TextEncoder().encode(body.text);
  return body.base64 === null ? new Uint8Array() : fromBase64(body.base64);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

const chunk = 0x8000 * 3; // Of whole groups of three, and few enough for one call's arguments.

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk) {
    const part = bytes.subarray(at, at + chunk);
    let binary = '';
    for (let inner = 0; inner < part.length; inner += 0x2000) binary += String.fromCharCode(...part.subarray(inner, inner + 0x2000));
    text += btoa(binary);
  }
  return text;
}

/** The text that `bytes` are in UTF-8; null when they are none. A character cut at the end is forgiven
 *  where the end is not the whole's. */
export function textOf(bytes: Uint8Array, whole = true): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !whole });
  } catch {
    return null;
  }
}
