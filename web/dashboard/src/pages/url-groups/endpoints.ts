// What to ask of the broker so that one endpoint of a group changes and all others stay. It knows
// endpoints by name, and those without one by URL; a group without endpoints is deleted at once.

import { isHttpUrl, type GroupEndpoint } from '../../api/resources';

export type EndpointStep =
  | { kind: 'upsert'; endpoints: readonly GroupEndpoint[] }
  | { kind: 'remove'; endpoint: { name: string } | { url: string } }
  /** The group was without endpoints in between: its default headers are to be set again. */
  | { kind: 'headers' };

/** Others that asking to remove `endpoint` would remove as well. */
function swept(endpoints: readonly GroupEndpoint[], endpoint: GroupEndpoint): GroupEndpoint[] {
  return endpoint.name ? [] : endpoints.filter((other) => other !== endpoint && other.url === endpoint.url);
}

export function removal(endpoints: readonly GroupEndpoint[], endpoint: GroupEndpoint): EndpointStep[] {
  if (endpoint.name) return [{ kind: 'remove', endpoint: { name: endpoint.name } }];
  const again = swept(endpoints, endpoint);
  const emptied = endpoints.every(({ url }) => url === endpoint.url);
  return [
    { kind: 'remove', endpoint: { url: endpoint.url } },
    ...(again.length > 0 ? [{ kind: 'upsert', endpoints: again } as const] : []),
    ...(again.length > 0 && emptied ? [{ kind: 'headers' } as const] : []),
  ];
}

export function change(endpoints: readonly GroupEndpoint[], before: GroupEndpoint, after: GroupEndpoint): EndpointStep[] {
  const add: EndpointStep = { kind: 'upsert', endpoints: [after] };
  if (before.name && before.name === after.name) return [add];
  if (before.name) return [add, { kind: 'remove', endpoint: { name: before.name } }];
  const again = swept(endpoints, before);
  const remove: EndpointStep = { kind: 'remove', endpoint: { url: before.url } };
  if (before.url !== after.url) return [add, remove, ...(again.length > 0 ? [{ kind: 'upsert', endpoints: again } as const] : [])];
  // The same URL gets a name: by its URL the new one would be removed with the old one.
  if (!after.name) return [];
  const emptied = endpoints.every(({ url }) => url === before.url);
  return [remove, { kind: 'upsert', endpoints: [after, ...again] }, ...(emptied ? [{ kind: 'headers' } as const] : [])];
}

export type EndpointFault = 'url' | 'nameTaken' | 'urlTaken' | 'nameLost';

export function faultOf(endpoints: readonly GroupEndpoint[], before: GroupEndpoint | null, after: GroupEndpoint): EndpointFault | null {
  if (!isHttpUrl(after.url)) return 'url';
  const others = endpoints.filter((other) => other !== before);
  if (after.name && others.some(({ name }) => name === after.name)) return 'nameTaken';
  if (!after.name && others.some(({ url }) => url === after.url)) return 'urlTaken';
  return before?.name && !after.name ? 'nameLost' : null;
}
