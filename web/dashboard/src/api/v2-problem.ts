/** What an answer of /v2 that is not 2xx says: `{ "error": "text" }`, or what the gate before it says. */
export function problemText(status: number, body: string): { message: string; csrf: boolean } {
  try {
    const error = (JSON.parse(body) as { error?: unknown } | null)?.error;
    if (typeof error === 'string') return { message: error, csrf: false };
    if (typeof error === 'object' && error !== null) {
      const { code, message } = error as { code?: unknown; message?: unknown };
      return { message: typeof message === 'string' ? message : `HTTP ${status}`, csrf: code === 'csrf' };
    }
  } catch {
    // Not JSON: a proxy's page, or nothing.
  }
  return { message: `HTTP ${status}`, csrf: false };
}

/** A header's value as the bytes of its UTF-8: browsers take no character beyond 255. */
export function headerBytes(value: string): string {
  return Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join('');
}
