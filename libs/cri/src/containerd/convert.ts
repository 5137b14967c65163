import {
  type Container,
  type ContainerStats as CriContainerStats,
  type ContainerStatus as CriContainerStatus,
  ContainerState as CriState,
  type Image,
  type PodSandbox,
  PodSandboxState,
  type PodSandboxStatus,
} from '@reckon/proto/runtime/v1/api.ts';
import type {
  ContainerInfo,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  ImageInfo,
  SandboxInfo,
  SandboxStatus,
} from '../types.ts';

/** CRI's times are nanoseconds since the epoch. */
function ms(ns: bigint | undefined): number {
  return ns ? Number(ns / 1_000_000n) : 0;
}

export function sandboxInfo(sandbox: PodSandbox | PodSandboxStatus): SandboxInfo {
  return {
    id: sandbox.id ?? '',
    podName: sandbox.metadata?.name ?? '',
    podNamespace: sandbox.metadata?.namespace ?? '',
    podUid: sandbox.metadata?.uid ?? '',
    attempt: sandbox.metadata?.attempt ?? 0,
    state: (sandbox.state ?? 0) === PodSandboxState.SANDBOX_READY ? 'ready' : 'notReady',
    createdAtMs: ms(sandbox.createdAt),
    labels: sandbox.labels ?? {},
    annotations: sandbox.annotations ?? {},
  };
}

export function sandboxStatus(status: PodSandboxStatus): SandboxStatus {
  const first = status.network?.ip;
  const more = status.network?.additionalIps?.flatMap((entry) => (entry.ip ? [entry.ip] : [])) ?? [];
  return { ...sandboxInfo(status), ips: first ? [first, ...more] : more };
}

function containerState(state: number | undefined): ContainerState {
  switch (state ?? CriState.CONTAINER_CREATED) {
    case CriState.CONTAINER_CREATED:
      return 'created';
    case CriState.CONTAINER_RUNNING:
      return 'running';
    case CriState.CONTAINER_EXITED:
      return 'exited';
    default:
      return 'unknown';
  }
}

export function containerInfo(container: Container): ContainerInfo {
  return {
    id: container.id ?? '',
    sandboxId: container.podSandboxId ?? '',
    name: container.metadata?.name ?? '',
    attempt: container.metadata?.attempt ?? 0,
    state: containerState(container.state),
    createdAtMs: ms(container.createdAt),
    labels: container.labels ?? {},
    annotations: container.annotations ?? {},
  };
}

export function containerStatus(status: CriContainerStatus): ContainerStatus {
  return {
    id: status.id ?? '',
    name: status.metadata?.name ?? '',
    attempt: status.metadata?.attempt ?? 0,
    state: containerState(status.state),
    createdAtMs: ms(status.createdAt),
    startedAtMs: ms(status.startedAt),
    finishedAtMs: ms(status.finishedAt),
    exitCode: status.exitCode ?? 0,
    reason: status.reason ?? '',
    message: status.message ?? '',
    image: status.image?.image ?? '',
    imageRef: status.imageRef ?? '',
    logPath: status.logPath ?? '',
    labels: status.labels ?? {},
    annotations: status.annotations ?? {},
  };
}

export function imageInfo(image: Image): ImageInfo {
  return {
    id: image.id ?? '',
    tags: image.repoTags ?? [],
    digests: image.repoDigests ?? [],
    sizeBytes: Number(image.size ?? 0n),
    uid: image.uid ? Number(image.uid.value ?? 0n) : undefined,
    username: image.username ?? '',
  };
}

export function containerStats(stats: CriContainerStats): ContainerStats {
  return {
    id: stats.attributes?.id ?? '',
    atMs: ms(stats.cpu?.timestamp),
    cpuUsageNs: stats.cpu?.usageCoreNanoSeconds?.value ?? 0n,
    memoryWorkingSetBytes: Number(stats.memory?.workingSetBytes?.value ?? 0n),
    writableLayerBytes: Number(stats.writableLayer?.usedBytes?.value ?? 0n),
    labels: stats.attributes?.labels ?? {},
  };
}
