import type { Draft } from './draft.ts';
import type { EndReason } from './end-reason.ts';
import type { ContainerModel } from './model.ts';
import type { ContainerInstance, PlanInput } from './types.ts';

/** Nobody can ask for a grace period any more, but processes still get a moment. */
const MIN_GRACE_S = 1;

/** Ends a pod; if it was deleted, removes it from this node and from the API. */
export function planEnd(input: PlanInput, reason: EndReason, draft: Draft): void {
  if (!planContainersEnd(input, reason, draft)) return;
  if (!planSandboxesEnd(input, draft)) return;
  switch (reason.kind) {
    case 'removed':
      if (!input.observed.cleaned) draft.act({ do: 'cleanUp' });
      return;
    case 'deleted':
      if (!input.observed.deleted) draft.act({ do: 'deletePod', because: 'its containers have ended' });
      else if (!input.observed.cleaned) draft.act({ do: 'cleanUp' });
      return;
    case 'rejected':
      draft.announce('rejected', { type: 'Warning', reason: reason.reason, message: reason.message });
      return;
    case 'final':
    case 'finished':
    case 'deadline':
      if (input.observed.volumes.state !== 'absent') draft.act({ do: 'releaseVolumes' });
      return;
  }
}

/** True once none of them runs, and none is about to. */
function planContainersEnd(input: PlanInput, reason: EndReason, draft: Draft): boolean {
  const { pod, observed } = input;
  const graceS = graceOf(input, reason);
  const because = becauseOf(reason);
  const kill = (instance: ContainerInstance) => {
    if (isBeingKilled(input, instance, graceS)) return;
    const message = `Stopping container ${instance.name}`;
    draft.act({ do: 'killContainer', container: instance, graceS, message, because });
  };
  const live = observed.containers.filter((instance) => instance.state === 'running');
  const sidecars = [...pod.model.initContainers]
    .reverse()
    .filter((container) => container.role === 'sidecar');
  const isSidecar = (instance: ContainerInstance) =>
    sidecars.some((sidecar) => sidecar.name === instance.name);
  const others = live.filter((instance) => !isSidecar(instance));
  if (others.length > 0) others.forEach(kill);
  else lastOf(sidecars, live).forEach(kill);
  return live.length === 0 && !isStartingAny(input);
}

/** Sidecars end one by one, in the opposite order of their start (KEP-753). */
function lastOf(
  sidecars: readonly ContainerModel[],
  live: readonly ContainerInstance[],
): readonly ContainerInstance[] {
  for (const sidecar of sidecars) {
    const running = live.filter((instance) => instance.name === sidecar.name);
    if (running.length > 0) return running;
  }
  return [];
}

function isBeingKilled({ observed }: PlanInput, instance: ContainerInstance, graceS: number): boolean {
  for (const action of observed.underWay.values()) {
    if (action.do === 'killContainer' && action.container.id === instance.id && action.graceS <= graceS)
      return true;
  }
  return false;
}

function isStartingAny({ observed }: PlanInput): boolean {
  for (const action of observed.underWay.values())
    if (action.do === 'startContainer' || action.do === 'runSandbox') return true;
  return false;
}

/** True once no sandbox holds an address any more. */
function planSandboxesEnd({ observed }: PlanInput, draft: Draft): boolean {
  const held = observed.sandboxes.filter((sandbox) => !sandbox.stopped);
  for (const { id } of held)
    draft.act({ do: 'stopSandbox', id, because: 'no container of the pod runs any more' });
  return held.length === 0;
}

function graceOf({ pod }: PlanInput, reason: EndReason): number {
  if (reason.kind === 'deleted') return Math.max(reason.graceS, MIN_GRACE_S);
  if (reason.kind === 'removed') return Math.max(pod.model.deletion?.graceS ?? pod.model.graceS, MIN_GRACE_S);
  return pod.model.graceS;
}

function becauseOf(reason: EndReason): string {
  switch (reason.kind) {
    case 'removed':
      return 'the pod is gone from the API';
    case 'deleted':
      return 'the pod is being deleted';
    case 'final':
    case 'finished':
      return `the pod is ${reason.phase}`;
    case 'rejected':
      return reason.message;
    case 'deadline':
      return 'the pod was active for longer than allowed';
  }
}
