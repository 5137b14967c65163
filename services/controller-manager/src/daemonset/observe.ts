import { controllerOf, isPodActive, labelSelectorOf } from '@reckon/api';
import { DAEMON_SETS, NODES, type Observation, PODS, parseKey, type Snapshot } from '@reckon/client';
import { observeRevisions } from '../history/observe.ts';
import type { DaemonSetDesired, DaemonSetObserved } from './types.ts';

export function observeDaemonSet(
  snapshot: Snapshot,
  key: string,
): Observation<DaemonSetDesired, DaemonSetObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(DAEMON_SETS, namespace, name);
  if (!desired) return undefined;
  const { uid } = desired.metadata;
  const owned = snapshot.ownedBy(PODS, uid).filter((pod) => controllerOf(pod)?.uid === uid);
  const orphans = snapshot
    .select(PODS, namespace, labelSelectorOf(desired.spec?.selector))
    .filter((pod) => isPodActive(pod) && !controllerOf(pod));
  const revisions = observeRevisions(snapshot, {
    owner: desired,
    selector: desired.spec?.selector,
    template: desired.spec?.template,
    collisionCount: desired.status?.collisionCount ?? 0,
  });
  return { desired, observed: { owned, orphans, nodes: snapshot.list(NODES), revisions } };
}
