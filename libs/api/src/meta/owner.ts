import type { KubeObject, ObjectMeta, OwnerReference } from './types.ts';

/** The owner that manages the object: at most one reference has `controller`. */
export function controllerOf(object: { readonly metadata: ObjectMeta }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: { readonly metadata: ObjectMeta }, uid: string): boolean {
  return controllerOf(object)?.uid === uid;
}

export function isOwnedBy(object: { readonly metadata: ObjectMeta }, uid: string): boolean {
  return object.metadata.ownerReferences?.some((reference) => reference.uid === uid) ?? false;
}

/** The reference that a controller sets on what it makes for `owner`: managing, and holding back its foreground deletion. */
export function controllerRef(owner: KubeObject): OwnerReference {
  return { ...ownerRef(owner), controller: true, blockOwnerDeletion: true };
}

/** A plain owner reference. */
export function ownerRef(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
  };
}

/** The references with one added, or replaced if that owner has one already. */
export function withOwnerRef(
  references: readonly OwnerReference[] | undefined,
  added: OwnerReference,
): readonly OwnerReference[] {
  const others = (references ?? []).filter((reference) => reference.uid !== added.uid);
  return [...others, added];
}

export function withoutOwnerRef(
  references: readonly OwnerReference[] | undefined,
  uid: string,
): readonly OwnerReference[] {
  return (references ?? []).filter((reference) => reference.uid !== uid);
}
