import { controllerOf, semanticEqual } from '@reckon/api';
import {
  CONTROLLER_REVISIONS,
  type Controller,
  DAEMON_SETS,
  keyOf,
  NODES,
  PODS,
  watch,
  watchOwned,
  watchSelf,
} from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeDaemonSet } from './observe.ts';
import { planDaemonSet } from './plan.ts';
import type { DaemonSetDesired, DaemonSetObserved } from './types.ts';

export const daemonSetController: Controller<DaemonSetDesired, DaemonSetObserved> = {
  name: 'daemonset-controller',
  watches: [
    watchSelf(DAEMON_SETS),
    watchOwned(PODS, 'DaemonSet'),
    watchOwned(CONTROLLER_REVISIONS, 'DaemonSet'),
    watch(PODS, ({ object: pod }, snapshot) =>
      controllerOf(pod)
        ? []
        : snapshot
            .list(DAEMON_SETS, pod.metadata.namespace ?? '')
            .filter((daemonSet) => matches(daemonSet.spec?.selector, pod))
            .map(keyOf),
    ),
    // A node that only reports how it is changes nothing about who belongs there.
    watch(NODES, ({ object, previous, operation }, snapshot) =>
      operation !== 'delete' &&
      previous &&
      semanticEqual(object.metadata.labels, previous.metadata.labels) &&
      semanticEqual(object.spec?.taints, previous.spec?.taints)
        ? []
        : snapshot.list(DAEMON_SETS).map(keyOf),
    ),
  ],
  observe: observeDaemonSet,
  plan: planDaemonSet,
};
