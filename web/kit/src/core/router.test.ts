import assert from 'node:assert/strict';
import { test } from 'node:test';

import { buildPath, createRouter, matchPath, matchRoutes } from './router';

test('patterns name parts of a path', () => {
  assert.deepEqual(matchPath('/generations/:id', '/generations/g%20%D1%8F'), { id: 'g я' });
  assert.deepEqual(matchPath('/generations', '/generations/'), {});
  assert.deepEqual(matchPath('/', '/'), {});
  assert.equal(matchPath('/generations/:id', '/generations'), null);
  assert.equal(matchPath('/generations/:id', '/generations/a/b'), null);
  assert.equal(matchPath('/generations/:id', '/generations/%E0%A4%A'), null);
});

test('paths are built with their parameters escaped and empty query values left out', () => {
  assert.equal(buildPath('/generations/:id', { id: 'a/b я' }), '/generations/a%2Fb%20%D1%8F');
  assert.equal(buildPath('/gallery', {}, { search: 'x&y', from: null, page: 2, empty: '' }), '/gallery?search=x%26y&page=2');
});

test('the first route that fits wins, and the query comes along', () => {
  const routes = { create: '/generations/new', one: '/generations/:id' } as const;
  assert.equal(matchRoutes(routes, '/generations/new')?.name, 'create');
  const match = matchRoutes(routes, '/generations/g1?tab=log');
  assert.deepEqual(match?.parameters, { id: 'g1' });
  assert.equal(match?.query.get('tab'), 'log');
  assert.equal(matchRoutes(routes, '/elsewhere'), null);
});

/** As much of a browser as a router touches. */
function pretendBrowser(path: string): { entries: string[]; at: () => string } {
  const entries = [path];
  const at = (): string => entries.at(-1) ?? '/';
  const location = {
    get pathname() {
      return new URL(at(), 'http://p').pathname;
    },
    get search() {
      return new URL(at(), 'http://p').search;
    },
  };
  const history = {
    pushState: (_: unknown, __: string, next: string) => void entries.push(next),
    replaceState: (_: unknown, __: string, next: string) => void entries.splice(-1, 1, next),
  };
  Object.assign(globalThis, { location, history, scrollTo: () => undefined });
  return { entries, at };
}

test('going somewhere asks the guards, and a refusal changes nothing', async () => {
  const browser = pretendBrowser('/settings');
  const router = createRouter({ settings: '/settings', one: '/generations/:id' });
  let allowed = false;
  const release = router.guard(async () => allowed);
  assert.equal(await router.go(router.href('one', { id: 'g1' })), false);
  assert.equal(router.current.value?.name, 'settings');
  assert.deepEqual(browser.entries, ['/settings']);
  allowed = true;
  assert.equal(await router.go('/generations/g1'), true);
  assert.equal(router.current.value?.name, 'one');
  assert.deepEqual(browser.entries, ['/settings', '/generations/g1']);
  release();
});

test('filters change the query in place', () => {
  const browser = pretendBrowser('/generations/g1?tab=log');
  const router = createRouter({ one: '/generations/:id' });
  router.setQuery({ search: 'fog', tab: null });
  assert.equal(browser.at(), '/generations/g1?search=fog');
  assert.equal(browser.entries.length, 1);
  assert.equal(router.current.value?.query.get('search'), 'fog');
});
