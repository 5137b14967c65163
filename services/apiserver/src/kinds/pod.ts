import { isArray, isObject, metadataKeptByStatus } from '@reckon/api';
import type { DeleteOptions, KubeObject } from '../verbs/types.ts';
import { statusStrategy } from './ordinary.ts';
import { qosClassOf } from './pod-qos.ts';
import type { Strategy } from './types.ts';

const ordinary = statusStrategy({ generation: true, statusKeeps: metadataKeptByStatus('pods') });

export const POD_STRATEGY: Strategy = {
  ...ordinary,
  create(object) {
    const fresh = { phase: 'Pending', ...gated(object.spec), qosClass: qosClassOf(object.spec) };
    return { ...ordinary.create(object), status: fresh };
  },
  updateStatus(object, current) {
    const next = ordinary.updateStatus(object, current);
    const status = isObject(next.status) ? next.status : {};
    if (status.qosClass !== undefined) return next;
    // It is settled at creation; not every node agent repeats it.
    const { qosClass } = isObject(current.status) ? current.status : {};
    return qosClass === undefined ? next : { ...next, status: { ...status, qosClass } };
  },
  ephemeralContainers(object, current) {
    const { ephemeralContainers } = isObject(object.spec) ? object.spec : {};
    const { resourceVersion, managedFields } = object.metadata;
    const spec = { ...(isObject(current.spec) && current.spec), ephemeralContainers };
    const metadata = { ...current.metadata, resourceVersion, managedFields };
    return ordinary.update({ ...current, metadata, spec }, current);
  },
  // Admission may have filled in what the class of a pod's service depends on.
  admit: (object) => ({
    ...object,
    status: { ...(isObject(object.status) && object.status), qosClass: qosClassOf(object.spec) },
  }),
  graceSeconds: podGraceSeconds,
};

/** A pod with gates is nobody's to schedule: that is said from the start (Kubernetes: `applySchedulingGatedCondition`). */
function gated(spec: unknown): object {
  const { schedulingGates } = isObject(spec) ? spec : {};
  if (!isArray(schedulingGates) || schedulingGates.length === 0) return {};
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  return { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message }] };
}

/**
 * How long a pod may take to end. One that nobody runs, or that has ended, goes at once.
 * (Kubernetes: `podStrategy.CheckGracefulDelete`.)
 */
export function podGraceSeconds(pod: KubeObject, options: Pick<DeleteOptions, 'gracePeriodSeconds'>): number {
  const spec = isObject(pod.spec) ? pod.spec : {};
  const phase = isObject(pod.status) ? pod.status.phase : undefined;
  if (!spec.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
  const wanted = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds;
  if (typeof wanted !== 'number') return 0;
  return wanted < 0 ? 1 : wanted;
}
