/** Short ways to write pods and what is known of them, for tests. */
import type { Container } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { PodSpec } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import type { PodStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import { allContainers, type PodModel, podModel, type StoredPod } from '../model.ts';
import type { ContainerInstance, PlanInput, PodObservation, SandboxState } from '../types.ts';

export const T0_MS = Date.UTC(2026, 0, 1);

const IMAGE = {
  ref: 'sha256:1',
  name: 'docker.io/library/app:1',
  id: 'sha256:1',
  info: { id: 'sha256:1', tags: [], digests: [], sizeBytes: 1, uid: undefined, username: '' },
};

export interface PodParts {
  readonly name?: string;
  readonly uid?: string;
  readonly revision?: number;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly spec?: PodSpec;
  readonly status?: PodStatus;
  /** Seconds of grace with which it is being deleted. */
  readonly deletedWithGraceS?: number;
}

export function storedPod(parts: PodParts = {}): StoredPod {
  const { name = 'web', uid = 'uid-1', revision = 1, deletedWithGraceS } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid,
      resourceVersion: String(revision),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(deletedWithGraceS === undefined
        ? {}
        : { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: deletedWithGraceS }),
    },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      containers: [...(parts.containers ?? [{ name: 'main', image: 'app:1' }])],
      ...(parts.initContainers ? { initContainers: [...parts.initContainers] } : {}),
      ...parts.spec,
    },
    status: parts.status ?? { phase: 'Pending' },
  };
}

export function pod(parts: PodParts = {}): PodModel {
  return podModel(storedPod(parts));
}

export function sandbox(parts: Partial<SandboxState> = {}): SandboxState {
  const stopped = parts.ready === false;
  return { id: 's0', attempt: 0, ready: true, stopped, ips: ['10.244.1.5'], createdAtMs: T0_MS, ...parts };
}

export function instance(
  of: PodModel,
  name: string,
  parts: Partial<ContainerInstance> = {},
): ContainerInstance {
  const container = allContainers(of).find((each) => each.name === name);
  const attempt = parts.attempt ?? 0;
  return {
    id: `${name}-${attempt}`,
    name,
    attempt,
    sandboxId: 's0',
    state: 'running',
    createdAtMs: T0_MS,
    startedAtMs: T0_MS,
    finishedAtMs: parts.state === 'exited' ? T0_MS + 1_000 : 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: container?.image ?? '',
    imageRef: 'sha256:1',
    hash: container?.hash ?? '',
    backoffMs: 0,
    ...parts,
  };
}

export function observation(parts: Partial<PodObservation> = {}): PodObservation {
  return {
    sandboxes: [],
    containers: [],
    volumes: { state: 'absent' },
    sandboxFailure: undefined,
    images: new Map(),
    startFailures: new Map(),
    probes: new Map(),
    underWay: new Map(),
    announced: new Set(),
    deleted: false,
    cleaned: false,
    firstSeenAtMs: T0_MS,
    ...parts,
  };
}

/** A pod with its sandbox, volumes and all images there: what is left is to start and end containers. */
export function prepared(of: PodModel, parts: Partial<PodObservation> = {}): PodObservation {
  return observation({
    sandboxes: [sandbox()],
    volumes: { state: 'ready' },
    images: new Map(allContainers(of).map(({ name }) => [name, { state: 'ready', image: IMAGE }])),
    ...parts,
  });
}

export function input(
  model: PodModel,
  observed: PodObservation,
  nowMs = T0_MS + 2_000,
  removed = false,
): PlanInput {
  return {
    pod: { model, removed },
    observed,
    nowMs,
    node: { ips: ['192.168.1.2'], runtimeName: 'containerd' },
    lastStatus: undefined,
  };
}
