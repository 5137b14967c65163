/** What a plan is made from: the objects of its scope as of a revision. */
import { ApiError, isArray, isObject, type Revision } from '@reckon/api';
import { type ApiClient, NAMESPACES, type ResourceType, SERVICES, type Stored } from '@reckon/client';
import { isKindRestored } from './restorable.ts';
import type { AnObject, Claim, Scope, Snapped } from './types.ts';

export interface SnapshotRequest {
  readonly scope: Scope;
  readonly revision: Revision;
  /** Of a namespace: the kinds that can be in it. */
  readonly kinds: readonly ResourceType[];
}

/** Objects of the scope, and the Namespace around them, all as of one revision. */
export async function snapshotOf(
  api: ApiClient,
  { scope, revision, kinds }: SnapshotRequest,
): Promise<readonly Snapped[]> {
  const { namespace } = scope;
  const around =
    namespace === '' ? [] : await find(api, NAMESPACES, { namespace: '', name: namespace, revision });
  if (scope.kind === 'object') {
    const own = await find(api, scope.resource, { namespace, name: scope.name, revision });
    return [...around, ...own];
  }
  const inside = kinds.filter((kind) => kind.namespaced && isKindRestored(kind));
  const lists = await Promise.all(
    inside.map(async (resource) => {
      const { items } = await api.list(resource, { namespace, ...at(revision) });
      return items.map((object) => ({ resource, object: asObject(object) }));
    }),
  );
  return [...around, ...lists.flat()];
}

/** What all Services of the cluster have, as of a revision. */
export async function claimsAt(api: ApiClient, revision: Revision): Promise<readonly Claim[]> {
  const { items } = await api.list(SERVICES, at(revision));
  return items.flatMap((service) => {
    const { namespace = '', name } = service.metadata;
    const spec = isObject(service.spec) ? service.spec : {};
    const addresses = isArray(spec.clusterIPs) ? spec.clusterIPs.map(String) : [];
    const ports = isArray(spec.ports) ? spec.ports.filter(isObject) : [];
    const nodePorts = ports.flatMap(({ nodePort }) =>
      typeof nodePort === 'number' && nodePort > 0 ? [`port ${nodePort}`] : [],
    );
    return [...addresses, ...nodePorts].map((what) => ({ what, namespace, name }));
  });
}

async function find(
  api: ApiClient,
  resource: ResourceType,
  {
    namespace,
    name,
    revision,
  }: { readonly namespace: string; readonly name: string; readonly revision: Revision },
): Promise<readonly Snapped[]> {
  try {
    return [{ resource, object: asObject(await api.get(resource, { namespace, name }, at(revision))) }];
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return [];
    throw error;
  }
}

function at(revision: Revision) {
  return { resourceVersion: String(revision), match: 'Exact' as const };
}

function asObject(object: Stored): AnObject {
  return { ...object };
}
