import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GroupEndpoint } from '../../api/resources';
import { change, faultOf, removal, type EndpointStep } from './endpoints';

/** What the broker does with the steps: by name if one is given, else by URL. */
function apply(endpoints: readonly GroupEndpoint[], steps: readonly EndpointStep[]): { endpoints: GroupEndpoint[]; emptied: boolean; headers: boolean } {
  let group = endpoints.map((endpoint) => ({ ...endpoint }));
  let emptied = false;
  let headers = false;
  for (const step of steps) {
    if (step.kind === 'headers') headers = true;
    else if (step.kind === 'remove') {
      const wanted = step.endpoint;
      group = group.filter((endpoint) => ('name' in wanted ? endpoint.name !== wanted.name : endpoint.url !== wanted.url));
      emptied ||= group.length === 0;
    } else {
      for (const wanted of step.endpoints) {
        const known = group.find((endpoint) => (wanted.name ? endpoint.name === wanted.name : endpoint.url === wanted.url));
        if (known) known.url = wanted.url;
        else group.push({ ...wanted });
      }
    }
  }
  return { endpoints: group, emptied, headers };
}

const sorted = (endpoints: readonly GroupEndpoint[]): string[] => endpoints.map(({ name, url }) => `${name ?? ''} ${url}`).sort();

const a = { name: 'a', url: 'https://one.test' };
const plain = { url: 'https://one.test' };
const b = { name: 'b', url: 'https://two.test' };

test('an endpoint changes and the others stay, whatever they share', () => {
  const cases: readonly [endpoints: readonly GroupEndpoint[], before: GroupEndpoint, after: GroupEndpoint][] = [
    [[a, b], a, { name: 'a', url: 'https://three.test' }],
    [[a, b], a, { name: 'c', url: 'https://one.test' }],
    [[a], a, { name: 'c', url: 'https://one.test' }],
    [[plain, b], plain, { url: 'https://three.test' }],
    [[plain, a, b], plain, { url: 'https://three.test' }],
    [[plain, a], plain, { name: 'c', url: 'https://one.test' }],
    [[plain], plain, { name: 'c', url: 'https://one.test' }],
    [[plain, b], plain, { name: 'c', url: 'https://four.test' }],
    [[plain, b], plain, { url: 'https://one.test' }],
  ];
  for (const [endpoints, before, after] of cases) {
    const told = apply(endpoints, change(endpoints, before, after));
    assert.deepEqual(sorted(told.endpoints), sorted(endpoints.map((endpoint) => (endpoint === before ? after : endpoint))));
    assert.equal(told.headers, told.emptied);
  }
});

test('an endpoint goes alone', () => {
  for (const [endpoints, gone] of [[[a, plain, b], plain], [[a, plain], plain], [[a, plain], a], [[a, b], a]] as const) {
    const told = apply(endpoints, removal(endpoints, gone));
    assert.deepEqual(sorted(told.endpoints), sorted(endpoints.filter((endpoint) => endpoint !== gone)));
    assert.equal(told.headers, told.emptied);
  }
});

test('what the broker could not tell apart is refused', () => {
  assert.equal(faultOf([a, b], null, { name: 'a', url: 'https://x.test' }), 'nameTaken');
  assert.equal(faultOf([a, b], null, { url: 'https://two.test' }), 'urlTaken');
  assert.equal(faultOf([a, b], a, { url: 'https://one.test' }), 'nameLost');
  assert.equal(faultOf([a, b], a, { name: 'a', url: 'one.test' }), 'url');
  assert.equal(faultOf([a, b], a, { name: 'a', url: 'https://new.test' }), null);
});
