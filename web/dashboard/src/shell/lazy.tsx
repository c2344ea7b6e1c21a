import { Skeleton } from '@godwit/kit';
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { LoadFailed } from './problems';

const waiting: (() => Promise<void>)[] = [];

/** Fetches the other pages while the browser has nothing to do, so that going there is immediate. */
export function fetchPagesWhenIdle(): void {
  const next = (): void => {
    const fetchOne = waiting.shift();
    // One that fails now is fetched again, and its error shown, when it is opened.
    if (fetchOne) void fetchOne().catch(() => undefined).then(whenIdle);
  };
  const whenIdle = (): void => {
    if ('requestIdleCallback' in window) requestIdleCallback(next, { timeout: 5000 });
    else setTimeout(next, 500);
  };
  whenIdle();
}

/** A page that is fetched when it is first opened, or before, and kept. */
export function lazyPage<P extends object>(load: () => Promise<ComponentType<P>>): (properties: P) => JSX.Element {
  let Loaded: ComponentType<P> | undefined;
  waiting.push(async () => {
    Loaded ??= await load();
  });
  return function LazyPage(properties: P): JSX.Element {
    const [, setReady] = useState(Loaded !== undefined);
    const [error, setError] = useState<unknown>(null);
    const fetchPage = async (): Promise<void> => {
      try {
        Loaded = await load();
        setError(null);
        setReady(true);
      } catch (problem) {
        setError(problem);
      }
    };
    useEffect(() => {
      if (!Loaded) void fetchPage();
    }, []);
    if (Loaded) return <Loaded {...properties} />;
    // A file that is gone belongs to an earlier version of the server: the new page names the new files.
    if (error) return <LoadFailed error={error} retry={async () => location.reload()} />;
    return <Skeleton lines={4} height="row" />;
  };
}
