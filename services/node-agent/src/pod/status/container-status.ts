import type { Frozen } from '@reckon/client';
import type { ContainerState, ContainerStatus } from '@reckon/proto/reckon/api/core/v1/pod_status.ts';
import {
  crashLoop,
  hasStarted,
  isReady,
  latestInstance,
  mustRestart,
  previousInstance,
} from '../instances.ts';
import type { ContainerModel, PodModel } from '../model.ts';
import { crashLoopMessage } from '../names.ts';
import { backoffShownFromMs, pullBackoffMessage } from '../pull-backoff.ts';
import type { ContainerInstance, ImageState, PlanInput, PodObservation } from '../types.ts';
import { rfc3339 } from './time.ts';

export type ContainerStatusValue = Frozen<ContainerStatus>;
type State = Frozen<ContainerState>;

/** One status for each container of the specification, in Kubernetes' order: by name. */
export function containerStatuses(
  input: PlanInput,
  containers: readonly ContainerModel[],
  ending: boolean,
): readonly ContainerStatusValue[] {
  const statuses = containers.map((container) => containerStatus(input, container, ending));
  const ordered = containers.some((container) => container.role !== 'app');
  // The kubelet sorts app containers by name and keeps the others in their order.
  return ordered ? statuses : statuses.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}

function containerStatus(
  { pod, observed, nowMs, node }: PlanInput,
  container: ContainerModel,
  ending: boolean,
): ContainerStatusValue {
  const { model } = pod;
  const last = latestInstance(observed, container.name);
  const previous = previousInstance(observed, container.name);
  const id = (instance: ContainerInstance) => `${node.runtimeName}://${instance.id}`;
  const waiting = ending ? undefined : waitingState({ model, observed, nowMs }, container, last);
  const base = {
    name: container.name,
    ready: isReady(model, observed, container, last),
    restartCount: last?.attempt ?? 0,
    image: last?.image || container.image,
    imageID: last?.imageRef ?? '',
    ...(container.role === 'ephemeral' ? {} : { started: hasStarted(model, observed, container, last) }),
    ...volumeMounts(container),
  };
  if (!last || last.state === 'created') {
    const state = { waiting: waiting ?? { reason: initialReason(model) } };
    const lastState = previous ? stateOf(previous, id(previous)) : {};
    return { ...base, state, lastState };
  }
  // What waits for its next attempt shows how the last one ended as its last state.
  if (waiting && last.state === 'exited')
    return { ...base, containerID: id(last), state: { waiting }, lastState: stateOf(last, id(last)) };
  return {
    ...base,
    containerID: id(last),
    state: stateOf(last, id(last)),
    lastState: previous?.state === 'exited' ? stateOf(previous, id(previous)) : {},
  };
}

function stateOf(instance: ContainerInstance, containerID: string): State {
  if (instance.state === 'running') return { running: { startedAt: rfc3339(instance.startedAtMs) } };
  return {
    terminated: {
      exitCode: instance.exitCode,
      reason: instance.reason || (instance.exitCode === 0 ? 'Completed' : 'Error'),
      ...(instance.message ? { message: instance.message } : {}),
      ...(instance.startedAtMs ? { startedAt: rfc3339(instance.startedAtMs) } : {}),
      finishedAt: rfc3339(instance.finishedAtMs),
      containerID,
    },
  };
}

/** Why it does not run although it should; undefined if it runs, has done its work, or is about to start again. */
function waitingState(
  known: { readonly model: PodModel; readonly observed: PodObservation; readonly nowMs: number },
  container: ContainerModel,
  last: ContainerInstance | undefined,
): { readonly reason: string; readonly message?: string } | undefined {
  const { model, observed, nowMs } = known;
  if (last?.state === 'running') return undefined;
  if (last?.state === 'exited') {
    if (container.role === 'init' && last.exitCode === 0) return undefined;
    if (!mustRestart(model, container, last)) return undefined;
    const wait = crashLoop(container, last, nowMs);
    if (wait)
      return { reason: 'CrashLoopBackOff', message: crashLoopMessage(model, container, last.backoffMs) };
  }
  const failure = observed.startFailures.get(container.name);
  if (failure) return { reason: failure.reason, message: failure.message };
  const image = observed.images.get(container.name);
  return image?.state === 'failed' ? imageWaiting(container, image, nowMs) : undefined;
}

function imageWaiting(
  container: ContainerModel,
  image: Extract<ImageState, { readonly state: 'failed' }>,
  nowMs: number,
): { readonly reason: string; readonly message: string } {
  const backoffFromMs = backoffShownFromMs(image);
  if (backoffFromMs === undefined || nowMs < backoffFromMs)
    return { reason: image.reason, message: image.message };
  const message = `${pullBackoffMessage(container)}: ${image.reason}: ${image.message}`;
  return { reason: 'ImagePullBackOff', message };
}

function initialReason(model: PodModel): string {
  return model.initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating';
}

function volumeMounts(container: ContainerModel): Pick<ContainerStatusValue, 'volumeMounts'> {
  const mounts = container.spec.volumeMounts ?? [];
  if (mounts.length === 0) return {};
  return {
    volumeMounts: mounts.map((mount) => ({
      name: mount.name ?? '',
      mountPath: mount.mountPath ?? '',
      ...(mount.readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}
