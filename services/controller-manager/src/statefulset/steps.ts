/** One pass over the pods of a StatefulSet: fill up, take away, update; in order, or all at once if they may be parallel. */
import { isPodFinished, scaledValue } from '@reckon/api';
import type { Action } from '@reckon/client';
import type { StoredPod } from '../resources.ts';
import { claimCreations, claimOwnership } from './claims.ts';
import { identityRepair, podCreation, podDeletion, podName, wantedRevision } from './pods.ts';
import { isAvailable, isHealthy, isTerminating, revisionOf, type SetState } from './set.ts';
import { ordinalOf } from './types.ts';

interface Step {
  readonly actions: readonly Action[];
  /** Whatever comes after has to wait for this. */
  readonly wait: boolean;
}

export function planPods(state: SetState): readonly Action[] {
  const filled = inTurn(ordinalsOf(state), (ordinal) => fill(state, ordinal));
  if (filled.wait) return filled.actions;
  const reduced = inTurn(state.condemned, (pod) => reduce(state, pod));
  const actions = [...filled.actions, ...reduced.actions];
  if (reduced.wait || actions.length > 0) return actions;
  return update(state);
}

function ordinalsOf({ first, replicas }: SetState): readonly number[] {
  return Array.from({ length: replicas }, (_, i) => first + i);
}

function inTurn<T>(items: readonly T[], step: (item: T) => Step): Step {
  const actions: Action[] = [];
  for (const item of items) {
    const taken = step(item);
    actions.push(...taken.actions);
    if (taken.wait) return { actions, wait: true };
  }
  return { actions, wait: false };
}

/** In order a pod is made only once all before it are available. */
function fill(state: SetState, ordinal: number): Step {
  const { ordered } = state;
  const pod = state.pods.get(ordinal);
  if (!pod && state.taken.has(ordinal)) return { actions: [nameTaken(state, ordinal)], wait: ordered };
  if (!pod) {
    return { actions: [...claimCreations(state, ordinal), podCreation(state, ordinal)], wait: ordered };
  }
  if (isTerminating(pod)) return { actions: [], wait: ordered };
  if (isPodFinished(pod)) {
    const because = `pod ${pod.metadata.name} has finished (${pod.status?.phase}), and is to run for ever`;
    return { actions: [podDeletion(state, pod, because)], wait: ordered };
  }
  const repairs = [
    ...(pod.status?.phase === 'Pending' ? claimCreations(state, ordinal) : []),
    ...claimOwnership(state, { ordinal, condemned: undefined }),
    ...identityRepair(state, pod, ordinal),
  ];
  return { actions: repairs, wait: ordered && !isAvailable(state, pod) };
}

/** The pod of that name is somebody else's: nothing can be done but to say so. It is tried again when that pod goes. */
function nameTaken(state: SetState, ordinal: number): Action {
  const { set } = state;
  const name = podName(state, ordinal);
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: pods "${name}" already exists`;
  return { type: 'event', event: { regarding: set, type: 'Warning', reason: 'FailedCreate', message } };
}

/** In order only the highest goes, and only while those below are well; but the first that is not may go itself. */
function reduce(state: SetState, pod: StoredPod): Step {
  const { ordered } = state;
  if (isTerminating(pod)) return { actions: [], wait: ordered };
  if (ordered && !isAvailable(state, pod) && pod !== firstUnhealthy(state))
    return { actions: [], wait: true };
  const ordinal = ordinalOf(state.set, pod) ?? 0;
  const because = `StatefulSet ${state.set.metadata.name} asks for only ${state.replicas} pods`;
  return {
    actions: [...claimOwnership(state, { ordinal, condemned: pod }), podDeletion(state, pod, because)],
    wait: ordered,
  };
}

/** The lowest of all pods, asked for or not, that is not well. */
function firstUnhealthy(state: SetState): StoredPod | undefined {
  const all = [
    ...[...state.pods].sort(([a], [b]) => a - b).map(([, pod]) => pod),
    ...[...state.condemned].reverse(),
  ];
  return all.find((pod) => !isHealthy(state, pod));
}

/** From the highest ordinal down to the partition, as many at a time as may be missing. */
function update(state: SetState): readonly Action[] {
  const { set, first, replicas, pods } = state;
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  if ((type ?? 'RollingUpdate') !== 'RollingUpdate') return [];
  const lowest = first + (rollingUpdate?.partition ?? 0);
  const most = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, replicas, 'up'));
  let unavailable = ordinalsOf(state).filter((ordinal) => !isHealthy(state, pods.get(ordinal))).length;
  const actions: Action[] = [];
  for (let ordinal = first + replicas - 1; ordinal >= lowest && unavailable < most; ordinal--) {
    const pod = pods.get(ordinal);
    if (!pod || isTerminating(pod) || revisionOf(pod) === wantedRevision(state, ordinal)) continue;
    const because = `pod ${podName(state, ordinal)} has revision ${revisionOf(pod)}, StatefulSet ${set.metadata.name} ${state.update}`;
    actions.push(podDeletion(state, pod, because));
    // One that was not well is missing already.
    if (isHealthy(state, pod)) unavailable += 1;
  }
  return actions;
}
