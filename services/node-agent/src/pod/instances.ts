/** Questions about a pod's containers that planning and status both ask. */
import { type Restart, restartOf } from './backoff.ts';
import type { ContainerModel, PodModel } from './model.ts';
import type { ContainerInstance, PodObservation, SandboxState } from './types.ts';

/** The sandbox that containers may be started in. */
export function currentSandbox(observed: PodObservation): SandboxState | undefined {
  const [newest] = observed.sandboxes;
  return newest?.ready ? newest : undefined;
}

export function latestInstance(observed: PodObservation, name: string): ContainerInstance | undefined {
  return observed.containers.find((instance) => instance.name === name);
}

export function previousInstance(observed: PodObservation, name: string): ContainerInstance | undefined {
  return observed.containers.filter((instance) => instance.name === name)[1];
}

export function isLive(instance: ContainerInstance | undefined): instance is ContainerInstance {
  return instance?.state === 'running';
}

/** Whether the pod's rules ask for another instance after this one ended by itself. */
export function mustRestart(pod: PodModel, container: ContainerModel, ended: ContainerInstance): boolean {
  switch (container.role) {
    case 'sidecar':
      return true;
    case 'ephemeral':
      return false;
    case 'init':
      return ended.exitCode !== 0 && pod.restartPolicy !== 'Never';
    case 'app':
      return pod.restartPolicy === 'Always' || (pod.restartPolicy === 'OnFailure' && ended.exitCode !== 0);
  }
}

/**
 * The wait that a container is in after it ended; undefined if it is in none. Another definition has another history.
 */
export function crashLoop(
  container: ContainerModel,
  ended: ContainerInstance,
  nowMs: number,
): Restart | undefined {
  if (ended.hash !== container.hash) return undefined;
  const restart = restartOf(ended);
  return restart.notBeforeMs > nowMs ? restart : undefined;
}

/** Whether a running container counts as started (Kubernetes: `containerStatuses[].started`). */
export function hasStarted(
  pod: PodModel,
  observed: PodObservation,
  container: ContainerModel,
  instance: ContainerInstance | undefined,
): boolean {
  if (!isLive(instance)) return false;
  // The start is under way until postStart has succeeded.
  if (isStarting(observed, container.name)) return false;
  const probe = container.spec.startupProbe;
  if (!probe) return true;
  return observed.probes.get(instance.id)?.started ?? recorded(pod, container, instance)?.started ?? false;
}

export function isReady(
  pod: PodModel,
  observed: PodObservation,
  container: ContainerModel,
  instance: ContainerInstance | undefined,
): boolean {
  if (container.role === 'ephemeral') return false;
  if (container.role === 'init') return instance?.state === 'exited' && instance.exitCode === 0;
  if (!isLive(instance) || !hasStarted(pod, observed, container, instance)) return false;
  if (!container.spec.readinessProbe) return true;
  return observed.probes.get(instance.id)?.ready ?? recorded(pod, container, instance)?.ready ?? false;
}

export function isStarting(observed: PodObservation, name: string): boolean {
  return observed.underWay.has(`start/${name}`);
}

/**
 * What the API knows of the same running container from an earlier life of this agent: it holds until the first probe
 * says otherwise, so that a restart of the agent takes no pod out of its Services.
 */
function recorded(pod: PodModel, container: ContainerModel, instance: ContainerInstance) {
  const { status } = pod.object;
  const list = container.role === 'app' ? status?.containerStatuses : status?.initContainerStatuses;
  return list?.find((each) => each.containerID?.endsWith(instance.id));
}

/**
 * Init containers have done their work in this sandbox. One of the others having been created there proves it, even
 * after the init containers themselves were removed.
 */
export function isInitialized(pod: PodModel, observed: PodObservation): boolean {
  if (pod.initContainers.length === 0) return true;
  const [sandbox] = observed.sandboxes;
  if (!sandbox) return false;
  const here = (name: string) => {
    return observed.containers.find((each) => each.name === name && each.sandboxId === sandbox.id);
  };
  if (pod.containers.some((container) => here(container.name))) return true;
  return pod.initContainers.every((container) => {
    const instance = here(container.name);
    if (container.role === 'sidecar') return hasStarted(pod, observed, container, instance);
    return instance?.state === 'exited' && instance.exitCode === 0;
  });
}

/** Why a pod's life is over by itself, or undefined while it is not. */
export function outcome(pod: PodModel, observed: PodObservation): 'Succeeded' | 'Failed' | undefined {
  const apps = pod.containers.map((container) => ({
    container,
    last: latestInstance(observed, container.name),
  }));
  if (pod.restartPolicy === 'Never') {
    const failedInit = pod.initContainers.some((container) => {
      const last = latestInstance(observed, container.name);
      return container.role === 'init' && last?.state === 'exited' && last.exitCode !== 0;
    });
    if (failedInit) return 'Failed';
  }
  let failed = false;
  for (const { container, last } of apps) {
    if (last?.state !== 'exited' || isStarting(observed, container.name)) return undefined;
    if (mustRestart(pod, container, last)) return undefined;
    failed ||= last.exitCode !== 0;
  }
  if (apps.length === 0) return undefined;
  return failed ? 'Failed' : 'Succeeded';
}
