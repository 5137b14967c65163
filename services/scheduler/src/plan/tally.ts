import type { NodeState, PodRequest } from './types.ts';

/**
 * How many pods of some kind there are in each place; a place is all nodes with the same value of a label. Made by
 * going through all pods once, then kept up to date pod by pod.
 */
export class Tally {
  readonly topologyKey: string;
  readonly #counts: (pod: PodRequest) => boolean;
  /** Undefined: all nodes are. */
  readonly #eligible: ReadonlySet<string> | undefined;
  readonly #places = new Map<string, number>();
  #total = 0;
  #fewest: number | undefined;

  constructor(
    kind: TallyKind,
    nodes: readonly NodeState[],
    podsOn: (node: NodeState) => Iterable<PodRequest>,
  ) {
    this.topologyKey = kind.topologyKey;
    this.#counts = kind.counts;
    const { isEligible } = kind;
    this.#eligible = isEligible && new Set(nodes.filter(isEligible).map(({ name }) => name));
    for (const node of nodes) {
      const place = this.#place(node);
      if (place === undefined) continue;
      if (!this.#places.has(place)) this.#places.set(place, 0);
      for (const pod of podsOn(node)) this.add(pod, node, 1);
    }
  }

  /** Of all places. */
  get total(): number {
    return this.#total;
  }

  get placeCount(): number {
    return this.#places.size;
  }

  /** In the place with the fewest; 0 if there are none. */
  get fewest(): number {
    if (this.#fewest === undefined) {
      this.#fewest = Number.POSITIVE_INFINITY;
      for (const count of this.#places.values()) this.#fewest = Math.min(this.#fewest, count);
      if (this.#places.size === 0) this.#fewest = 0;
    }
    return this.#fewest;
  }

  /** Undefined: the node is in no place. */
  at(node: NodeState): number | undefined {
    const place = node.labels[this.topologyKey];
    return place === undefined ? undefined : (this.#places.get(place) ?? 0);
  }

  /** One more (1) or one less (-1), if the pod is of the kind. */
  add(pod: PodRequest, node: NodeState, change: 1 | -1): void {
    const place = this.#place(node);
    if (place === undefined || !this.#counts(pod)) return;
    this.#places.set(place, (this.#places.get(place) ?? 0) + change);
    this.#total += change;
    this.#fewest = undefined;
  }

  #place(node: NodeState): string | undefined {
    return this.#eligible?.has(node.name) === false ? undefined : node.labels[this.topologyKey];
  }
}

export interface TallyKind {
  readonly topologyKey: string;
  counts(pod: PodRequest): boolean;
  /** Whether what is on this node counts; absent: always. */
  isEligible?(node: NodeState): boolean;
}

/** Those that were asked for, by id. */
export class Tallies {
  readonly #nodes: readonly NodeState[];
  readonly #podsOn: (node: NodeState) => Iterable<PodRequest>;
  readonly #tallies = new Map<string, Tally>();

  constructor(nodes: readonly NodeState[], podsOn: (node: NodeState) => Iterable<PodRequest>) {
    this.#nodes = nodes;
    this.#podsOn = podsOn;
  }

  get(id: string, kind: TallyKind): Tally {
    let tally = this.#tallies.get(id);
    if (!tally) {
      tally = new Tally(kind, this.#nodes, this.#podsOn);
      this.#tallies.set(id, tally);
    }
    return tally;
  }

  add(pod: PodRequest, node: NodeState, change: 1 | -1): void {
    for (const tally of this.#tallies.values()) tally.add(pod, node, change);
  }
}
