import type { StoredDeployment, StoredReplicaSet } from '../resources.ts';

export interface DeploymentObserved {
  /** ReplicaSets that this Deployment manages. */
  readonly owned: readonly StoredReplicaSet[];
  /** ReplicaSets that match the selector and that nobody manages. */
  readonly orphans: readonly StoredReplicaSet[];
  /** By uid of a ReplicaSet: pods that may still run something, terminating ones too. */
  readonly unfinishedPods: ReadonlyMap<string, number>;
  /** ReplicaSets of the same namespace that have the name which the new one would get, and are not its own. */
  readonly nameTaken: boolean;
  /** Other Deployments whose selectors match the pods of this one; known while it has no ReplicaSet of its template. */
  readonly rivals: readonly string[];
}

export type DeploymentDesired = StoredDeployment;

/** A Deployment and its ReplicaSets, sorted out: what every step of the planner works on. */
export interface Rollout {
  readonly deployment: StoredDeployment;
  /** The ReplicaSet whose template is the Deployment's; undefined until it is made. */
  readonly current: StoredReplicaSet | undefined;
  /** All others, oldest first. */
  readonly old: readonly StoredReplicaSet[];
  /** All, oldest first. */
  readonly all: readonly StoredReplicaSet[];
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY_ANNOTATION = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS_ANNOTATION = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS_ANNOTATION = 'deployment.kubernetes.io/max-replicas';

/** `"true"`: a rollout whose progress deadline passes goes back to the last version that was complete. */
export const ROLLBACK_ANNOTATION = 'reckon.dev/rollback-on-failure';
