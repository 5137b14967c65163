/** Kinds whose deletion answers with the last object instead of a Status (Kubernetes: `ReturnDeletedObject`). */
const RETURNS_OBJECT: ReadonlySet<string> = new Set([
  'pods',
  'podtemplates',
  'serviceaccounts',
  'services',
  'resourcequotas',
  'persistentvolumes',
  'persistentvolumeclaims',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

/** @param groupResource `pods`, `deployments.apps` */
export function returnsDeletedObject(groupResource: string): boolean {
  return RETURNS_OBJECT.has(groupResource);
}
