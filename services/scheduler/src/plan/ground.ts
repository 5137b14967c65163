import type { Labels } from '@reckon/api';
import { loadReasons } from './filter.ts';
import { Neighbours } from './neighbours.ts';
import { MutableLoad } from './node-load.ts';
import type { Surroundings } from './score.ts';
import { spreadReason, unevenness } from './spread.ts';
import { Tallies } from './tally.ts';
import type { NodeLoad, NodeState, Nomination, PodRequest } from './types.ts';

/** Room is being made for the pod on the node. */
interface Expected {
  readonly pod: PodRequest;
  readonly node: NodeState;
}

const NOTHING_AROUND: Surroundings = { attraction: 0, unevenness: 0 };

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
  readonly #tallies: Tallies;
  readonly #neighbours: Neighbours;
  #lowestPriority: number | undefined;
  #nodesByName: ReadonlyMap<string, NodeState> | undefined;

  constructor(
    nodes: readonly NodeState[],
    nominations: readonly Nomination[],
    namespaces: ReadonlyMap<string, Labels>,
  ) {
    this.nodes = nodes;
    this.#tallies = new Tallies(nodes, (node) => this.load(node).pods.values());
    this.#neighbours = new Neighbours(nodes, this.#tallies, namespaces);
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
    this.#count(pod, node, 1);
    if (this.#lowestPriority !== undefined && pod.priority < this.#lowestPriority) {
      this.#lowestPriority = pod.priority;
    }
  }

  release(pod: PodRequest, node: NodeState): void {
    this.#mutable(node).remove(pod);
    this.#count(pod, node, -1);
  }

  /** It stays where it is until it is gone, but nobody has to ask it to go any more. */
  letGo(pod: PodRequest, node: NodeState): void {
    this.release(pod, node);
    this.take({ ...pod, going: true }, node);
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
    if (expected.length === 0) return this.#reasonsNow(pod, node);
    for (const other of expected) this.take(other.pod, other.node);
    const reasons = this.#reasonsNow(pod, node);
    for (const other of expected) this.release(other.pod, other.node);
    // Who is not there yet may not come: nobody can count on being near to him.
    return reasons.length === 0 && pod.rules ? this.#reasonsNow(pod, node) : reasons;
  }

  around(pod: PodRequest, node: NodeState): Surroundings {
    if (this.#isIndifferent(pod)) return NOTHING_AROUND;
    return {
      attraction: this.#neighbours.attraction(pod, node),
      unevenness: unevenness(pod, node, this.#tallies),
    };
  }

  /** Pods that are equal in this get the same answers. */
  likeness(pod: PodRequest): string {
    const { requestsId, placement, namespace, labels, rules } = pod;
    const alone = `${requestsId} ${placement.id}`;
    if (this.#isIndifferent(pod)) return alone;
    return `${alone} ${namespace} ${JSON.stringify(labels)} ${rules?.id}`;
  }

  #reasonsNow(pod: PodRequest, node: NodeState): readonly string[] {
    const reasons = loadReasons(pod, node, this.load(node));
    if (reasons.length > 0 || this.#isIndifferent(pod)) return reasons;
    const reason = spreadReason(pod, node, this.#tallies) ?? this.#neighbours.reason(pod, node);
    return reason === undefined ? reasons : [reason];
  }

  /** Where others are does not matter, neither to him nor for him to anybody. */
  #isIndifferent({ rules }: PodRequest): boolean {
    return rules === undefined && !this.#neighbours.exist;
  }

  #count(pod: PodRequest, node: NodeState, change: 1 | -1): void {
    this.#tallies.add(pod, node, change);
    this.#neighbours.add(pod, node, change);
  }

  /** On the node itself, and, where it matters to him or to the pod who is near, on other nodes. */
  #expectedBefore(pod: PodRequest, node: NodeState): readonly Expected[] {
    if (this.#nominees.size === 0) return [];
    const expected: Expected[] = [];
    for (const [nodeName, there] of this.#nominated) {
      const place = nodeName === node.name ? node : this.#byName().get(nodeName);
      if (!place) continue;
      for (const other of there.values()) {
        if (other.uid === pod.uid || other.priority < pod.priority) continue;
        if (place === node || pod.rules || other.rules) expected.push({ pod: other, node: place });
      }
    }
    return expected;
  }

  #byName(): ReadonlyMap<string, NodeState> {
    this.#nodesByName ??= new Map(this.nodes.map((node) => [node.name, node]));
    return this.#nodesByName;
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
