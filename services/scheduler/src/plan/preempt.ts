/**
 * Where would a pod fit that fits nowhere, if pods of lower priority went? The rules are those of kube-scheduler's
 * DefaultPreemption (https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/):
 *
 * 1. on each node that its placement allows, let all pods of lower priority go; if the pod then fits, take back as many
 *    as possible, first those whose budget would be broken, of both kinds the most important first. Who cannot be
 *    taken back is a victim.
 * 2. of these nodes the one with, in this order: the fewest broken budgets; the room already being made there for this
 *    pod; the lowest priority among its most important victims; the lowest sum of priorities; the fewest victims; the
 *    latest start of its most important victims; the first by name.
 *
 * Unlike there, a pod that is being deleted already is no victim: it costs nothing that it goes, and where that is
 * enough nobody else has to. So planning again while victims end comes to the same node with none left to ask, and a
 * scheduler that was killed half-way through asks the rest.
 */
import type { Budgets } from './budgets.ts';
import type { Ground } from './ground.ts';
import type { NodeState, PodRequest, Room } from './types.ts';

export interface PreemptInput {
  readonly ground: Ground;
  readonly budgets: Budgets;
  /** That the pod's placement allows. */
  readonly nodes: readonly NodeState[];
}

interface Candidate {
  readonly node: NodeState;
  /** The most important first. */
  readonly victims: readonly PodRequest[];
  readonly violations: number;
  readonly nominated: boolean;
}

/** kube-scheduler looks for so many, or a tenth of the nodes if that is more, before it chooses. */
const MIN_CANDIDATES = 100;

/** Leaves `ground` as it was. */
export function findRoom(pod: PodRequest, input: PreemptInput): Room | undefined {
  const { ground } = input;
  if (!pod.mayPreempt || pod.priority <= ground.lowestPriority) return undefined;
  const enough = Math.max(MIN_CANDIDATES, Math.ceil(ground.nodes.length / 10));
  const nominated = ground.nomineeNode(pod);
  // The node where room is being made must not be missed.
  const inOrder = [...input.nodes].sort(
    (a, b) => Number(b.name === nominated) - Number(a.name === nominated),
  );
  let best: Candidate | undefined;
  let found = 0;
  for (const node of inOrder) {
    const candidate = candidateOn(node, pod, input);
    if (!candidate) continue;
    if (!best || compareCandidates(candidate, best) < 0) best = candidate;
    if (++found >= enough) break;
  }
  return best && { nodeName: best.node.name, victims: best.victims, because: becauseOf(best, found) };
}

/** Negative if `a` is before `b`: the one that is missed more. */
export function compareImportance(a: PodRequest, b: PodRequest): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.startedAtMs !== b.startedAtMs) return a.startedAtMs - b.startedAtMs;
  return a.uid < b.uid ? -1 : 1;
}

function candidateOn(
  node: NodeState,
  pod: PodRequest,
  { ground, budgets }: PreemptInput,
): Candidate | undefined {
  const lower = [...ground.load(node).pods.values()].filter(({ priority }) => priority < pod.priority);
  if (lower.length === 0) return undefined;
  const gone = new Set(lower);
  for (const other of lower) ground.release(other, node);
  const victims: PodRequest[] = [];
  let violations = 0;
  const fits = ground.reasons(pod, node).length === 0;
  if (fits) {
    const staying = lower.filter(({ going }) => !going).sort(compareImportance);
    const violating = budgets.violating(staying);
    for (const other of [...violating, ...staying.filter((one) => !violating.has(one))]) {
      ground.take(other, node);
      gone.delete(other);
      if (ground.reasons(pod, node).length === 0) continue;
      ground.release(other, node);
      gone.add(other);
      victims.push(other);
      if (violating.has(other)) violations++;
    }
  }
  for (const other of gone) ground.take(other, node);
  if (!fits) return undefined;
  victims.sort(compareImportance);
  return { node, victims, violations, nominated: ground.nomineeNode(pod) === node.name };
}

/** Negative if `a` is the better one. */
function compareCandidates(a: Candidate, b: Candidate): number {
  if (a.violations !== b.violations) return a.violations - b.violations;
  if (a.nominated !== b.nominated) return a.nominated ? -1 : 1;
  const [highestA, highestB] = [highestPriority(a), highestPriority(b)];
  if (highestA !== highestB) return highestA - highestB;
  const [sumA, sumB] = [prioritySum(a), prioritySum(b)];
  if (sumA !== sumB) return sumA - sumB;
  if (a.victims.length !== b.victims.length) return a.victims.length - b.victims.length;
  const [startA, startB] = [earliestStart(a), earliestStart(b)];
  if (startA !== startB) return startB - startA;
  return a.node.name < b.node.name ? -1 : 1;
}

/** Below every priority that there is, if nobody has to go. */
function highestPriority({ victims }: Candidate): number {
  return victims[0]?.priority ?? Number.NEGATIVE_INFINITY;
}

/** Shifted, so that more victims of negative priority do not make a smaller sum (kube-scheduler). */
function prioritySum({ victims }: Candidate): number {
  return victims.reduce((sum, { priority }) => sum + priority + 2 ** 31, 0);
}

/** Of the most important victims, which come first and by their start. */
function earliestStart({ victims }: Candidate): number {
  return victims[0]?.startedAtMs ?? Number.POSITIVE_INFINITY;
}

function becauseOf({ node, victims, violations }: Candidate, found: number): string {
  const where = `${node.name}, ${found === 1 ? 'the only node' : `the best of ${found} nodes`} where that makes room`;
  if (victims.length === 0)
    return `pods of lower priority are ending on ${node.name}, and then it fits there`;
  const who =
    victims.length === 1 ? '1 pod of lower priority goes' : `${victims.length} pods of lower priority go`;
  const broken =
    violations === 0
      ? ''
      : `, ${violations} of them against ${violations === 1 ? 'its' : 'their'} disruption budget`;
  return `${who} from ${where}${broken}`;
}
