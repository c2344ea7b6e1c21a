/** Problems of the server by their codes; its own English stands in for those that have no text here. */
export const problem = {
  network: 'The server does not answer.',
  not_json: 'The server answered something that is not JSON.',
  unauthenticated: 'The session has ended: sign in again.',
  wrong_token: 'No token of this broker reads like this.',
  too_many_logins: 'Too many attempts: wait a minute.',
  read_only: 'This token is read-only.',
  csrf: 'The page is older than the session: reload it.',
  unavailable: 'The broker cannot answer this now.',
  not_found: 'It is not here any more.',
} as const;
