import { semanticEqual, tolerates } from '@reckon/api';
import {
  type Action,
  type Controller,
  type Frozen,
  keyOf,
  NODES,
  nameOf,
  PODS,
  parseKey,
  watch,
  watchSelf,
} from '@reckon/client';
import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { StoredPod } from '../resources.ts';

interface EvictionObserved {
  /** Taints with effect NoExecute on the pod's node. */
  readonly taints: readonly Frozen<Taint>[];
}

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer. */
export const taintEvictionController: Controller<StoredPod, EvictionObserved> = {
  name: 'taint-eviction-controller',
  watches: [
    watchSelf(PODS),
    watch(NODES, ({ object, previous }, snapshot) =>
      semanticEqual(object.spec?.taints, previous?.spec?.taints)
        ? []
        : snapshot.onNode(PODS, object.metadata.name).map(keyOf),
    ),
  ],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(PODS, namespace, name);
    if (!desired?.spec?.nodeName || desired.metadata.deletionTimestamp) return undefined;
    const node = snapshot.get(NODES, '', desired.spec.nodeName);
    const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
    return taints.length > 0 ? { desired, observed: { taints } } : undefined;
  },
  plan({ desired, observed, now }) {
    const dueAtMs = Math.min(...observed.taints.map((taint) => toleratedUntilMs(desired, taint)));
    if (dueAtMs > now) return { actions: [], wakeAtMs: Number.isFinite(dueAtMs) ? dueAtMs : undefined };
    return { actions: [eviction(desired, observed.taints)] };
  },
};

/** Of several tolerations of one taint the shortest counts; without `tolerationSeconds` it is tolerated for ever. */
function toleratedUntilMs(pod: StoredPod, taint: Frozen<Taint>): number {
  const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (tolerations.length === 0) return Number.NEGATIVE_INFINITY;
  const since = Date.parse(taint.timeAdded ?? '');
  const limits = tolerations.map(({ tolerationSeconds }) =>
    tolerationSeconds === undefined
      ? Number.POSITIVE_INFINITY
      : since + Math.max(0, tolerationSeconds) * 1_000,
  );
  const until = Math.min(...limits);
  return Number.isNaN(until) ? Number.NEGATIVE_INFINITY : until;
}

function eviction(pod: StoredPod, taints: readonly Frozen<Taint>[]): Action {
  const { name, namespace, uid } = pod.metadata;
  return {
    type: 'delete',
    resource: PODS,
    target: nameOf(pod),
    precondition: { uid },
    because: `node ${pod.spec?.nodeName} has ${taints.map(({ key }) => key).join(', ')}, which the pod does not tolerate any longer`,
    event: {
      regarding: pod,
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Marking for deletion Pod ${namespace}/${name}`,
    },
  };
}
