/** Which versions have worked: a ReplicaSet is marked once the rollout of its template is complete. */
import { type Action, nameOf, REPLICA_SETS } from '@reckon/client';
import type { StoredReplicaSet } from '../resources.ts';
import { CANARY_ANNOTATION } from './canary-steps.ts';
import { revisionNumber, revisionOf } from './revision.ts';
import { ROLLBACK_ANNOTATION, type Rollout } from './types.ts';

/** The revision that it was complete as. */
export const COMPLETED_ANNOTATION = 'reckon.dev/completed-revision';

export function completedRevision(replicaSet: StoredReplicaSet): bigint {
  return revisionNumber(replicaSet.metadata.annotations?.[COMPLETED_ANNOTATION]);
}

export function wasComplete(replicaSet: StoredReplicaSet): boolean {
  return completedRevision(replicaSet) > 0n;
}

/** Only for who asked for something that needs to know: a mark is a write. */
export function markCompleted({ deployment, current }: Rollout): readonly Action[] {
  const { annotations = {}, name } = deployment.metadata;
  const asked = annotations[ROLLBACK_ANNOTATION] === 'true' || annotations[CANARY_ANNOTATION] !== undefined;
  if (!asked || !current || completedRevision(current) === revisionOf(current)) return [];
  const revision = String(revisionOf(current));
  const { uid, resourceVersion } = current.metadata;
  return [
    {
      type: 'patch',
      resource: REPLICA_SETS,
      target: nameOf(current),
      patch: { type: 'merge', value: { metadata: { annotations: { [COMPLETED_ANNOTATION]: revision } } } },
      precondition: { uid, resourceVersion },
      because: `revision ${revision} of Deployment ${name} is complete: it can be gone back to`,
    },
  ];
}
