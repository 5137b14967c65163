import { restartOf } from './backoff.ts';
import type { Draft } from './draft.ts';
import { deadlineOf } from './end-reason.ts';
import {
  crashLoop,
  currentSandbox,
  hasStarted,
  isInitialized,
  isStarting,
  latestInstance,
  mustRestart,
} from './instances.ts';
import type { ContainerModel } from './model.ts';
import { describePod } from './names.ts';
import { planGarbage } from './plan-garbage.ts';
import { planPullBackoff } from './pull-backoff.ts';
import type { ContainerInstance, PlanInput } from './types.ts';

/** What keeps a pod running, or brings it there. */
export function planRun(input: PlanInput, draft: Draft): void {
  const { model } = input.pod;
  const deadlineAtMs = deadlineOf(model.activeDeadlineS, input.observed.firstSeenAtMs);
  if (deadlineAtMs !== undefined) draft.isDue(deadlineAtMs);
  planSandbox(input, draft);
  planVolumes(input, draft);
  planSick(input, draft);
  // They run even while init containers fail: that is what one may want to look into.
  for (const container of model.ephemeralContainers) planContainer(input, container, draft);
  for (const container of dueContainers(input)) planContainer(input, container, draft);
  planGarbage(input, draft);
}

function planSandbox({ pod, observed }: PlanInput, draft: Draft): void {
  const [newest, ...older] = observed.sandboxes;
  for (const sandbox of older)
    if (!sandbox.stopped)
      draft.act({ do: 'stopSandbox', id: sandbox.id, because: 'a newer sandbox took its place' });
  if (newest?.ready) return;
  // What still runs in a dead sandbox has lost its network, and its address has to be given back.
  if (newest && !newest.stopped) {
    draft.act({ do: 'stopSandbox', id: newest.id, because: 'the sandbox is not ready any more' });
    return;
  }
  if (!needsSandbox(pod.model.containers.length > 0, observed.sandboxFailure?.retryAtMs, draft)) return;
  if (newest) {
    draft.announce(`sandbox-changed/${newest.id}`, {
      type: 'Normal',
      reason: 'SandboxChanged',
      message: 'Pod sandbox changed, it will be killed and re-created.',
    });
  }
  draft.act({
    do: 'runSandbox',
    attempt: newest ? newest.attempt + 1 : 0,
    because: newest ? 'the former sandbox is gone' : 'the pod is bound to this node',
  });
}

function needsSandbox(hasContainers: boolean, retryAtMs: number | undefined, draft: Draft): boolean {
  return hasContainers && (retryAtMs === undefined || draft.isDue(retryAtMs));
}

function planVolumes({ observed: { volumes } }: PlanInput, draft: Draft): void {
  if (volumes.state === 'ready') return;
  if (volumes.state === 'failed' && !draft.isDue(volumes.failure.retryAtMs)) return;
  draft.act({ do: 'prepareVolumes' });
}

/** Containers that run but must not: probes gave them up, or they are not what is wanted any more. */
function planSick({ pod, observed }: PlanInput, draft: Draft): void {
  const { model } = pod;
  for (const container of [...model.initContainers, ...model.containers]) {
    const instance = latestInstance(observed, container.name);
    if (instance?.state !== 'running') continue;
    const failed = observed.probes.get(instance.id)?.failed;
    if (failed) {
      const probe = failed === 'liveness' ? container.spec.livenessProbe : container.spec.startupProbe;
      draft.act({
        do: 'killContainer',
        container: instance,
        graceS: probe?.terminationGracePeriodSeconds ?? model.graceS,
        message: `Container ${container.name} failed ${failed} probe, will be restarted`,
        because: `its ${failed} probe failed`,
      });
    } else if (instance.hash !== container.hash && container.role !== 'init') {
      draft.act({
        do: 'killContainer',
        container: instance,
        graceS: model.graceS,
        message: `Container ${container.name} definition changed, will be restarted`,
        because: 'its definition changed',
      });
    }
  }
}

/** The containers whose turn it is, running or not. */
function dueContainers({ pod, observed }: PlanInput): readonly ContainerModel[] {
  const { model } = pod;
  const [sandbox] = observed.sandboxes;
  const sidecars = model.initContainers.filter((container) => container.role === 'sidecar');
  if (isInitialized(model, observed)) return [...sidecars, ...model.containers];
  const due: ContainerModel[] = [];
  for (const container of model.initContainers) {
    due.push(container);
    const instance = latestInstance(observed, container.name);
    const here = instance && instance.sandboxId === sandbox?.id ? instance : undefined;
    const done =
      container.role === 'sidecar'
        ? hasStarted(model, observed, container, here)
        : here?.state === 'exited' && here.exitCode === 0;
    if (!done) break;
  }
  return due;
}

function planContainer(input: PlanInput, container: ContainerModel, draft: Draft): void {
  const { pod, observed, nowMs } = input;
  const last = latestInstance(observed, container.name);
  if (isStarting(observed, container.name) || last?.state === 'running') return;
  if (last?.state === 'created') {
    // Somebody was interrupted between creating and starting it.
    draft.act({ do: 'removeContainer', container: last });
    return;
  }
  const [sandbox] = observed.sandboxes;
  const endedHere = last && last.sandboxId === sandbox?.id;
  // An init container that succeeded runs again only in a new sandbox.
  if (endedHere && container.role === 'init' && last.exitCode === 0) return;
  if (last && container.role === 'ephemeral') return;
  if (last && !mustRestart(pod.model, container, last) && (endedHere || container.role === 'app')) return;
  if (last) {
    const waiting = crashLoop(container, last, nowMs);
    if (waiting) {
      draft.isDue(waiting.notBeforeMs);
      draft.announce(`backoff/${last.id}`, {
        type: 'Warning',
        reason: 'BackOff',
        message: `Back-off restarting failed container ${container.name} in pod ${describePod(pod.model)}`,
        container: container.name,
      });
      return;
    }
  }
  planStart(input, { container, last }, draft);
}

/** The image first (it needs no sandbox), the container once everything else is there as well. */
function planStart(
  input: PlanInput,
  { container, last }: { readonly container: ContainerModel; readonly last: ContainerInstance | undefined },
  draft: Draft,
): void {
  const { observed } = input;
  const failure = observed.startFailures.get(container.name);
  if (failure && !draft.isDue(failure.retryAtMs)) return;
  const image = observed.images.get(container.name);
  if (image?.state !== 'ready') {
    if (image?.state === 'failed') {
      planPullBackoff(container, image, draft);
      if (image.retryAtMs === undefined || !draft.isDue(image.retryAtMs)) return;
    }
    draft.act({ do: 'ensureImage', container });
    return;
  }
  const sandbox = currentSandbox(observed);
  if (!sandbox || observed.volumes.state !== 'ready') return;
  const target = targetOf(observed, container);
  if (target === 'not running') return;
  draft.act({
    do: 'startContainer',
    container,
    attempt: last ? last.attempt + 1 : 0,
    sandbox,
    ...(target && { target }),
    image: image.image,
    backoffMs: last?.hash === container.hash ? restartOf(last).backoffMs : 0,
    because: last ? `it ended with exit code ${last.exitCode} (${last.reason})` : 'the pod wants it',
  });
}

/** The running instance whose processes a container is to see; undefined if it has only its own. */
function targetOf(
  observed: PlanInput['observed'],
  { target }: ContainerModel,
): ContainerInstance | 'not running' | undefined {
  if (target === undefined) return undefined;
  const instance = latestInstance(observed, target);
  return instance?.state === 'running' ? instance : 'not running';
}
