import {
  controllerRef,
  LAST_APPLIED_ANNOTATION,
  POD_TEMPLATE_HASH_LABEL,
  podTemplateHash,
} from '@reckon/api';
import { type Action, DEPLOYMENTS, type Frozen, nameOf, REPLICA_SETS } from '@reckon/client';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { StoredReplicaSet } from '../resources.ts';
import { sizeAnnotations } from './scale.ts';
import {
  DESIRED_REPLICAS_ANNOTATION,
  MAX_REPLICAS_ANNOTATION,
  REVISION_ANNOTATION,
  REVISION_HISTORY_ANNOTATION,
  type Rollout,
} from './types.ts';

/** Annotations of a Deployment that its ReplicaSets do not inherit. */
const NOT_INHERITED = new Set([
  LAST_APPLIED_ANNOTATION,
  REVISION_ANNOTATION,
  REVISION_HISTORY_ANNOTATION,
  DESIRED_REPLICAS_ANNOTATION,
  MAX_REPLICAS_ANNOTATION,
]);

/** Requests to the controller and what it notes for itself: they are about the Deployment, not about a version. */
const OWN_PREFIX = 'reckon.dev/';

export function revisionOf(replicaSet: StoredReplicaSet): bigint {
  return revisionNumber(replicaSet.metadata.annotations?.[REVISION_ANNOTATION]);
}

/** Revisions are 64 bit integers, as Kubernetes reads them: beyond 2^53 a number would lose count. 0 for none. */
export function revisionNumber(annotation: string | undefined): bigint {
  return annotation && /^\d{1,19}$/.test(annotation) ? BigInt(annotation) : 0n;
}

