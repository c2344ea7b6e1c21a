import { ApiError, errorOf, isAbort } from '@godwit/kit';

/** The bytes at an address of this server. */
export async function loadBytes(path: string, signal: AbortSignal): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', signal });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, { code: 'network', message: 'The server does not answer.' });
  }
  if (!response.ok) throw errorOf(response.status, response.statusText, await response.text());
  return new Uint8Array(await response.arrayBuffer());
}
