// Why an attempt failed, in words, and what to do about it.

import type { Diagnosis } from '../../api/contract';
import type { MessageText } from './sentence';

/** A sentence that says what happened, and one or two that say what helps. */
export interface Explained {
  what: MessageText;
  remedy: MessageText;
  places: Readonly<Record<string, string>>;
}

export const diagnosisCodes: Readonly<Record<Diagnosis['code'], true>> = {
  refused: true,
  timeout: true,
  host_not_found: true,
  address_not_allowed: true,
  certificate: true,
  certificate_name: true,
  tls: true,
  connection_cut: true,
  not_http: true,
  redirect: true,
  login_page: true,
  unauthorized: true,
  not_found: true,
  method_not_allowed: true,
  too_large: true,
  rate_limited: true,
  client_error: true,
  server_error: true,
  unknown: true,
};

export const timeoutPhases = ['resolve', 'connect', 'tls', 'send', 'response', 'body', 'unknown'] as const;
type TimeoutPhase = (typeof timeoutPhases)[number];

function hostOf(url: string): { host: string; hostname: string; port: string } {
  try {
    const { host, hostname, port, protocol } = new URL(url);
    return { host, hostname, port: port === '' ? (protocol === 'https:' ? '443' : '80') : port };
  } catch {
    return { host: url, hostname: url, port: '' };
  }
}

/** An address with its port: what listens, or does not, is one port of it. */
function withPort(address: string, port: string): string {
  if (port === '' || /^\[.*\]:\d+$|^[^:]*:\d+$/.test(address)) return address;
  return address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
}

const isLoopback = (address: string): boolean => /^127\.|^\[?::1\]?(:|$)|^localhost(:|$)/i.test(address);

export interface Failed {
  diagnosis: Diagnosis;
  url: string;
  method: string;
}

export function explain({ diagnosis: { code, params }, url, method }: Failed): Explained {
  const { host, hostname, port } = hostOf(url);
  const param = (name: string, instead = ''): string => {
    const value = params[name];
    return value === undefined || value === '' ? instead : String(value);
  };
  const places = { host: param('host', host), method, status: param('status'), location: param('location', '?') };
  switch (code) {
    case 'refused': {
      const address = withPort(param('address', hostname), port);
      return { what: 'refusedWhat', remedy: isLoopback(address) ? 'refusedLoopbackRemedy' : 'refusedRemedy', places: { ...places, address } };
    }
    case 'timeout': {
      const known = timeoutPhases.includes(param('phase') as TimeoutPhase) ? (param('phase') as TimeoutPhase) : 'unknown';
      return { what: `timeout_${known}_what`, remedy: `timeout_${known}_remedy`, places: { ...places, after: param('after', '?') } };
    }
    case 'host_not_found':
      return { what: 'hostNotFoundWhat', remedy: 'hostNotFoundRemedy', places };
    case 'address_not_allowed':
      return { what: 'addressNotAllowedWhat', remedy: 'addressNotAllowedRemedy', places: { ...places, address: param('address', hostname) } };
    case 'certificate':
      return { what: 'certificateWhat', remedy: 'certificateRemedy', places };
    case 'certificate_name':
      return { what: 'certificateNameWhat', remedy: 'certificateNameRemedy', places };
    case 'tls':
      return { what: 'tlsWhat', remedy: 'tlsRemedy', places };
    case 'connection_cut':
      return { what: 'connectionCutWhat', remedy: 'connectionCutRemedy', places };
    case 'not_http':
      return { what: 'notHttpWhat', remedy: 'notHttpRemedy', places };
    case 'redirect':
      return { what: 'redirectWhat', remedy: 'redirectRemedy', places };
    case 'login_page':
      return { what: 'loginPageWhat', remedy: 'loginPageRemedy', places };
    case 'unauthorized':
      return { what: 'unauthorizedWhat', remedy: 'unauthorizedRemedy', places };
    case 'not_found':
      return { what: 'notFoundWhat', remedy: 'notFoundRemedy', places };
    case 'method_not_allowed':
      return { what: 'methodNotAllowedWhat', remedy: 'methodNotAllowedRemedy', places };
    case 'too_large':
      return { what: 'tooLargeWhat', remedy: 'tooLargeRemedy', places };
    case 'rate_limited':
      return param('retryAfter') === ''
        ? { what: 'rateLimitedWhat', remedy: 'rateLimitedRemedy', places }
        : { what: 'rateLimitedAfterWhat', remedy: 'rateLimitedRemedy', places: { ...places, retryAfter: param('retryAfter') } };
    case 'client_error':
      return { what: 'clientErrorWhat', remedy: 'clientErrorRemedy', places };
    case 'server_error':
      return { what: 'serverErrorWhat', remedy: 'serverErrorRemedy', places };
    default: // Not known, or of a later server.
      return { what: 'unknownWhat', remedy: 'unknownRemedy', places };
  }
}
