import { controllerOf } from '@reckon/api';
import {
  type Controller,
  DEPLOYMENTS,
  keyOf,
  PODS,
  REPLICA_SETS,
  type Snapshot,
  type Stored,
  watch,
  watchOwned,
  watchSelf,
} from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeDeployment } from './observe.ts';
import { planDeployment } from './plan.ts';
import type { DeploymentDesired, DeploymentObserved } from './types.ts';

export const deploymentController: Controller<DeploymentDesired, DeploymentObserved> = {
  name: 'deployment-controller',
  watches: [
    watchSelf(DEPLOYMENTS),
    watchOwned(REPLICA_SETS, 'Deployment'),
    watch(REPLICA_SETS, ({ object }, snapshot) => (controllerOf(object) ? [] : takersOf(object, snapshot))),
    // The last old pod that is gone lets a Recreate go on.
    watch(PODS, ({ object: pod, operation }, snapshot) => {
      const owner = operation === 'delete' || pod.status?.phase ? controllerOf(pod) : undefined;
      const replicaSet =
        owner?.kind === 'ReplicaSet' ? snapshot.byUid(REPLICA_SETS, owner.uid ?? '') : undefined;
      const deployment = replicaSet && controllerOf(replicaSet);
      const stored = deployment ? snapshot.byUid(DEPLOYMENTS, deployment.uid ?? '') : undefined;
      return stored?.spec?.strategy?.type === 'Recreate' ? [keyOf(stored)] : [];
    }),
  ],
  observe: observeDeployment,
  plan: planDeployment,
};

function takersOf(replicaSet: Stored, snapshot: Snapshot): readonly string[] {
  return snapshot
    .list(DEPLOYMENTS, replicaSet.metadata.namespace ?? '')
    .filter((deployment) => matches(deployment.spec?.selector, replicaSet))
    .map(keyOf);
}
