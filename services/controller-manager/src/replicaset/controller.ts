import { controllerOf } from '@reckon/api';
import { type Controller, keyOf, PODS, REPLICA_SETS, watch, watchOwned, watchSelf } from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeReplicaSet } from './observe.ts';
import { planReplicaSet } from './plan.ts';
import type { ReplicaSetDesired, ReplicaSetObserved } from './types.ts';

export const replicaSetController: Controller<ReplicaSetDesired, ReplicaSetObserved> = {
  name: 'replicaset-controller',
  watches: [
    watchSelf(REPLICA_SETS),
    watchOwned(PODS, 'ReplicaSet'),
    // A pod without a manager concerns every ReplicaSet that would take it.
    watch(PODS, ({ object: pod }, snapshot) =>
      controllerOf(pod)
        ? []
        : snapshot
            .list(REPLICA_SETS, pod.metadata.namespace ?? '')
            .filter((replicaSet) => matches(replicaSet.spec?.selector, pod))
            .map(keyOf),
    ),
  ],
  observe: observeReplicaSet,
  plan: planReplicaSet,
};
