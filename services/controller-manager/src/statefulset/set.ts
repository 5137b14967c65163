/** A StatefulSet and its pods, sorted out: what every step of the planner works on. */
import { isPodAvailable, isPodReady } from '@reckon/api';
import type { History } from '../history/history.ts';
import type { StoredPod, StoredStatefulSet } from '../resources.ts';
import { ordinalOf, REVISION_LABEL, type StatefulSetObserved } from './types.ts';

export interface SetState {
  readonly set: StoredStatefulSet;
  readonly history: History;
  /** Names of the revisions that pods have and get. */
  readonly current: string;
  readonly update: string;
  readonly ordered: boolean;
  readonly first: number;
  readonly replicas: number;
  readonly pods: ReadonlyMap<number, StoredPod>;
  /** Outside of the ordinals that are asked for: the highest first. */
  readonly condemned: readonly StoredPod[];
  readonly claims: StatefulSetObserved['claims'];
  readonly taken: StatefulSetObserved['taken'];
  readonly nowMs: number;
}

export interface SetStateInput {
  readonly set: StoredStatefulSet;
  readonly observed: StatefulSetObserved;
  readonly history: History;
  readonly nowMs: number;
}

export function setStateOf({ set, observed, history, nowMs }: SetStateInput): SetState {
  const first = set.spec?.ordinals?.start ?? 0;
  const replicas = set.spec?.replicas ?? 1;
  const pods = new Map<number, StoredPod>();
  const condemned: (readonly [number, StoredPod])[] = [];
  for (const pod of observed.owned) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined) continue;
    if (ordinal >= first && ordinal < first + replicas) pods.set(ordinal, pod);
    else condemned.push([ordinal, pod]);
  }
  const known = history.all.some(({ metadata }) => metadata.name === set.status?.currentRevision);
  return {
    set,
    history,
    current: known ? (set.status?.currentRevision ?? history.update) : history.update,
    update: history.update,
    ordered: set.spec?.podManagementPolicy !== 'Parallel',
    first,
    replicas,
    pods,
    condemned: condemned.sort(([a], [b]) => b - a).map(([, pod]) => pod),
    claims: observed.claims,
    taken: observed.taken,
    nowMs,
  };
}

export function revisionOf(pod: StoredPod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? '';
}

export function isTerminating(pod: StoredPod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Running and ready; being deleted does not count against it here. */
export function isRunningAndReady(pod: StoredPod): boolean {
  return pod.status?.phase === 'Running' && isPodReady(pod);
}

export function isAvailable({ set, nowMs }: SetState, pod: StoredPod): boolean {
  return isRunningAndReady(pod) && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

/** Of its ordinal, and able to stay so. */
export function isHealthy(state: SetState, pod: StoredPod | undefined): boolean {
  return pod !== undefined && !isTerminating(pod) && isAvailable(state, pod);
}
