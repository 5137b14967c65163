import { ApiError } from '@reckon/api';
import type { ContainerStatus, Runtime, SandboxInfo } from '@reckon/cri';
import type { ContainerInstance, SandboxState } from '../pod/types.ts';
import { BACKOFF_MS, CONTAINER_HASH, GRACE_PERIOD_S, POD_UID } from './labels.ts';

/** One pod as the runtime has it. */
export interface PodInRuntime {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** As it was noted when its containers were made. */
  readonly graceS: number | undefined;
  readonly sandboxes: readonly SandboxState[];
  readonly containers: readonly ContainerInstance[];
}

/**
 * Everything the runtime has, by pod uid. Two lists, then one question for each ready sandbox (its address) and each
 * container (how it ended): used at the start and after an interruption, not as a heartbeat.
 */
export async function listPods(runtime: Runtime): Promise<ReadonlyMap<string, PodInRuntime>> {
  const [sandboxInfos, containerInfos] = await Promise.all([
    runtime.listPodSandboxes(),
    runtime.listContainers(),
  ]);
  const pods = new Map<string, Building>();
  await Promise.all([
    ...sandboxInfos.map(async (info) => {
      const sandbox = await unlessGone(sandboxState(runtime, info));
      if (!sandbox) return;
      building(pods, info).sandboxes.push(sandbox);
    }),
  ]);
  const owners = new Map(sandboxInfos.map((info) => [info.id, info]));
  await Promise.all(
    containerInfos.map(async ({ id, sandboxId, labels }) => {
      const owner = owners.get(sandboxId);
      const uid = labels[POD_UID] ?? owner?.podUid;
      const status = await unlessGone(runtime.containerStatus(id));
      const pod = uid === undefined ? undefined : pods.get(uid);
      if (!status || !pod) return;
      pod.containers.push(containerInstance(status, sandboxId));
      const graceS = Number(status.annotations[GRACE_PERIOD_S]);
      if (Number.isFinite(graceS)) pod.graceS = graceS;
    }),
  );
  return pods;
}

interface Building extends PodInRuntime {
  graceS: number | undefined;
  readonly sandboxes: SandboxState[];
  readonly containers: ContainerInstance[];
}

function building(pods: Map<string, Building>, info: SandboxInfo): Building {
  const known = pods.get(info.podUid);
  if (known) return known;
  const { podUid: uid, podNamespace: namespace, podName: name } = info;
  const fresh: Building = { uid, namespace, name, graceS: undefined, sandboxes: [], containers: [] };
  pods.set(uid, fresh);
  return fresh;
}

async function sandboxState(runtime: Runtime, info: SandboxInfo): Promise<SandboxState> {
  const ready = info.state === 'ready';
  const ips = ready ? (await runtime.podSandboxStatus(info.id)).ips : [];
  return { id: info.id, attempt: info.attempt, ready, stopped: false, ips, createdAtMs: info.createdAtMs };
}

export function containerInstance(status: ContainerStatus, sandboxId: string): ContainerInstance {
  const { id, name, attempt, createdAtMs, startedAtMs, finishedAtMs, exitCode, reason, message } = status;
  const { image, imageRef, annotations } = status;
  return {
    id,
    name,
    attempt,
    sandboxId,
    // What a runtime knows nothing about any more (after a reboot) does not run.
    state: status.state === 'unknown' ? 'exited' : status.state,
    createdAtMs,
    startedAtMs,
    finishedAtMs,
    exitCode,
    reason,
    message,
    image,
    imageRef,
    hash: annotations[CONTAINER_HASH] ?? '',
    backoffMs: Number(annotations[BACKOFF_MS] ?? 0),
  };
}

/** What was removed between the list and the question is not there. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}
