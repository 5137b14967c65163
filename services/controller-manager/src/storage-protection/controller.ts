import { controllerOf } from '@reckon/api';
import {
  type Controller,
  type Index,
  PERSISTENT_VOLUME_CLAIMS,
  PERSISTENT_VOLUMES,
  PODS,
  parseKey,
  type Stored,
  watch,
  watchSelf,
} from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { StoredPersistentVolumeClaim, StoredPod } from '../resources.ts';
import { type ProtectionObserved, planProtection } from './plan.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

const BY_CLAIM: Index<Pod> = { name: 'claims', resource: PODS, values: claimsOf };

export const claimProtectionController: Controller<Stored, ProtectionObserved> = {
  name: 'pvc-protection-controller',
  watches: [
    watchSelf(PERSISTENT_VOLUME_CLAIMS),
    watch(PODS, ({ operation, object }) =>
      operation === 'delete' || isShutDown(object) ? claimsOf(object) : [],
    ),
  ],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(PERSISTENT_VOLUME_CLAIMS, namespace, name);
    if (!desired) return undefined;
    const user = desired.metadata.deletionTimestamp
      ? snapshot.lookup(BY_CLAIM, key).find((pod) => uses(pod, desired))
      : undefined;
    return {
      desired,
      observed: {
        resource: PERSISTENT_VOLUME_CLAIMS,
        finalizer: CLAIM_FINALIZER,
        user: user && `pod ${user.metadata.name}`,
      },
    };
  },
  plan: planProtection,
};

export const volumeProtectionController: Controller<Stored, ProtectionObserved> = {
  name: 'pv-protection-controller',
  watches: [watchSelf(PERSISTENT_VOLUMES)],
  observe(snapshot, key) {
    const { name } = parseKey(key);
    const desired = snapshot.get(PERSISTENT_VOLUMES, '', name);
    if (!desired) return undefined;
    const user = desired.status?.phase === 'Bound' ? `claim ${desired.spec?.claimRef?.name}` : undefined;
    return { desired, observed: { resource: PERSISTENT_VOLUMES, finalizer: VOLUME_FINALIZER, user } };
  },
  plan: planProtection,
};

/** Keys of the claims that a pod names, and of those that its ephemeral volumes have. */
function* claimsOf({ metadata, spec }: StoredPod): Iterable<string> {
  for (const { name, persistentVolumeClaim, ephemeral } of spec?.volumes ?? []) {
    const claim = ephemeral ? `${metadata.name}-${name}` : persistentVolumeClaim?.claimName;
    if (claim) yield `${metadata.namespace}/${claim}`;
  }
}

/** A pod that no node has is not started any more once the claim is being deleted. */
function uses(pod: StoredPod, claim: StoredPersistentVolumeClaim): boolean {
  if (!pod.spec?.nodeName) return false;
  const isNamed = pod.spec.volumes?.some(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name,
  );
  return isNamed || (!isShutDown(pod) && controllerOf(claim)?.uid === pod.metadata.uid);
}

/** Its node is done with it, or nobody waits for that. */
function isShutDown({ metadata }: StoredPod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}
