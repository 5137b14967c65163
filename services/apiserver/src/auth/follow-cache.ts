/** Keeps what the authorizer knows at the head of the watch cache. */
import type { WatchCache } from '../cache/watch-cache.ts';
import { UnionAuthorizer } from './authorizer.ts';
import { NodeAuthorizer } from './node/node-authorizer.ts';
import { NodeIndex } from './node/node-index.ts';
import { RBAC_RESOURCES, RbacIndex } from './rbac/rbac-index.ts';

/** An authorizer that knows what the cache knows, from its first load on. */
export function authorizerOf(cache: Pick<WatchCache, 'observe'>): UnionAuthorizer {
  const rbac = new RbacIndex();
  for (const resource of RBAC_RESOURCES)
    cache.observe(resource, {
      put: ({ value }) => rbac.put(resource, value),
      remove: ({ key }) => rbac.remove(resource, key.namespace, key.name),
    });
  const nodes = new NodeIndex();
  cache.observe('pods', {
    put: (entry, previous) => nodes.put(entry, previous),
    remove: (entry) => nodes.remove(entry),
  });
  return new UnionAuthorizer({ rbac, node: new NodeAuthorizer(nodes) });
}
