import { semanticEqual } from '@reckon/api';
import { type Controller, keyOf, NODES, PODS, parseKey, watch, watchSelf } from '@reckon/client';
import type { StoredPod } from '../resources.ts';
import { isOutOfService, type PodGcObserved, planPodGc } from './plan.ts';

/** Removes pods of which nobody is left to stop them and to say so. */
export const podGcController: Controller<StoredPod, PodGcObserved> = {
  name: 'pod-garbage-collector',
  watches: [
    watchSelf(PODS),
    watch(NODES, ({ object, previous, operation }, snapshot) =>
      operation === 'delete' ||
      (isOutOfService(object) && !semanticEqual(object.spec?.taints, previous?.spec?.taints)) ||
      (isOutOfService(object) && previous && !isOutOfService(previous))
        ? snapshot.onNode(PODS, object.metadata.name).map(keyOf)
        : [],
    ),
  ],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(PODS, namespace, name);
    if (!desired) return undefined;
    const { nodeName = '' } = desired.spec ?? {};
    const node = nodeName ? snapshot.get(NODES, '', nodeName) : undefined;
    const deleting = desired.metadata.deletionTimestamp !== undefined;
    const doubtful = nodeName ? !node || (deleting && isOutOfService(node)) : deleting;
    return doubtful ? { desired, observed: { nodeName, node } } : undefined;
  },
  plan: planPodGc,
};
