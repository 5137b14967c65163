/** In which order the objects of a transaction are written: each sees those before it. */

/** What others stand on goes first; kinds that are not named here come after all of these, as they were given. */
const FIRST: readonly string[] = [
  'namespaces',
  'customresourcedefinitions.apiextensions.k8s.io',
  'storageclasses.storage.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'resourcequotas',
  'limitranges',
  'serviceaccounts',
  'clusterroles.rbac.authorization.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'secrets',
  'configmaps',
  'persistentvolumes',
  'persistentvolumeclaims',
  'services',
];

function placeOf(groupResource: string): number {
  const place = FIRST.indexOf(groupResource);
  return place < 0 ? FIRST.length : place;
}

/** Stable: objects of one kind stay in the order in which they come. */
export function inCreationOrder<T>(objects: readonly T[], resourceOf: (object: T) => string): readonly T[] {
  return objects.toSorted((a, b) => placeOf(resourceOf(a)) - placeOf(resourceOf(b)));
}
