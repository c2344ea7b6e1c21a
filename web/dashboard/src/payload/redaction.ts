const mark = /^REDACTED:([0-9a-f]{64})$/;

/** The SHA-256 that stands in the place of a hidden value; null for any other text. */
export function redactedHash(text: string): string | null {
  return mark.exec(text)?.[1] ?? null;
}
