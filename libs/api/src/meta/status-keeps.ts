/**
 * What a write of `status` leaves of an object's metadata as it was. Most kinds let everything through that a client may
 * write; these few do not (Kubernetes: `GetResetFields` of the status strategies in its registry).
 */
export type MetadataPart = 'labels' | 'annotations' | 'finalizers' | 'ownerReferences';

const ALL: readonly MetadataPart[] = ['labels', 'annotations', 'finalizers', 'ownerReferences'];

const KEPT: ReadonlyMap<string, readonly MetadataPart[]> = new Map([
  ['deployments.apps', ['labels']],
  // Node agents of old spoilt the owners that they sent back; what they say of them is not believed.
  ['pods', ['ownerReferences']],
  ['servicecidrs.networking.k8s.io', ALL],
  ['volumeattachments.storage.k8s.io', ALL],
]);

/** @param groupResource `pods`, `deployments.apps` */
export function metadataKeptByStatus(groupResource: string): readonly MetadataPart[] {
  return KEPT.get(groupResource) ?? [];
}
