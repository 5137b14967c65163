/**
 * The scheduling decision for a batch of pods over one state of the cluster: a pure function. Pods are taken by
 * priority, then age, then name; each sees what the ones before it were given, so that a batch never overcommits.
 */
import { loadReasons, placementReason } from './filter.ts';
import { unschedulableMessage } from './message.ts';
import { MutableLoad } from './node-load.ts';
import { compareScores, type Score, scoreOf } from './score.ts';
import type {
  Assignment,
  NodeState,
  Placement,
  PodRequest,
  Rejection,
  SchedulingInput,
  SchedulingPlan,
} from './types.ts';

export function plan({ pods, nodes }: SchedulingInput): SchedulingPlan {
  const pass = new Pass(nodes);
  const assignments: Assignment[] = [];
  const rejections: Rejection[] = [];
  for (const pod of [...pods].sort(comparePods)) {
    const outcome = pass.place(pod);
    if ('nodeName' in outcome) assignments.push(outcome);
    else rejections.push(outcome);
  }
  return { assignments, rejections };
}

/** What a placement leaves of the nodes, and why not the others. */
interface Candidates {
  readonly nodes: readonly NodeState[];
  readonly reasons: ReadonlyMap<string, number>;
}

class Pass {
  readonly #nodes: readonly NodeState[];
  readonly #candidates = new Map<string, Candidates>();
  /** Loads of nodes that were given pods in this pass. */
  readonly #loads = new Map<string, MutableLoad>();
  /** Pods that fitted nowhere: in one pass nodes only get fuller, so their like will not fit either. */
  readonly #hopeless = new Map<string, Omit<Rejection, 'pod'>>();

  constructor(nodes: readonly NodeState[]) {
    this.#nodes = nodes;
  }

  place(pod: PodRequest): Assignment | Rejection {
    const likeness = `${pod.requestsId} ${pod.placement.id}`;
    const hopeless = this.#hopeless.get(likeness);
    if (hopeless) return { pod, ...hopeless };
    const candidates = this.#candidatesOf(pod.placement);
    let best: { readonly node: NodeState; readonly score: Score } | undefined;
    let fits = 0;
    for (const node of candidates.nodes) {
      const load = this.#loads.get(node.name) ?? node.load;
      if (loadReasons(pod, node, load).length > 0) continue;
      fits++;
      const score = scoreOf(pod, node, load);
      if (!best || compareScores(score, best.score) < 0) best = { node, score };
    }
    if (best) {
      this.#take(pod, best.node);
      return { pod, nodeName: best.node.name, because: becauseOf(best.node, fits, this.#nodes.length) };
    }
    const rejection = this.#reject(pod, candidates);
    this.#hopeless.set(likeness, rejection);
    return { pod, ...rejection };
  }

  #candidatesOf(placement: Placement): Candidates {
    let candidates = this.#candidates.get(placement.id);
    if (!candidates) {
      const reasons = new Map<string, number>();
      const nodes = this.#nodes.filter((node) => {
        const reason = placementReason(placement, node);
        if (reason !== undefined) count(reasons, reason);
        return reason === undefined;
      });
      candidates = { nodes, reasons };
      this.#candidates.set(placement.id, candidates);
    }
    return candidates;
  }

  #take(pod: PodRequest, node: NodeState): void {
    let load = this.#loads.get(node.name);
    if (!load) {
      load = new MutableLoad(node.load);
      this.#loads.set(node.name, load);
    }
    load.add(pod);
  }

  #reject(pod: PodRequest, candidates: Candidates): Omit<Rejection, 'pod'> {
    const reasons = new Map(candidates.reasons);
    for (const node of candidates.nodes) {
      const load = this.#loads.get(node.name) ?? node.load;
      for (const reason of loadReasons(pod, node, load)) count(reasons, reason);
    }
    return {
      message: unschedulableMessage(this.#nodes.length, reasons),
      helps: { freed: candidates.nodes.length > 0 },
    };
  }
}

function comparePods(a: PodRequest, b: PodRequest): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs - b.createdAtMs;
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function becauseOf(node: NodeState, fits: number, all: number): string {
  return fits === 1
    ? `${node.name} is the only one of ${all} nodes that the pod fits on`
    : `${node.name} is the best of ${fits} nodes that the pod fits on`;
}

function count(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}
