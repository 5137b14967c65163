import { controllerOf } from '@reckon/api';
import { CRON_JOBS, JOBS, type Observation, parseKey, type Snapshot } from '@reckon/client';
import type { CronJobDesired, CronJobObserved } from './types.ts';

export function observeCronJob(
  snapshot: Snapshot,
  key: string,
): Observation<CronJobDesired, CronJobObserved> | undefined {
  const { namespace, name } = parseKey(key);
  const desired = snapshot.get(CRON_JOBS, namespace, name);
  if (!desired) return undefined;
  const { uid } = desired.metadata;
  const jobs = snapshot.ownedBy(JOBS, uid).filter((job) => controllerOf(job)?.uid === uid);
  const strangers = snapshot
    .list(JOBS, namespace)
    .filter((job) => job.metadata.name.startsWith(`${name}-`) && controllerOf(job)?.uid !== uid)
    .map((job) => job.metadata.name);
  return { desired, observed: { jobs, strangers: new Set(strangers) } };
}
