import { loadReasons } from './filter.ts';
import { MutableLoad } from './node-load.ts';
import type { NodeLoad, NodeState, Nomination, PodRequest } from './types.ts';

/**
 * The nodes in the course of one pass: what they hold, with the pods that the pass has placed, and for whom room is
 * being made on them. Begins as what the input shows and changes only copies. What is taken can be released again,
 * so that "would it fit if these were gone" is asked by letting them go and taking them back.
 */
export class Ground {
  readonly nodes: readonly NodeState[];
  readonly #loads = new Map<string, MutableLoad>();
  /** By node and uid. */
  readonly #nominated = new Map<string, Map<string, PodRequest>>();
  readonly #nominees = new Map<string, string>();
  #lowestPriority: number | undefined;

  constructor(nodes: readonly NodeState[], nominations: readonly Nomination[]) {
    this.nodes = nodes;
    for (const nomination of nominations) this.nominate(nomination);
  }

  load(node: NodeState): NodeLoad {
    return this.#loads.get(node.name) ?? node.load;
  }

  /** Of all pods that are on a node; Infinity if there are none. */
  get lowestPriority(): number {
    this.#lowestPriority ??= this.nodes.reduce((lowest, node) => {
      for (const { priority } of this.load(node).pods.values()) lowest = Math.min(lowest, priority);
      return lowest;
    }, Number.POSITIVE_INFINITY);
    return this.#lowestPriority;
  }

  take(pod: PodRequest, node: NodeState): void {
    this.#mutable(node).add(pod);
    if (this.#lowestPriority !== undefined && pod.priority < this.#lowestPriority) {
      this.#lowestPriority = pod.priority;
    }
  }

  release(pod: PodRequest, node: NodeState): void {
    this.#mutable(node).remove(pod);
  }

  /** It stays where it is until it is gone, but nobody has to ask it to go any more. */
  letGo(pod: PodRequest, node: NodeState): void {
    this.#mutable(node).replace({ ...pod, going: true });
  }

  nominate({ pod, nodeName }: Nomination): void {
    this.withdraw(pod);
    const there = this.#nominated.get(nodeName) ?? new Map<string, PodRequest>();
    there.set(pod.uid, pod);
    this.#nominated.set(nodeName, there);
    this.#nominees.set(pod.uid, nodeName);
  }

  withdraw(pod: PodRequest): void {
    const nodeName = this.#nominees.get(pod.uid);
    if (nodeName === undefined) return;
    this.#nominees.delete(pod.uid);
    this.#nominated.get(nodeName)?.delete(pod.uid);
  }

  nomineeNode(pod: PodRequest): string | undefined {
    return this.#nominees.get(pod.uid);
  }

  nominatedTo(node: NodeState): readonly PodRequest[] {
    return [...(this.#nominated.get(node.name)?.values() ?? [])];
  }

  /**
   * Why the pod does not fit on a node that its placement allows; empty: it fits. Pods of the same or of higher
   * priority for which room is being made count as if they were there.
   */
  reasons(pod: PodRequest, node: NodeState): readonly string[] {
    const expected = this.#expectedBefore(pod, node);
    for (const other of expected) this.take(other, node);
    const reasons = loadReasons(pod, node, this.load(node));
    for (const other of expected) this.release(other, node);
    return reasons;
  }

  #expectedBefore(pod: PodRequest, node: NodeState): readonly PodRequest[] {
    if (this.#nominees.size === 0) return [];
    return this.nominatedTo(node).filter(({ uid, priority }) => uid !== pod.uid && priority >= pod.priority);
  }

  #mutable(node: NodeState): MutableLoad {
    let load = this.#loads.get(node.name);
    if (!load) {
      load = new MutableLoad(node.load);
      this.#loads.set(node.name, load);
    }
    return load;
  }
}
