import { controllerOf, isPodActive, labelSelectorOf } from '@reckon/api';
import { JOBS, type Observation, PODS, parseKey, type Snapshot } from '@reckon/client';
import { JOB_CONTROLLER, type JobDesired, type JobObserved } from './types.ts';

/** A Job that somebody else manages (`managedBy`) is left alone. */
export function observeJob(
  snapshot: Snapshot,
  key: string,
): Observation<JobDesired, JobObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(JOBS, namespace, name);
  if (!desired || (desired.spec?.managedBy ?? JOB_CONTROLLER) !== JOB_CONTROLLER) return undefined;
  const { uid } = desired.metadata;
  const owned = snapshot.ownedBy(PODS, uid).filter((pod) => controllerOf(pod)?.uid === uid);
  const orphans = desired.spec?.selector
    ? snapshot
        .select(PODS, namespace, labelSelectorOf(desired.spec.selector))
        .filter((pod) => isPodActive(pod) && !controllerOf(pod))
    : [];
  return { desired, observed: { owned, orphans } };
}
