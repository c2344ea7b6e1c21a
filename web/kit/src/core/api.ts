// Requests to the page's own server. Answers other than 2xx are `{ error: { code, message, field? } }`
// and become an ApiError; so do lost connections, as the code 'network'.

/** What the server says went wrong; pages translate `code` with `params`. */
export interface ProblemLike {
  code: string;
  message: string;
  field?: string;
  params?: Record<string, string | number>;
  detail?: string;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    readonly problem: ProblemLike,
    /** How long the server asks to be left alone, if it does. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(problem.message);
  }

  get code(): string {
    return this.problem.code;
  }
}

/** True for the error of a request that its own page has given up: nothing to tell anyone. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** What to show for anything that was thrown. */
export function problemOf(error: unknown): ProblemLike {
  if (error instanceof ApiError) return error.problem;
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}

/** The error of an answer that is not 2xx; a body that is not the agreed JSON still makes a sentence. */
export function errorOf(status: number, statusText: string, body: string, retryAfter: string | null = null): ApiError {
  const seconds = retryAfter === null ? NaN : Number(retryAfter);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  try {
    const parsed: unknown = JSON.parse(body);
    const error = (parsed as { error?: unknown } | null)?.error;
    if (typeof error === 'object' && error !== null) {
      const { code, message } = error as Partial<ProblemLike>;
      if (typeof code === 'string' && typeof message === 'string') {
        return new ApiError(status, error as ProblemLike, retryAfterMs);
      }
    }
  } catch {
    // Not JSON: a proxy's page, or nothing.
  }
  return new ApiError(status, { code: `http_${status}`, message: `${status} ${statusText}`.trim() }, retryAfterMs);
}

export interface RequestOptions {
  signal?: AbortSignal;
}

/** A value with the mark by which the server knows whether it has changed. */
export interface Tagged<T> {
  value: T;
  etag: string | null;
}

export interface ApiClientOptions {
  /** The token that every changing request carries. */
  csrfToken: () => string;
  /** Fetches that token anew: asked once when a change is refused for it, after a restart of the server. */
  renewCsrfToken?: () => Promise<void>;
  /** Told of every answer's status; 0: no answer came. */
  onStatus?: (status: number) => void;
  fetch?: typeof fetch;
}

export interface ApiClient {
  get<T>(path: string, options?: RequestOptions): Promise<T>;
  /** undefined: nothing has changed since `etag`. */
  getIfChanged<T>(path: string, etag: string | null, options?: RequestOptions): Promise<Tagged<T> | undefined>;
  getText(path: string, options?: RequestOptions): Promise<string>;
  post<T>(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  put<T>(path: string, body: unknown, options?: RequestOptions): Promise<T>;
  delete<T>(path: string, options?: RequestOptions): Promise<T>;
}

export function createApiClient(client: ApiClientOptions): ApiClient {
  const send = async (method: string, path: string, init: RequestInit): Promise<Response> => {
    let response: Response;
    try {
      response = await (client.fetch ?? fetch)(path, { method, credentials: 'same-origin', ...init });
    } catch (error) {
      if (isAbort(error)) throw error;
      client.onStatus?.(0);
      throw new ApiError(0, { code: 'network', message: 'The server does not answer.' });
    }
    client.onStatus?.(response.status);
    if (!response.ok && response.status !== 304) {
      throw errorOf(response.status, response.statusText, await response.text(), response.headers.get('Retry-After'));
    }
    return response;
  };
  const read = async <T>(response: Response): Promise<T> => {
    const text = await response.text();
    try {
      return (text === '' ? {} : JSON.parse(text)) as T;
    } catch {
      throw new ApiError(response.status, { code: 'not_json', message: 'The server answered something that is not JSON.' });
    }
  };
  const change = async <T>(method: string, path: string, body: unknown, options: RequestOptions): Promise<T> => {
    const attempt = (): Promise<Response> =>
      send(method, path, {
        headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': client.csrfToken() },
        body: method === 'DELETE' ? undefined : JSON.stringify(body ?? {}),
        signal: options.signal,
      });
    try {
      return await read<T>(await attempt());
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'csrf' && client.renewCsrfToken)) throw error;
      await client.renewCsrfToken();
      return read<T>(await attempt());
    }
  };

  return {
    get: async (path, options = {}) => read(await send('GET', path, { signal: options.signal })),
    async getIfChanged(path, etag, options = {}) {
      const response = await send('GET', path, {
        headers: etag === null ? {} : { 'If-None-Match': etag },
        cache: 'no-store', // The page compares for itself.
        signal: options.signal,
      });
      if (response.status === 304) return undefined;
      return { value: await read(response), etag: response.headers.get('ETag') };
    },
    getText: async (path, options = {}) => (await send('GET', path, { signal: options.signal })).text(),
    post: (path, body, options = {}) => change('POST', path, body, options),
    put: (path, body, options = {}) => change('PUT', path, body, options),
    delete: (path, options = {}) => change('DELETE', path, undefined, options),
  };
}
