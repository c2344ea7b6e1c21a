// Typed routes over the history API. A pattern is '/generations/:id'; its parameters are typed.

import { signal, type ReadonlySignal } from '@preact/signals';

type ParameterNames<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParameterNames<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;
export type RouteParameters<P extends string> = { readonly [K in ParameterNames<P>]: string };
export type Query = Readonly<Record<string, string | number | null | undefined>>;

export type Match<R extends Record<string, string>> = {
  [N in keyof R & string]: { readonly name: N; readonly parameters: RouteParameters<R[N]>; readonly query: URLSearchParams };
}[keyof R & string];

/** The parts of `path` that `pattern` names, or null when it does not fit. A trailing slash is ignored. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/').filter(Boolean);
  const given = path.split('/').filter(Boolean);
  if (wanted.length !== given.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== actual) return null;
      continue;
    }
    try {
      parameters[part.slice(1)] = decodeURIComponent(actual);
    } catch {
      return null; // A broken escape fits nothing.
    }
  }
  return parameters;
}

/** The path of a pattern with its parameters and query; empty query values are left out. */
export function buildPath(pattern: string, parameters: Readonly<Record<string, string>> = {}, query: Query = {}): string {
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The first route that fits; null for a path of none. Routes are tried in the order they are written. */
export function matchRoutes<R extends Record<string, string>>(routes: R, url: string): Match<R> | null {
  const { pathname, searchParams } = new URL(url, 'http://page.invalid');
  for (const [name, pattern] of Object.entries(routes)) {
    const parameters = matchPath(pattern, pathname);
    if (parameters) return { name, parameters, query: searchParams } as unknown as Match<R>;
  }
  return null;
}

type HrefArguments<P extends string> = [ParameterNames<P>] extends [never]
  ? [parameters?: Record<string, never>, query?: Query]
  : [parameters: RouteParameters<P>, query?: Query];

/** Asks whether the page may be left; false keeps the reader where they are. */
export type LeaveGuard = () => boolean | Promise<boolean>;

export interface Router<R extends Record<string, string>> {
  /** Where the reader is; null for an address of no route. */
  readonly current: ReadonlySignal<Match<R> | null>;
  href<N extends keyof R & string>(name: N, ...rest: HrefArguments<R[N]>): string;
  /** Goes to a route of this application, if no guard objects. */
  go(path: string, options?: { replace?: boolean }): Promise<boolean>;
  /** Changes parts of the query in place, without a step in the history; null removes one. */
  setQuery(change: Query): void;
  /** Adds a guard until the returned function is called. */
  guard(check: LeaveGuard): () => void;
  /** Follows links, the back button and the address; returns how to stop. */
  start(): () => void;
}

export function createRouter<const R extends Record<string, string>>(routes: R): Router<R> {
  const here = (): string => location.pathname + location.search;
  const current = signal<Match<R> | null>(matchRoutes(routes, typeof location === 'undefined' ? '/' : here()));
  const guards = new Set<LeaveGuard>();
  let shown = typeof location === 'undefined' ? '/' : here();

  const show = (path: string): void => {
    const samePage = new URL(path, 'http://page.invalid').pathname === new URL(shown, 'http://page.invalid').pathname;
    shown = path;
    current.value = matchRoutes(routes, path);
    if (!samePage) scrollTo(0, 0);
  };
  const mayLeave = async (): Promise<boolean> => {
    for (const check of [...guards]) {
      if (!(await check())) return false;
    }
    return true;
  };

  const router: Router<R> = {
    current,
    href: (name, ...[parameters, query]) => buildPath(routes[name] ?? '/', parameters, query),
    async go(path, { replace = false } = {}) {
      if (path === shown) return true;
      if (!(await mayLeave())) return false;
      if (replace) history.replaceState(null, '', path);
      else history.pushState(null, '', path);
      show(path);
      return true;
    },
    setQuery(change) {
      const url = new URL(shown, 'http://page.invalid');
      for (const [name, value] of Object.entries(change)) {
        if (value === null || value === undefined || value === '') url.searchParams.delete(name);
        else url.searchParams.set(name, String(value));
      }
      const path = url.pathname + url.search;
      if (path === shown) return;
      history.replaceState(null, '', path);
      show(path);
    },
    guard(check) {
      guards.add(check);
      return () => guards.delete(check);
    },
    start() {
      const onClick = (event: MouseEvent): void => {
        if (event.defaultPrevented || event.button !== 0) return;
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        const link = event.target instanceof Element ? event.target.closest('a') : null;
        if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return;
        if (!matchRoutes(routes, link.pathname)) return;
        if (link.hash !== '' && link.pathname + link.search === here()) return; // A place on this page.
        event.preventDefault();
        void router.go(link.pathname + link.search).then((went) => {
          if (!went || link.hash === '') return;
          history.replaceState(null, '', link.pathname + link.search + link.hash);
          requestAnimationFrame(() => document.getElementById(link.hash.slice(1))?.scrollIntoView());
        });
      };
      const onPop = (): void => {
        const target = here();
        if (target === shown) return; // Only the place on the page has changed.
        if (guards.size === 0) {
          show(target);
          return;
        }
        // The browser has moved already: go back to where the reader was until the guards agree.
        const before = shown;
        history.pushState(null, '', before);
        void mayLeave().then((agreed) => {
          if (!agreed) return;
          history.pushState(null, '', target);
          show(target);
        });
      };
      document.addEventListener('click', onClick);
      addEventListener('popstate', onPop);
      return () => {
        document.removeEventListener('click', onClick);
        removeEventListener('popstate', onPop);
      };
    },
  };
  return router;
}
