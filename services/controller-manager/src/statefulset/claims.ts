/** The volume claims of a StatefulSet's pods: made with them, and kept or deleted as the retention policy says (KEP-1847). */
import { controllerRef, ownerRef, withoutOwnerRef } from '@reckon/api';
import { type Action, type Frozen, nameOf, PERSISTENT_VOLUME_CLAIMS, type Stored } from '@reckon/client';
import type { PersistentVolumeClaim } from '@reckon/proto/reckon/api/core/v1/persistent_volume_claim.ts';
import type { StoredPersistentVolumeClaim, StoredPod, StoredStatefulSet } from '../resources.ts';
import type { SetState } from './set.ts';

export function claimName({ metadata }: StoredStatefulSet, template: string, ordinal: number): string {
  return `${template}-${metadata.name}-${ordinal}`;
}

export function claimNames(set: StoredStatefulSet, ordinal: number): readonly string[] {
  return (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) =>
    claimName(set, metadata?.name ?? '', ordinal),
  );
}

/** What is missing of the claims of one ordinal. */
export function claimCreations(state: SetState, ordinal: number): readonly Action[] {
  const { set, claims } = state;
  return (set.spec?.volumeClaimTemplates ?? []).flatMap((template) => {
    const name = claimName(set, template.metadata?.name ?? '', ordinal);
    return claims.has(name) ? [] : [claimCreation(state, template, { name, ordinal })];
  });
}

function claimCreation(
  { set }: SetState,
  template: Frozen<PersistentVolumeClaim>,
  { name, ordinal }: { readonly name: string; readonly ordinal: number },
): Action {
  const pod = `${set.metadata.name}-${ordinal}`;
  const told = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name}`;
  const event = { regarding: set, type: 'Normal', reason: 'SuccessfulCreate' } as const;
  const { annotations, labels } = template.metadata ?? {};
  return {
    type: 'create',
    resource: PERSISTENT_VOLUME_CLAIMS,
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name,
        namespace: set.metadata.namespace,
        labels: { ...labels, ...set.spec?.selector?.matchLabels },
        ...(annotations ? { annotations } : {}),
        ...(goesWithSet(set) ? { ownerReferences: [setRef(set)] } : {}),
      },
      spec: template.spec ?? {},
    },
    because: `pod ${pod} needs the volume claim ${name}`,
    event: { ...event, message: `${told} success` },
    failureEvent: { ...event, type: 'Warning', reason: 'FailedCreate', message: `${told} failed error` },
  };
}

/**
 * The owners of a pod's claims as the policy wants them: the StatefulSet if claims go with it; a pod that is scaled
 * away if its claims go with that.
 */
export function claimOwnership(
  { set, claims }: SetState,
  { ordinal, condemned }: { readonly ordinal: number; readonly condemned: StoredPod | undefined },
): readonly Action[] {
  const { whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const goesWithPod = condemned !== undefined && whenScaled === 'Delete';
  return claimNames(set, ordinal).flatMap((name) => {
    const claim = claims.get(name);
    if (!claim || claim.metadata.deletionTimestamp) return [];
    const owner = goesWithPod ? ownerRef(condemned) : goesWithSet(set) ? setRef(set) : undefined;
    return ownerChange(set, claim, owner);
  });
}

function ownerChange(
  set: StoredStatefulSet,
  claim: StoredPersistentVolumeClaim,
  owner: ReturnType<typeof ownerRef> | undefined,
): readonly Action[] {
  const before = claim.metadata.ownerReferences ?? [];
  const isOurs = ({ kind, name, uid }: (typeof before)[number]) =>
    uid === set.metadata.uid || (kind === 'Pod' && name?.startsWith(`${set.metadata.name}-`) === true);
  const ours = before.filter(isOurs);
  if (ours.length === (owner ? 1 : 0) && ours.every(({ uid }) => uid === owner?.uid)) return [];
  let left: readonly (typeof before)[number][] = before;
  for (const { uid } of ours) left = withoutOwnerRef(left, uid ?? '');
  const { uid, resourceVersion } = claim.metadata;
  return [
    {
      type: 'patch',
      resource: PERSISTENT_VOLUME_CLAIMS,
      target: nameOf(claim),
      patch: { type: 'merge', value: { metadata: { ownerReferences: owner ? [...left, owner] : left } } },
      precondition: { uid, resourceVersion },
      because: owner
        ? `the claim is to be deleted with ${owner.kind} ${owner.name}`
        : `the claim is to be kept (StatefulSet ${set.metadata.name})`,
    },
  ];
}

function goesWithSet(set: StoredStatefulSet): boolean {
  return set.spec?.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
}

function setRef(set: Stored) {
  return controllerRef(set);
}
