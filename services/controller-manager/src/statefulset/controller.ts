import { controllerOf } from '@reckon/api';
import {
  CONTROLLER_REVISIONS,
  type Controller,
  keyOf,
  PERSISTENT_VOLUME_CLAIMS,
  PODS,
  STATEFUL_SETS,
  watch,
  watchOwned,
  watchSelf,
} from '@reckon/client';
import { matches } from '../ownership.ts';
import { observeStatefulSet } from './observe.ts';
import { planStatefulSet } from './plan.ts';
import type { StatefulSetDesired, StatefulSetObserved } from './types.ts';

export const statefulSetController: Controller<StatefulSetDesired, StatefulSetObserved> = {
  name: 'statefulset-controller',
  watches: [
    watchSelf(STATEFUL_SETS),
    watchOwned(PODS, 'StatefulSet'),
    watchOwned(CONTROLLER_REVISIONS, 'StatefulSet'),
    watch(PODS, ({ object: pod }, snapshot) =>
      controllerOf(pod)
        ? []
        : snapshot
            .list(STATEFUL_SETS, pod.metadata.namespace ?? '')
            .filter((set) => matches(set.spec?.selector, pod))
            .map(keyOf),
    ),
    // A pod that had a name which one of them wants.
    watch(PODS, ({ object: pod, operation }, snapshot) => {
      const parent = /^(.+)-[0-9]+$/.exec(pod.metadata.name)?.[1];
      const set =
        parent !== undefined && operation === 'delete'
          ? snapshot.get(STATEFUL_SETS, pod.metadata.namespace ?? '', parent)
          : undefined;
      return set ? [keyOf(set)] : [];
    }),
    // A claim that is deleted, by hand or with a pod that was scaled away, may be needed again.
    watch(PERSISTENT_VOLUME_CLAIMS, ({ object: claim, operation }, snapshot) =>
      operation === 'delete'
        ? snapshot
            .list(STATEFUL_SETS, claim.metadata.namespace ?? '')
            .filter(({ metadata }) => claim.metadata.name.includes(`-${metadata.name}-`))
            .map(keyOf)
        : [],
    ),
  ],
  observe: observeStatefulSet,
  plan: planStatefulSet,
};