/** Orders as `Array.sort` wants it. */
export function compareRevisions(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** The revision that the current ReplicaSet should have: above that of all others, also after a rollback to it. */
function currentRevision({ current, old }: Rollout): bigint {
  const highest = old.map(revisionOf).sort(compareRevisions).at(-1) ?? 0n;
  const own = current ? revisionOf(current) : 0n;
  return own > highest ? own : highest + 1n;
}

export function currentName({ deployment }: Rollout): string {
  const hash = podTemplateHash(deployment.spec?.template, deployment.status?.collisionCount ?? 0);
  return `${deployment.metadata.name}-${hash}`;
}

/** Creates the ReplicaSet of the Deployment's present template. */
export function createCurrent(rollout: Rollout, replicas: number): Action {
  const { deployment } = rollout;
  const { metadata } = deployment;
  const name = currentName(rollout);
  const event = { regarding: deployment, type: 'Normal', reason: 'ScalingReplicaSet' } as const;
  return {
    type: 'create',
    resource: REPLICA_SETS,
    object: replicaSetOf(rollout, name, replicas),
    because: `Deployment ${metadata.name} has a pod template that no ReplicaSet has yet`,
    event: { ...event, message: `Scaled up replica set ${name} from 0 to ${replicas}` },
    failureEvent: {
      regarding: deployment,
      type: 'Warning',
      reason: 'ReplicaSetCreateError',
      message: `Failed to create new replica set "${name}"`,
    },
  };
}

/**
 * Pods are told apart by their owners, so nothing is lost; but Services, budgets and people who go by labels mix them
 * up. Said once for each template.
 */
export function tellOfRivals({ deployment }: Rollout, rivals: readonly string[]): readonly Action[] {
  if (rivals.length === 0) return [];
  const message = `The pods of this Deployment also match the selector of ${rivals.slice(0, 3).join(', ')}: each keeps its own, but Services and budgets cannot tell them apart`;
  return [
    {
      type: 'event',
      event: { regarding: deployment, type: 'Warning', reason: 'SelectorOverlap', message },
    },
  ];
}

function replicaSetOf(rollout: Rollout, name: string, replicas: number): Frozen<ReplicaSet> {
  const { metadata, spec } = rollout.deployment;
  const hash = name.slice(metadata.name.length + 1);
  const template = spec?.template;
  const labels = { ...template?.metadata?.labels, [POD_TEMPLATE_HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: metadata.namespace,
      labels,
      annotations: {
        ...inheritedAnnotations(rollout),
        ...sizeAnnotations(rollout),
        [REVISION_ANNOTATION]: String(currentRevision(rollout)),
      },
      ownerReferences: [controllerRef(rollout.deployment)],
    },
    spec: {
      replicas,
      ...(spec?.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: {
        ...spec?.selector,
        matchLabels: { ...spec?.selector?.matchLabels, [POD_TEMPLATE_HASH_LABEL]: hash },
      },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  };
}

function inheritedAnnotations({ deployment }: Rollout): Readonly<Record<string, string>> {
  const entries = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(
    entries.filter(([key]) => !NOT_INHERITED.has(key) && !key.startsWith(OWN_PREFIX)),
  );
}

/** Keeps revision numbers and what a ReplicaSet inherits in step with the Deployment. */
export function alignRevision(rollout: Rollout): readonly Action[] {
  const { deployment, current } = rollout;
  if (!current) return [];
  const revision = String(currentRevision(rollout));
  return [...alignReplicaSet(rollout, current, revision), ...alignDeployment(rollout, revision)].map(
    (action) => ({
      ...action,
      because: `revision ${revision} is the current one of Deployment ${deployment.metadata.name}`,
    }),
  );
}

function alignReplicaSet(rollout: Rollout, current: StoredReplicaSet, revision: string): readonly Action[] {
  const has = current.metadata.annotations ?? {};
  const before = has[REVISION_ANNOTATION];
  const annotations: Record<string, string> = {
    ...inheritedAnnotations(rollout),
    [REVISION_ANNOTATION]: revision,
  };
  if (before && before !== revision) {
    const history = has[REVISION_HISTORY_ANNOTATION];
    annotations[REVISION_HISTORY_ANNOTATION] = history ? `${history},${before}` : before;
  }
  const minReadySeconds = rollout.deployment.spec?.minReadySeconds ?? 0;
  const sameSpec = (current.spec?.minReadySeconds ?? 0) === minReadySeconds;
  if (sameSpec && Object.entries(annotations).every(([key, value]) => has[key] === value)) return [];
  const { uid, resourceVersion } = current.metadata;
  return [
    {
      type: 'patch',
      resource: REPLICA_SETS,
      target: nameOf(current),
      patch: {
        type: 'merge',
        value: { metadata: { annotations }, ...(sameSpec ? {} : { spec: { minReadySeconds } }) },
      },
      precondition: { uid, resourceVersion },
      because: '',
    },
  ];
}

function alignDeployment({ deployment }: Rollout, revision: string): readonly Action[] {
  if (deployment.metadata.annotations?.[REVISION_ANNOTATION] === revision) return [];
  const { uid } = deployment.metadata;
  return [
    {
      type: 'patch',
      resource: DEPLOYMENTS,
      target: nameOf(deployment),
      patch: { type: 'merge', value: { metadata: { annotations: { [REVISION_ANNOTATION]: revision } } } },
      precondition: { uid },
      because: '',
    },
  ];
}

/** Deletes what is beyond the history limit, oldest revision first, once it is quiet. */
export function forgetOldRevisions({ deployment, old }: Rollout): readonly Action[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const quiet = old.filter(
    ({ metadata, spec, status }) =>
      !metadata.deletionTimestamp &&
      (spec?.replicas ?? 1) === 0 &&
      (status?.replicas ?? 0) === 0 &&
      (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
  );
  const excess = old.filter(({ metadata }) => !metadata.deletionTimestamp).length - limit;
  if (excess <= 0) return [];
  const doomed = [...quiet].sort((a, b) => compareRevisions(revisionOf(a), revisionOf(b))).slice(0, excess);
  return doomed.map((replicaSet) => ({
    type: 'delete',
    resource: REPLICA_SETS,
    target: nameOf(replicaSet),
    precondition: { uid: replicaSet.metadata.uid, resourceVersion: replicaSet.metadata.resourceVersion },
    because: `Deployment ${deployment.metadata.name} keeps ${limit} old revisions`,
  }));
}
