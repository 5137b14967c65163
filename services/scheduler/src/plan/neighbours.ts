/**
 * Pod affinity and anti-affinity, as kube-scheduler's InterPodAffinity has them
 * (https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity).
 * Required anti-affinity holds both ways: a pod may not come near one that wants to be away from it. Nor do preferences
 * end with the pod that is placed: those of pods that are there already count, and that one of them requires to be
 * near counts as a preference of weight 1.
 */
import type { Labels } from '@reckon/api';
import type { Tallies, Tally } from './tally.ts';
import type { NodeState, PodRequest, PodTerm } from './types.ts';

export const NOT_NEAR = "node(s) didn't match pod affinity rules";
export const NOT_AWAY = "node(s) didn't match pod anti-affinity rules";
export const NOT_WANTED = "node(s) didn't satisfy existing pods anti-affinity rules";

const HARD_WEIGHT = 1;

/** Pods that have the same term, by the place where they are. */
interface Holders {
  readonly term: PodTerm;
  /** 0: the term is a required anti-affinity. */
  readonly weight: number;
  readonly places: Map<string, number>;
}

export class Neighbours {
  readonly #tallies: Tallies;
  readonly #namespaces: ReadonlyMap<string, Labels>;
  readonly #holders = new Map<string, Holders>();
  /** Who is asked about again and again, node by node, and the terms of others that mean him. */
  #asked: { readonly pod: PodRequest; readonly holders: readonly Holders[] } | undefined;

  constructor(nodes: readonly NodeState[], tallies: Tallies, namespaces: ReadonlyMap<string, Labels>) {
    this.#tallies = tallies;
    this.#namespaces = namespaces;
    for (const node of nodes) for (const pod of node.load.withRules.values()) this.add(pod, node, 1);
  }

  /** Somebody cares who is near to him: pods that differ in their labels are no longer alike. */
  get exist(): boolean {
    return this.#holders.size > 0;
  }

  /** One more (1) or one less (-1) on the node. */
  add(pod: PodRequest, node: NodeState, change: 1 | -1): void {
    if (!pod.rules) return;
    const { near, away, preferred } = pod.rules;
    for (const term of away) this.#hold(term, 0, node, change);
    for (const term of near) this.#hold(term, HARD_WEIGHT, node, change);
    for (const term of preferred) this.#hold(term, term.weight, node, change);
  }

  /** Why the pod may not be on the node; undefined: it may. */
  reason(pod: PodRequest, node: NodeState): string | undefined {
    if (pod.rules && !this.#isNear(pod, pod.rules.near, node)) return NOT_NEAR;
    if (pod.rules?.away.some((term) => (this.#tallyOf(term).at(node) ?? 0) > 0)) return NOT_AWAY;
    const unwanted = this.#holdersAbout(pod).some(
      (holders) => holders.weight === 0 && countAt(holders, node) > 0,
    );
    return unwanted ? NOT_WANTED : undefined;
  }

  /** How much speaks for the node, by weights; negative: against it. */
  attraction(pod: PodRequest, node: NodeState): number {
    let sum = 0;
    for (const term of pod.rules?.preferred ?? []) sum += term.weight * (this.#tallyOf(term).at(node) ?? 0);
    for (const holders of this.#holdersAbout(pod)) sum += holders.weight * countAt(holders, node);
    return sum;
  }

  #isNear(pod: PodRequest, near: readonly PodTerm[], node: NodeState): boolean {
    if (near.length === 0) return true;
    const tallies = near.map((term) => this.#tallyOfAll(near, term.topologyKey));
    const counts = tallies.map((tally) => tally.at(node));
    if (counts.includes(undefined)) return false;
    if (counts.every((count) => count !== undefined && count > 0)) return true;
    // The first of a series that wants to be near to its own kind.
    return tallies.every(({ total }) => total === 0) && near.every((term) => this.#means(term, pod));
  }

  #tallyOf(term: PodTerm): Tally {
    return this.#tallies.get(term.id, {
      topologyKey: term.topologyKey,
      counts: (pod) => this.#means(term, pod),
    });
  }

  /** Of pods that all the terms mean. */
  #tallyOfAll(terms: readonly PodTerm[], topologyKey: string): Tally {
    const id = `${topologyKey} ${terms.map((term) => term.id).join(' ')}`;
    return this.#tallies.get(id, {
      topologyKey,
      counts: (pod) => terms.every((term) => this.#means(term, pod)),
    });
  }

  #means({ labels, namespaces, namespaceSelector }: PodTerm, pod: PodRequest): boolean {
    if (!labels.matches(pod.labels)) return false;
    if (namespaces.has(pod.namespace)) return true;
    const ofNamespace = namespaceSelector && this.#namespaces.get(pod.namespace);
    return ofNamespace !== undefined && namespaceSelector?.matches(ofNamespace) === true;
  }

  #hold(term: PodTerm, weight: number, node: NodeState, change: 1 | -1): void {
    const place = node.labels[term.topologyKey];
    if (place === undefined) return;
    const id = `${weight} ${term.id}`;
    let holders = this.#holders.get(id);
    if (!holders) {
      holders = { term, weight, places: new Map() };
      this.#holders.set(id, holders);
      this.#asked = undefined;
    }
    holders.places.set(place, (holders.places.get(place) ?? 0) + change);
  }

  #holdersAbout(pod: PodRequest): readonly Holders[] {
    if (this.#holders.size === 0) return NOBODY;
    if (this.#asked?.pod !== pod) {
      const holders = [...this.#holders.values()].filter(({ term }) => this.#means(term, pod));
      this.#asked = { pod, holders };
    }
    return this.#asked.holders;
  }
}

const NOBODY: readonly Holders[] = [];

function countAt({ term, places }: Holders, node: NodeState): number {
  const place = node.labels[term.topologyKey];
  return place === undefined ? 0 : (places.get(place) ?? 0);
}
