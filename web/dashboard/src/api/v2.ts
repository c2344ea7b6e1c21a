// Requests to /v2 with what the pages' other endpoints have no need of: any method, headers of the
// broker's own, bodies that are no JSON. Its problems are `{ "error": "text" }`.

import { ApiError, isAbort } from '@godwit/kit';

import { api, loadSession, session } from '../app';

export interface SendOptions {
  json?: unknown;
  /** Sent as they are, without a Content-Type of the browser's. */
  bytes?: Uint8Array | null;
  headers?: readonly (readonly [name: string, value: string])[];
  signal?: AbortSignal;
}

/** Header values as the bytes of their UTF-8: browsers take no character beyond 255. */
function asBytes(value: string): string {
  return String.fromCharCode(...new TextEncoder().encode(value));
}

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

async function send<T>(method: string, path: string, { json, bytes, headers = [], signal }: SendOptions = {}, renewed = false): Promise<T> {
  const all = new Headers({ 'X-CSRF-Token': session.peek()?.csrfToken ?? '' });
  if (json !== undefined) all.set('Content-Type', 'application/json');
  for (const [name, value] of headers) all.append(name, asBytes(value));
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: all,
      ...(json !== undefined ? { body: JSON.stringify(json) } : bytes ? { body: bytes as BodyInit } : {}),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, { code: 'network', message: 'The server does not answer.' });
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? {} : JSON.parse(text)) as T;
  const { message, csrf } = problemText(response.status, text);
  if (csrf && !renewed) {
    await loadSession();
    return send(method, path, { json, ...(bytes ? { bytes } : {}), headers, ...(signal ? { signal } : {}) }, true);
  }
  if (response.status === 401) await loadSession();
  throw new ApiError(response.status, { code: `v2_${response.status}`, message });
}

export const v2 = {
  get: <T>(path: string, options: { signal?: AbortSignal } = {}): Promise<T> => api.get<T>(path, options),
  send: <T = unknown>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, options: SendOptions = {}): Promise<T> => send<T>(method, path, options),
};
