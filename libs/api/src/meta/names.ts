/** Well-known names of the Kubernetes API that more than one room uses. */

export const FINALIZER_ORPHAN = 'orphan';
export const FINALIZER_FOREGROUND = 'foregroundDeletion';
export const LAST_APPLIED_ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
export const POD_TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** `deployments.apps` → `{ group: 'apps', resource: 'deployments' }`; `pods` → group ''. */
export function splitGroupResource(groupResource: string): {
  readonly group: string;
  readonly resource: string;
} {
  const dot = groupResource.indexOf('.');
  return dot < 0
    ? { group: '', resource: groupResource }
    : { group: groupResource.slice(dot + 1), resource: groupResource.slice(0, dot) };
}

/** `apps/v1` → `{ group: 'apps', version: 'v1' }`; `v1` → group ''. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function joinApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `Deployment.apps`, `Pod`: how messages name a kind. */
export function groupKind(group: string, kind: string): string {
  return group === '' ? kind : `${kind}.${group}`;
}
