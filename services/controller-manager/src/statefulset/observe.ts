import { controllerOf, isPodActive, labelSelectorOf } from '@reckon/api';
import {
  type Observation,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  parseKey,
  type Snapshot,
  STATEFUL_SETS,
} from '@reckon/client';
import { observeRevisions } from '../history/observe.ts';
import type { StoredPersistentVolumeClaim, StoredPod, StoredStatefulSet } from '../resources.ts';
import { claimNames } from './claims.ts';
import { ordinalOf, type StatefulSetDesired, type StatefulSetObserved } from './types.ts';

export function observeStatefulSet(
  snapshot: Snapshot,
  key: string,
): Observation<StatefulSetDesired, StatefulSetObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(STATEFUL_SETS, namespace, name);
  if (!desired) return undefined;
  const { uid } = desired.metadata;
  const owned = snapshot.ownedBy(PODS, uid).filter((pod) => controllerOf(pod)?.uid === uid);
  const orphans = snapshot
    .select(PODS, namespace, labelSelectorOf(desired.spec?.selector))
    .filter((pod) => isPodActive(pod) && !controllerOf(pod) && ordinalOf(desired, pod) !== undefined);
  const revisions = observeRevisions(snapshot, {
    owner: desired,
    selector: desired.spec?.selector,
    template: desired.spec?.template,
    collisionCount: desired.status?.collisionCount ?? 0,
  });
  const claims = claimsOf(snapshot, desired, owned);
  const mine = new Set([...owned, ...orphans].map(({ metadata }) => metadata.uid));
  const taken = new Set(
    ordinalsOf(desired).filter((ordinal) => {
      const holder = snapshot.get(PODS, namespace, `${name}-${ordinal}`);
      return holder !== undefined && !mine.has(holder.metadata.uid);
    }),
  );
  return { desired, observed: { owned, orphans, claims, taken, revisions } };
}

function ordinalsOf({ spec }: StoredStatefulSet): readonly number[] {
  const first = spec?.ordinals?.start ?? 0;
  return Array.from({ length: spec?.replicas ?? 1 }, (_, i) => first + i);
}

function claimsOf(
  snapshot: Snapshot,
  set: StoredStatefulSet,
  owned: readonly StoredPod[],
): ReadonlyMap<string, StoredPersistentVolumeClaim> {
  const claims = new Map<string, StoredPersistentVolumeClaim>();
  if (!set.spec?.volumeClaimTemplates?.length) return claims;
  const present = owned.map((pod) => ordinalOf(set, pod)).filter((ordinal) => ordinal !== undefined);
  for (const ordinal of new Set([...ordinalsOf(set), ...present])) {
    for (const name of claimNames(set, ordinal)) {
      const claim = snapshot.get(PERSISTENT_VOLUME_CLAIMS, set.metadata.namespace ?? '', name);
      if (claim) claims.set(name, claim);
    }
  }
  return claims;
}
