import type { EndReason } from '../end-reason.ts';
import type { PlanInput } from '../types.ts';
import type { ContainerStatusValue } from './container-status.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface PhaseInput {
  readonly input: PlanInput;
  readonly end: EndReason | undefined;
  readonly containers: readonly ContainerStatusValue[];
  readonly initContainers: readonly ContainerStatusValue[];
}

/**
 * The pod's phase from the states of its containers (Kubernetes: "Pod Lifecycle", pod phase). A final phase never
 * changes; sidecars keep a pod Running while they run, and say nothing about how it ended.
 */
export function podPhase({ input, end, containers, initContainers }: PhaseInput): PodPhase {
  const { model } = input.pod;
  const recorded = model.object.status?.phase;
  if (recorded === 'Succeeded' || recorded === 'Failed') return recorded;
  if (end?.kind === 'deadline' || end?.kind === 'rejected') return 'Failed';
  const roles = new Map(model.initContainers.map((container) => [container.name, container.role]));
  const isSidecar = (status: ContainerStatusValue) => roles.get(status.name ?? '') === 'sidecar';
  const inits = initContainers.filter((status) => !isSidecar(status));
  const sidecars = initContainers.filter(isSidecar);

  const initFailed = inits.some((status) => (lastExit(status) ?? 0) !== 0);
  if (initFailed && model.restartPolicy === 'Never') return 'Failed';
  const appsBegan = containers.some((status) => status.containerID);
  const initPending = inits.some((status) => status.state?.terminated?.exitCode !== 0);
  const sidecarPending = sidecars.some((status) => status.state?.running && !status.started);
  if ((initPending || sidecarPending) && !appsBegan) return 'Pending';

  const running = [...containers, ...sidecars].some((status) => status.state?.running);
  const stopped = containers.filter((status) => lastExit(status) !== undefined && !status.state?.running);
  const neverRan = containers.filter((status) => !status.state?.running && lastExit(status) === undefined);
  const ended = end !== undefined && !running;
  if (neverRan.length > 0 && !(ended && stopped.length > 0)) return 'Pending';
  if (running) return 'Running';
  if (ended) {
    const succeeded = neverRan.length === 0 && stopped.every((status) => lastExit(status) === 0);
    return succeeded ? 'Succeeded' : 'Failed';
  }
  if (model.restartPolicy === 'Always') return 'Running';
  if (stopped.every((status) => lastExit(status) === 0)) return 'Succeeded';
  return model.restartPolicy === 'Never' ? 'Failed' : 'Running';
}

/** The exit code of a container that ended, also while its next attempt waits. */
function lastExit(status: ContainerStatusValue): number | undefined {
  if (status.state?.terminated) return status.state.terminated.exitCode ?? 0;
  return status.state?.waiting ? status.lastState?.terminated?.exitCode : undefined;
}
