/** A DaemonSet node by node: what every step of the planner works on. */
import { isPodAvailable, isPodFinished } from '@reckon/api';
import type { StoredDaemonSet, StoredPod } from '../resources.ts';
import { type Place, placeOn, targetNode } from './placement.ts';
import { type DaemonSetObserved, REVISION_LABEL } from './types.ts';

/** One node and the daemons on it. */
export interface Spot {
  readonly nodeName: string;
  readonly place: Place;
  /** All pods that are there or meant to be, the oldest first. */
  readonly pods: readonly StoredPod[];
  /** Neither finished nor going: of the present template, and of others. */
  readonly fresh: readonly StoredPod[];
  readonly stale: readonly StoredPod[];
}

export interface Daemons {
  readonly daemonSet: StoredDaemonSet;
  /** By name of the node. */
  readonly spots: readonly Spot[];
  /** Pods made for nodes that do not exist any longer, and never bound. */
  readonly lost: readonly StoredPod[];
  readonly hash: string;
  readonly nowMs: number;
}

export interface DaemonsInput {
  readonly daemonSet: StoredDaemonSet;
  readonly observed: DaemonSetObserved;
  readonly hash: string;
  readonly nowMs: number;
}

export function daemonsOf({ daemonSet, observed, hash, nowMs }: DaemonsInput): Daemons {
  const byNode = new Map<string, StoredPod[]>();
  for (const pod of [...observed.owned].sort(byAge)) {
    const nodeName = targetNode(pod);
    byNode.set(nodeName, [...(byNode.get(nodeName) ?? []), pod]);
  }
  const nodes = [...observed.nodes].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const present = new Set(nodes.map(({ metadata }) => metadata.name));
  const spots = nodes.map((node): Spot => {
    const nodeName = node.metadata.name;
    const pods = byNode.get(nodeName) ?? [];
    const living = pods.filter((pod) => !pod.metadata.deletionTimestamp && !isPodFinished(pod));
    const isFresh = (pod: StoredPod) => pod.metadata.labels?.[REVISION_LABEL] === hash;
    return {
      nodeName,
      place: placeOn(daemonSet, node),
      pods,
      fresh: living.filter(isFresh),
      stale: living.filter((pod) => !isFresh(pod)),
    };
  });
  const lost = [...byNode].flatMap(([nodeName, pods]) =>
    present.has(nodeName) ? [] : pods.filter((pod) => !pod.spec?.nodeName && !pod.metadata.deletionTimestamp),
  );
  return { daemonSet, spots, lost, hash, nowMs };
}

export function isAvailable({ daemonSet, nowMs }: Daemons, pod: StoredPod | undefined): boolean {
  return pod !== undefined && isPodAvailable(pod, daemonSet.spec?.minReadySeconds ?? 0, nowMs);
}

function byAge(a: StoredPod, b: StoredPod): number {
  return (
    Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) ||
    (a.metadata.name < b.metadata.name ? -1 : 1)
  );
}
