import {
  type Controller,
  DEPLOYMENTS,
  keyOf,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ResourceType,
  STATEFUL_SETS,
  type WatchRule,
  watch,
  watchSelf,
} from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeDisruption } from './observe.ts';
import { planDisruption } from './plan.ts';
import type { DisruptionDesired, DisruptionObserved } from './types.ts';

export const disruptionController: Controller<DisruptionDesired, DisruptionObserved> = {
  name: 'disruption-controller',
  watches: [
    watchSelf(POD_DISRUPTION_BUDGETS),
    watch(PODS, ({ object, previous }, snapshot) =>
      snapshot
        .list(POD_DISRUPTION_BUDGETS, object.metadata.namespace ?? '')
        .filter(
          ({ spec }) => matches(spec?.selector, object) || (previous && matches(spec?.selector, previous)),
        )
        .map(keyOf),
    ),
    ...[DEPLOYMENTS, REPLICA_SETS, REPLICATION_CONTROLLERS, STATEFUL_SETS].map(scaleRule),
  ],
  observe: observeDisruption,
  plan: planDisruption,
};

/** Whoever is scaled changes how many pods are expected. */
function scaleRule(resource: ResourceType): WatchRule {
  return watch(resource, ({ object, previous, operation }, snapshot) =>
    operation !== 'delete' && previous && replicasIn(object) === replicasIn(previous)
      ? []
      : snapshot.list(POD_DISRUPTION_BUDGETS, object.metadata.namespace ?? '').map(keyOf),
  );
}

function replicasIn(object: object): unknown {
  const spec: unknown = Reflect.get(object, 'spec');
  return typeof spec === 'object' && spec !== null ? Reflect.get(spec, 'replicas') : undefined;
}
