import { controllerOf } from '@reckon/api';
import {
  type Controller,
  JOBS,
  keyOf,
  PODS,
  parseKey,
  type Snapshot,
  watch,
  watchSelf,
} from '@reckon/client';
import type { StoredPod } from '../resources.ts';
import { isJobFinished } from './end.ts';
import { isTracked } from './pod-facts.ts';
import { TRACKING_FINALIZER } from './types.ts';

/** Lets pods go that no Job counts any longer: theirs is gone, or is finished, or is not theirs any more. */
export const jobUntracker: Controller<StoredPod, { readonly reason: string }> = {
  name: 'job-untracker',
  watches: [
    watchSelf(PODS),
    watch(JOBS, ({ object: job, operation }, snapshot) =>
      operation === 'delete' || isJobFinished(job)
        ? snapshot.ownedBy(PODS, job.metadata.uid).filter(isTracked).map(keyOf)
        : [],
    ),
  ],
  observe(snapshot, key) {
    const { namespace, name } = parseKey(key);
    const desired = snapshot.get(PODS, namespace, name);
    if (!desired || !isTracked(desired)) return undefined;
    const reason = reasonOf(snapshot, desired);
    return reason ? { desired, observed: { reason } } : undefined;
  },
  plan({ desired, observed }) {
    const { uid, resourceVersion, namespace = '', name, finalizers = [] } = desired.metadata;
    const left = finalizers.filter((finalizer) => finalizer !== TRACKING_FINALIZER);
    return {
      actions: [
        {
          type: 'patch',
          resource: PODS,
          target: { namespace, name },
          patch: { type: 'merge', value: { metadata: { finalizers: left.length > 0 ? left : null } } },
          precondition: { uid, resourceVersion },
          because: observed.reason,
        },
      ],
    };
  },
};

function reasonOf(snapshot: Snapshot, pod: StoredPod): string | undefined {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'Job') return 'no Job manages the pod';
  const job = snapshot.byUid(JOBS, owner.uid ?? '');
  if (!job) return `Job ${owner.name} does not exist any longer`;
  return isJobFinished(job) ? `Job ${owner.name} is finished` : undefined;
}
