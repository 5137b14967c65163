/**
 * A Deployment that asks for it goes back by itself: when the progress deadline of a rollout has passed, it gets the
 * template of the last version that was complete. What was gone back to is never left again without a person's
 * change, whatever becomes of it, so that two versions cannot take turns.
 */
import { findCondition, POD_TEMPLATE_HASH_LABEL } from '@reckon/api';
import { type Action, DEPLOYMENTS, type JsonPatchOperation, nameOf } from '@reckon/client';
import type { StoredReplicaSet } from '../resources.ts';
import { completedRevision, wasComplete } from './completed.ts';
import { compareRevisions, revisionOf } from './revision.ts';
import { available, sum } from './rollout.ts';
import { ROLLBACK_ANNOTATION, type Rollout } from './types.ts';

/** The pod-template-hash of the version that was gone back to. */
export const ROLLED_BACK_ANNOTATION = 'reckon.dev/rolled-back-to';

export function planRollback(rollout: Rollout): readonly Action[] {
  const { deployment, current } = rollout;
  const { annotations = {}, name, uid, resourceVersion } = deployment.metadata;
  if (annotations[ROLLBACK_ANNOTATION] !== 'true' || !current || !hasTimedOut(rollout, current)) return [];
  if (annotations[ROLLED_BACK_ANNOTATION] === hashOf(current)) return [];
  const target = lastGood(rollout);
  if (!target) return [];
  const [bad, good] = [revisionOf(current), completedRevision(target) || revisionOf(target)];
  const because = `the rollout of revision ${bad} made no progress within its deadline: back to revision ${good}`;
  const operations: JsonPatchOperation[] = [
    { op: 'replace', path: '/spec/template', value: templateOf(target) },
    { op: 'add', path: `/metadata/annotations/${escaped(ROLLED_BACK_ANNOTATION)}`, value: hashOf(target) },
  ];
  const event = { regarding: deployment, type: 'Warning', reason: 'DeploymentRollback' } as const;
  return [
    {
      type: 'patch',
      resource: DEPLOYMENTS,
      target: nameOf(deployment),
      patch: { type: 'json', operations },
      precondition: { uid, resourceVersion },
      because,
      event: { ...event, message: `Rolled back deployment "${name}": ${because}` },
    },
  ];
}

/** As recorded, and of the present template: what is said of another one is not held against this one. */
function hasTimedOut({ deployment }: Rollout, current: StoredReplicaSet): boolean {
  const { status, metadata } = deployment;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  const condition = findCondition(status?.conditions, 'Progressing');
  if (condition?.reason !== 'ProgressDeadlineExceeded') return false;
  return condition.message?.includes(`"${current.metadata.name}"`) ?? false;
}

/** The last that was complete; before anything was marked, the one that still carries most of the load. */
function lastGood({ old, replicas, maxUnavailable }: Rollout): StoredReplicaSet | undefined {
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp);
  const marked = alive
    .filter(wasComplete)
    .sort((a, b) => compareRevisions(completedRevision(b), completedRevision(a)));
  if (marked[0]) return marked[0];
  const serving = alive.filter((replicaSet) => available(replicaSet) > 0);
  if (sum(serving, available) < replicas - maxUnavailable) return undefined;
  return [...serving].sort(
    (a, b) => available(b) - available(a) || compareRevisions(revisionOf(b), revisionOf(a)),
  )[0];
}

function templateOf({ spec }: StoredReplicaSet) {
  const { [POD_TEMPLATE_HASH_LABEL]: _hash, ...labels } = spec?.template?.metadata?.labels ?? {};
  return { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } };
}

function hashOf({ metadata }: StoredReplicaSet): string {
  return metadata.labels?.[POD_TEMPLATE_HASH_LABEL] ?? metadata.name;
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
