import { isPodFinished, type Labels } from '@reckon/api';
import type { Stored } from '@reckon/client';
import type { Node } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { MutableLoad } from '../plan/node-load.ts';
import { podRequestOf } from '../plan/pod-request.ts';
import type { NodeState, PodRequest } from '../plan/types.ts';
import { type NodeFacts, nodeFactsOf, sameFacts, sameImages } from './node-facts.ts';

interface Placed {
  readonly request: PodRequest;
  readonly nodeName: string;
  /** Bound by us, and not yet seen so. */
  readonly assumed: boolean;
}

/**
 * Whom a change may help: `freed`, who waits for room; `joined`, who waits for others to come, or counts them; `any`,
 * whoever waits.
 */
export type Effect = 'freed' | 'joined' | 'any';

/**
 * Which nodes there are and what is on them: a projection of Nodes and Pods kept up to date change by change, ahead of
 * the log by the pods that we have bound ourselves (assumed) until the log shows them.
 */
export class ClusterModel {
  readonly #facts = new Map<string, NodeFacts>();
  /** Also of nodes that have no Node object (any more). */
  readonly #loads = new Map<string, MutableLoad>();
  readonly #placed = new Map<string, Placed>();
  /** Pods that we are asking to go, ahead of the log. */
  readonly #letGo = new Set<string>();
  readonly #namespaces = new Map<string, Labels>();
  #nodes: readonly NodeState[] | undefined;

  /** By name. Their loads are live: plan with them before anything else happens. */
  nodes(): readonly NodeState[] {
    this.#nodes ??= [...this.#facts.values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((facts) => ({ ...facts, load: this.#loadOf(facts.name) }));
    return this.#nodes;
  }

  /** Returns true if a pod that fitted nowhere may fit now. */
  nodeSeen(node: Stored<Node>): boolean {
    const facts = nodeFactsOf(node);
    const before = this.#facts.get(facts.name);
    const same = before !== undefined && sameFacts(before, facts);
    if (same && sameImages(before.images, facts.images)) return false;
    this.#facts.set(facts.name, facts);
    this.#nodes = undefined;
    return !same;
  }

  nodeGone(name: string): void {
    this.#facts.delete(name);
    if (this.#loads.get(name)?.podCount === 0) this.#loads.delete(name);
    this.#nodes = undefined;
  }

  podSeen(pod: Stored<Pod>): Effect | undefined {
    const { uid } = pod.metadata;
    const nodeName = pod.spec?.nodeName;
    if (isPodFinished(pod)) return this.podGone(uid);
    // Not bound as far as the log shows; we may know better.
    if (!nodeName) return undefined;
    const request = podRequestOf(pod);
    const before = this.#placed.get(uid);
    if (before && before.nodeName === nodeName && before.request.requestsId === request.requestsId) {
      this.#placed.set(uid, { request, nodeName, assumed: false });
      this.#refresh(uid);
      return effectOfChange(before.request, request);
    }
    const moved = this.#remove(uid);
    this.#add({ request, nodeName, assumed: false });
    return moved ? 'freed' : 'joined';
  }

  podGone(uid: string): Effect | undefined {
    this.#letGo.delete(uid);
    return this.#remove(uid) ? 'freed' : undefined;
  }

  /** Returns true if a pod that fitted nowhere may fit now. */
  namespaceSeen({ metadata: { name, labels = {} } }: Stored): boolean {
    const before = this.#namespaces.get(name);
    this.#namespaces.set(name, labels);
    return before !== undefined && !sameLabels(before, labels);
  }

  namespaceGone(name: string): void {
    this.#namespaces.delete(name);
  }

  /** Their labels. Live, as the loads of nodes are. */
  namespaces(): ReadonlyMap<string, Labels> {
    return this.#namespaces;
  }

  /** Counts the pod as bound from now on. */
  assume(request: PodRequest, nodeName: string): void {
    this.#remove(request.uid);
    this.#add({ request, nodeName, assumed: true });
  }

  /** Takes an assumption back, if it still is one. Returns true if room has been made. */
  forget(uid: string): boolean {
    return this.#placed.get(uid)?.assumed ? this.#remove(uid) : false;
  }

  isAssumed(uid: string): boolean {
    return this.#placed.get(uid)?.assumed ?? false;
  }

  /** Counts the pod as being deleted from now on. */
  letGo(uid: string): void {
    this.#letGo.add(uid);
    this.#refresh(uid);
  }

  /** It stays after all, unless the log says otherwise. */
  keep(uid: string): void {
    this.#letGo.delete(uid);
    this.#refresh(uid);
  }

  #refresh(uid: string): void {
    const placed = this.#placed.get(uid);
    if (placed) this.#loadOf(placed.nodeName).replace(this.#asCounted(placed.request));
  }

  #asCounted(request: PodRequest): PodRequest {
    return this.#letGo.has(request.uid) ? { ...request, going: true } : request;
  }

  #add(placed: Placed): void {
    this.#placed.set(placed.request.uid, placed);
    this.#loadOf(placed.nodeName).add(this.#asCounted(placed.request));
  }

  #remove(uid: string): boolean {
    const placed = this.#placed.get(uid);
    if (!placed) return false;
    this.#placed.delete(uid);
    const load = this.#loadOf(placed.nodeName);
    load.remove(placed.request);
    if (load.podCount === 0 && !this.#facts.has(placed.nodeName)) this.#loads.delete(placed.nodeName);
    return true;
  }

  #loadOf(nodeName: string): MutableLoad {
    let load = this.#loads.get(nodeName);
    if (!load) {
      load = new MutableLoad();
      this.#loads.set(nodeName, load);
    }
    return load;
  }
}

/** To pods that care what is near to them: labels attract and repel, and who is going is not counted any more. */
function effectOfChange(before: PodRequest, after: PodRequest): Effect | undefined {
  if (!sameLabels(before.labels, after.labels)) return 'any';
  return before.going === after.going ? undefined : 'joined';
}

function sameLabels(a: Labels, b: Labels): boolean {
  return a === b || JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}
