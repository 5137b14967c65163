/**
 * The scheduling decision for a batch of pods over one state of the cluster: a pure function. Pods are taken by
 * priority, then age, then name; each sees what the ones before it were given, so that a batch never overcommits.
 * One that fits nowhere may have room made for it (preempt.ts).
 */
import { Budgets } from './budgets.ts';
import { placementReason } from './filter.ts';
import { Ground } from './ground.ts';
import { unschedulableMessage } from './message.ts';
import { findRoom } from './preempt.ts';
import { compareScores, type Score, scoreOf } from './score.ts';
import type {
  Assignment,
  NodeState,
  Placement,
  PodRequest,
  Rejection,
  Room,
  SchedulingInput,
  SchedulingPlan,
} from './types.ts';

export function plan(input: SchedulingInput): SchedulingPlan {
  const pass = new Pass(input);
  const assignments: Assignment[] = [];
  const rejections: Rejection[] = [];
  for (const pod of [...input.pods].sort(comparePods)) {
    const outcome = pass.place(pod);
    if ('message' in outcome) rejections.push(outcome);
    else assignments.push(outcome);
  }
  // Who is in the batch himself has been answered.
  const answered = new Set(input.pods.map(({ uid }) => uid));
  const withdrawals = pass.withdrawals.filter(({ uid }) => !answered.has(uid));
  return { assignments, rejections, withdrawals };
}

/** What a placement leaves of the nodes, and why not the others. */
interface Candidates {
  readonly nodes: readonly NodeState[];
  readonly reasons: ReadonlyMap<string, number>;
}

class Pass {
  readonly #ground: Ground;
  readonly #budgets: Budgets;
  readonly #candidates = new Map<string, Candidates>();
  /** Pods that fitted nowhere: in one pass nodes only get fuller, so their like will not fit either. */
  readonly #hopeless = new Map<string, Omit<Rejection, 'pod' | 'room'>>();
  /** By likeness the highest priority for which there was no room whoever went: nor will there be for a lower one. */
  readonly #roomless = new Map<string, number>();
  readonly #withdrawals: PodRequest[] = [];

  constructor({ nodes, nominations = [], budgets = [], namespaces = new Map() }: SchedulingInput) {
    this.#ground = new Ground(nodes, nominations, namespaces);
    this.#budgets = new Budgets(budgets);
  }

  get withdrawals(): readonly PodRequest[] {
    return this.#withdrawals;
  }

  place(pod: PodRequest): Assignment | Rejection {
    const nominee = this.#ground.nomineeNode(pod);
    // A pod that is placed later in the pass may be what this one has waited for.
    const mayBeHelped = nominee !== undefined || wantsCompany(pod);
    const likeness = mayBeHelped ? undefined : this.#ground.likeness(pod);
    const hopeless = likeness === undefined ? undefined : this.#hopeless.get(likeness);
    if (hopeless) return this.#turnedDown(pod, likeness, hopeless);
    const candidates = this.#candidatesOf(pod.placement);
    let best: { readonly node: NodeState; readonly score: Score } | undefined;
    let fits = 0;
    for (const node of candidates.nodes) {
      if (this.#ground.reasons(pod, node).length > 0) continue;
      fits++;
      if (node.name === nominee) return this.#put(pod, node, `room was made for it on ${node.name}`);
      const score = scoreOf(pod, node, this.#ground.load(node), this.#ground.around(pod, node));
      if (!best || compareScores(score, best.score) < 0) best = { node, score };
    }
    if (best) return this.#put(pod, best.node, becauseOf(best.node, fits, this.#ground.nodes.length));
    const rejection = this.#reject(pod, candidates);
    if (likeness !== undefined) this.#hopeless.set(likeness, rejection);
    return this.#turnedDown(pod, likeness, rejection);
  }

  #candidatesOf(placement: Placement): Candidates {
    let candidates = this.#candidates.get(placement.id);
    if (!candidates) {
      const reasons = new Map<string, number>();
      const nodes = this.#ground.nodes.filter((node) => {
        const reason = placementReason(placement, node);
        if (reason !== undefined) count(reasons, reason);
        return reason === undefined;
      });
      candidates = { nodes, reasons };
      this.#candidates.set(placement.id, candidates);
    }
    return candidates;
  }

  #put(pod: PodRequest, node: NodeState, because: string): Assignment {
    this.#ground.withdraw(pod);
    this.#ground.take(pod, node);
    return { pod, nodeName: node.name, because };
  }

  #turnedDown(
    pod: PodRequest,
    likeness: string | undefined,
    rejection: Omit<Rejection, 'pod' | 'room'>,
  ): Rejection {
    const message = pod.mayPreempt ? rejection.message : `${rejection.message} ${NOT_ELIGIBLE}`;
    return { pod, ...rejection, message, room: this.#makeRoom(pod, likeness) };
  }

  #makeRoom(pod: PodRequest, likeness: string | undefined): Room | undefined {
    const ground = this.#ground;
    const roomless = this.#roomless.get(likeness ?? '') ?? Number.NEGATIVE_INFINITY;
    const { nodes } = this.#candidatesOf(pod.placement);
    const room =
      pod.priority <= roomless ? undefined : findRoom(pod, { ground, budgets: this.#budgets, nodes });
    const node = room && nodes.find(({ name }) => name === room.nodeName);
    if (!room || !node) {
      ground.withdraw(pod);
      if (pod.mayPreempt && likeness !== undefined)
        this.#roomless.set(likeness, Math.max(roomless, pod.priority));
      return undefined;
    }
    for (const victim of room.victims) ground.letGo(victim, node);
    this.#budgets.spend(room.victims);
    if (ground.nomineeNode(pod) !== node.name) this.#claim(pod, node);
    return room;
  }

  /** Those of lower priority for whom room was being made there have not counted on this one: they look again. */
  #claim(pod: PodRequest, node: NodeState): void {
    for (const other of this.#ground.nominatedTo(node)) {
      if (other.priority >= pod.priority) continue;
      this.#ground.withdraw(other);
      this.#withdrawals.push(other);
    }
    this.#ground.nominate({ pod, nodeName: node.name });
  }

  #reject(pod: PodRequest, candidates: Candidates): Omit<Rejection, 'pod' | 'room'> {
    const reasons = new Map(candidates.reasons);
    for (const node of candidates.nodes) {
      for (const reason of this.#ground.reasons(pod, node)) count(reasons, reason);
    }
    return {
      message: unschedulableMessage(this.#ground.nodes.length, reasons),
      helps: { freed: candidates.nodes.length > 0, joined: wantsCompany(pod) },
    };
  }
}

/** Others that come can make it fit where it did not. */
function wantsCompany({ rules }: PodRequest): boolean {
  return rules !== undefined && (rules.near.length > 0 || rules.spread.length > 0);
}

/** kube-scheduler's words for a pod that must not ask others to go. */
const NOT_ELIGIBLE = 'preemption: not eligible due to preemptionPolicy=Never.';

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
