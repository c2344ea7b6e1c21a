// Requests to /v2 with what the pages' other endpoints have no need of: any method, headers of the
// broker's own, bodies that are no JSON. Its problems are `{ "error": "text" }`.

import { ApiError, isAbort } from '@godwit/kit';

import { api, loadSession, session } from '../app';
import { headerBytes, problemText } from './v2-problem';

export interface SendOptions {
  json?: unknown;
  /** Sent as they are, without a Content-Type of the browser's. */
  bytes?: Uint8Array | null;
  headers?: readonly (readonly [name: string, value: string])[];
  signal?: AbortSignal;
}

async function send<T>(method: string, path: string, { json, bytes, headers = [], signal }: SendOptions = {}, renewed = false): Promise<T> {
  const all = new Headers({ 'X-CSRF-Token': session.peek()?.csrfToken ?? '' });
  if (json !== undefined) all.set('Content-Type', 'application/json');
  for (const [name, value] of headers) all.append(name, headerBytes(value));
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
