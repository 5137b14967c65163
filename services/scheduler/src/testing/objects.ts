/** Pods and nodes for tests, with only what the test is about. */
import type { Stored } from '@reckon/client';
import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Pod, PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';

export interface PodShape {
  readonly cpu?: string;
  readonly memory?: string;
  readonly owner?: string;
  readonly createdAt?: string;
  readonly startedAt?: string;
  readonly labels?: Record<string, string>;
  /** `default` if absent. */
  readonly namespace?: string;
  readonly priority?: number;
  /** It is being deleted. */
  readonly going?: boolean;
  readonly spec?: PodSpec;
}

export function podSpec({ cpu, memory, priority, spec }: PodShape): PodSpec {
  const requests = { ...(cpu && { cpu }), ...(memory && { memory }) };
  return { containers: [{ name: 'c', image: 'busybox', resources: { requests } }], priority, ...spec };
}

export function storedPod(name: string, shape: PodShape = {}): Stored<Pod> {
  const {
    owner,
    createdAt = '2026-01-01T00:00:00Z',
    startedAt,
    labels,
    going,
    namespace = 'default',
  } = shape;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels,
      deletionTimestamp: going ? '2026-01-01T00:01:00Z' : undefined,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: createdAt,
      ownerReferences: owner
        ? [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }]
        : undefined,
    },
    spec: podSpec(shape),
    status: startedAt ? { startTime: startedAt } : undefined,
  };
}

export interface NodeShape {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  /** What else it has to give. */
  readonly more?: Record<string, string>;
  /** Bytes by name. */
  readonly images?: Record<string, number>;
  readonly labels?: Record<string, string>;
  readonly taints?: Taint[];
  readonly unschedulable?: boolean;
}

export function nodeObject(name: string, shape: NodeShape = {}): Node {
  const { cpu = '4', memory = '8Gi', pods = '110', labels, taints, unschedulable, images = {}, more } = shape;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { taints, unschedulable },
    status: {
      allocatable: { cpu, memory, pods, ...more },
      images: Object.entries(images).map(([name, sizeBytes]) => ({ names: [name], sizeBytes })),
    },
  };
}

export function storedNode(name: string, shape: NodeShape = {}): Stored<Node> {
  const { spec, status } = nodeObject(name, shape);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: shape.labels,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec,
    status,
  };
}
