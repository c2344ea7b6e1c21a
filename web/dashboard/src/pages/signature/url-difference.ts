/** What of two URLs differs, when it is one thing; it tells who changed it on the way. */
export type UrlDifference = 'scheme' | 'host' | 'port' | 'slash' | 'path' | 'query' | 'case' | 'other';

interface Parts {
  scheme: string;
  host: string;
  port: string;
  path: string;
  query: string;
}

/** As written, for the comparison of receivers is one of letters. */
function partsOf(url: string): Parts | null {
  const match = /^(https?):\/\/(\[[^\]]*\]|[^/?#:]*)(?::(\d*))?([^?#]*)(\?[^#]*)?$/i.exec(url);
  return match ? { scheme: match[1] ?? '', host: match[2] ?? '', port: match[3] ?? '', path: match[4] ?? '', query: match[5] ?? '' } : null;
}

const withoutSlash = (path: string): string => path.replace(/\/$/, '');

export function urlDifference(given: string, signed: string): UrlDifference {
  const a = partsOf(given);
  const b = partsOf(signed);
  if (!a || !b) return 'other';
  if (given.toLowerCase() === signed.toLowerCase()) return 'case';
  // A scheme brings its own port along: a receiver behind a proxy often sees both change.
  if (a.host.toLowerCase() !== b.host.toLowerCase()) return 'host';
  const differs = {
    scheme: a.scheme.toLowerCase() !== b.scheme.toLowerCase(),
    port: a.port !== b.port,
    path: a.path !== b.path,
    query: a.query !== b.query,
  };
  if (differs.path) return withoutSlash(a.path) === withoutSlash(b.path) && !differs.scheme && !differs.port && !differs.query ? 'slash' : 'path';
  if (differs.scheme && !differs.query) return 'scheme';
  if (differs.port && !differs.scheme && !differs.query) return 'port';
  return differs.query && !differs.scheme && !differs.port ? 'query' : 'other';
}
