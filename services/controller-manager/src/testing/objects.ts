/** Stored objects for planner tests, with what every one of them has. */
import type { KubeObject, Stored } from '@reckon/client';
import type { DaemonSet } from '@reckon/proto/reckon/api/apps/v1/daemon_set.ts';
import type { Deployment } from '@reckon/proto/reckon/api/apps/v1/deployment.ts';
import type { ReplicaSet } from '@reckon/proto/reckon/api/apps/v1/replica_set.ts';
import type { StatefulSet } from '@reckon/proto/reckon/api/apps/v1/stateful_set.ts';
import type { Job } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';

export const NOW_MS = Date.UTC(2026, 0, 1, 12);
export const CREATED = '2026-01-01T11:00:00Z';

let count = 0;

/** Fills in what the server would. */
export function stored<T extends KubeObject>(object: T): Stored<T> {
  const name = object.metadata?.name ?? `object-${++count}`;
  const complete: unknown = {
    ...object,
    metadata: {
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: CREATED,
      generation: 1,
      ...object.metadata,
      name,
    },
  };
  return complete as Stored<T>;
}

export function template(image: string, labels: Record<string, string> = { app: 'web' }) {
  return { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
}

export function deployment(
  spec: NonNullable<Deployment['spec']> = {},
  rest: Deployment = {},
): Stored<Deployment> {
  return stored<Deployment>({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    ...rest,
    metadata: { name: 'web', ...rest.metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: template('image:1'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  });
}

export function statefulSet(
  spec: NonNullable<StatefulSet['spec']> = {},
  status: StatefulSet['status'] = {},
): Stored<StatefulSet> {
  return stored<StatefulSet>({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: template('image:1', { app: 'db' }),
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
    status,
  });
}

export function daemonSet(
  spec: NonNullable<DaemonSet['spec']> = {},
  status: DaemonSet['status'] = {},
): Stored<DaemonSet> {
  return stored<DaemonSet>({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: template('image:1', { app: 'agent' }),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
    status,
  });
}

export function controlledBy(owner: Stored) {
  const { name, uid } = owner.metadata;
  return [
    { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true },
  ];
}

export function replicaSet(owner: Stored | undefined, rest: ReplicaSet): Stored<ReplicaSet> {
  return stored<ReplicaSet>({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    ...rest,
    metadata: {
      labels: { app: 'web' },
      ...(owner ? { ownerReferences: controlledBy(owner) } : {}),
      ...rest.metadata,
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: template('image:1'),
      ...rest.spec,
    },
  });
}

export function job(spec: NonNullable<Job['spec']> = {}, status: Job['status'] = {}): Stored<Job> {
  return stored<Job>({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'sum' },
    spec: {
      completions: 3,
      parallelism: 2,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { app: 'sum' } },
      template: {
        metadata: { labels: { app: 'sum' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'image:1' }] },
      },
      ...spec,
    },
    status,
  });
}

export interface PodTraits {
  readonly name: string;
  readonly owner?: Stored;
  readonly ready?: boolean;
  readonly phase?: string;
  readonly node?: string;
  readonly ip?: string;
  readonly deleting?: boolean;
  readonly labels?: Record<string, string>;
}

export function pod({
  name,
  owner,
  ready = true,
  phase = 'Running',
  node = 'node-1',
  ip,
  deleting,
  labels,
}: PodTraits) {
  return stored<Pod>({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: labels ?? { app: 'web' },
      ...(owner ? { ownerReferences: controlledBy(owner) } : {}),
      ...(deleting ? { deletionTimestamp: CREATED } : {}),
    },
    spec: { containers: [{ name: 'c', image: 'image:1' }], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      ...(ip ? { podIP: ip } : {}),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: CREATED }],
    },
  });
}
