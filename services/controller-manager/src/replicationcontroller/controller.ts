/** A ReplicationController does what a ReplicaSet does; only its selector is older: labels, and nothing else. */
import { controllerOf } from '@reckon/api';
import {
  type Controller,
  keyOf,
  type Observation,
  type Plan,
  type PlanInput,
  PODS,
  parseKey,
  REPLICATION_CONTROLLERS,
  type Snapshot,
  watch,
  watchOwned,
  watchSelf,
} from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeReplicas } from '../replicaset/observe.ts';
import { planReplicaSet } from '../replicaset/plan.ts';
import type { ReplicaSetObserved } from '../replicaset/types.ts';
import type { StoredReplicaSet, StoredReplicationController } from '../resources.ts';

/** Objects are frozen and shared, so each has one view for as long as it stays as it is. */
const views = new WeakMap<StoredReplicationController, StoredReplicaSet>();

/** Itself, with its selector in the form of newer kinds. */
function viewOf(controller: StoredReplicationController): StoredReplicaSet {
  let view = views.get(controller);
  if (!view) {
    const { selector, ...spec } = controller.spec ?? {};
    view = { ...controller, spec: { ...spec, ...(selector ? { selector: { matchLabels: selector } } : {}) } };
    views.set(controller, view);
  }
  return view;
}

function observeReplicationController(
  snapshot: Snapshot,
  key: string,
): Observation<StoredReplicationController, ReplicaSetObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(REPLICATION_CONTROLLERS, namespace, name);
  return desired ? { desired, observed: observeReplicas(snapshot, viewOf(desired)) } : undefined;
}

export function planReplicationController(
  input: PlanInput<StoredReplicationController, ReplicaSetObserved>,
): Plan {
  const { desired } = input;
  const plan = planReplicaSet({ ...input, desired: viewOf(desired) });
  const status = plan.status && { ...plan.status, resource: REPLICATION_CONTROLLERS, object: desired };
  return { ...plan, status };
}

export const replicationController: Controller<StoredReplicationController, ReplicaSetObserved> = {
  name: 'replication-controller',
  watches: [
    watchSelf(REPLICATION_CONTROLLERS),
    watchOwned(PODS, 'ReplicationController'),
    watch(PODS, ({ object: pod }, snapshot) =>
      controllerOf(pod)
        ? []
        : snapshot
            .list(REPLICATION_CONTROLLERS, pod.metadata.namespace ?? '')
            .filter((controller) => matches(viewOf(controller).spec?.selector, pod))
            .map(keyOf),
    ),
  ],
  observe: observeReplicationController,
  plan: planReplicationController,
};
