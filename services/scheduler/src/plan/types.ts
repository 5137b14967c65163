/**
 * The vocabulary of the scheduling decision: filter → score → bind. Everything here is plain data, made once from each
 * Pod and Node, so that planning reads no API objects.
 */
import type { LabelSelection, Labels, NodeTerm, TolerationForm } from '@reckon/api';

/** Amounts by resource name: `cpu` in thousandths of a core, everything else in whole units (bytes, devices). */
export type Amounts = ReadonlyMap<string, number>;

export interface Taint {
  readonly key: string;
  readonly value: string;
  /** NoSchedule, PreferNoSchedule, NoExecute. */
  readonly effect: string;
}

export interface HostPort {
  readonly protocol: string;
  /** '0.0.0.0' stands for every address. */
  readonly ip: string;
  readonly port: number;
}

/** A term of node affinity: all of it must hold. */
export interface WeightedNodeTerm extends NodeTerm {
  readonly weight: number;
}

/** Where a pod may run and where it had rather. Pods made from one template share one value. */
export interface Placement {
  /** Equal for equal placements. */
  readonly id: string;
  readonly nodeSelector: LabelSelection;
  /** Any of them must hold; undefined: no node affinity is required. */
  readonly requiredTerms: readonly NodeTerm[] | undefined;
  readonly preferredTerms: readonly WeightedNodeTerm[];
  readonly tolerations: readonly TolerationForm[];
  readonly hostPorts: readonly HostPort[];
}

/** A term of pod affinity: some pods, and what counts as near. */
export interface PodTerm {
  /** Equal for equal terms. */
  readonly id: string;
  readonly labels: LabelSelection;
  readonly namespaces: ReadonlySet<string>;
  /** Namespaces beside those, by their labels. */
  readonly namespaceSelector: LabelSelection | undefined;
  /** Nodes with the same value of this label are one place. */
  readonly topologyKey: string;
}

export interface WeightedPodTerm extends PodTerm {
  /** Negative: rather away. */
  readonly weight: number;
}

/** A topology spread constraint. */
export interface SpreadRule {
  /** Equal for rules that count the same pods on the same nodes, but for the placement of who has the rule. */
  readonly id: string;
  readonly maxSkew: number;
  readonly topologyKey: string;
  /** DoNotSchedule. */
  readonly isRequired: boolean;
  readonly namespace: string;
  readonly labels: LabelSelection;
  /** With fewer places than this an empty one is thought of. */
  readonly minDomains: number;
  /** Nodes that the pod's node affinity or selector excludes do not count. */
  readonly honorsAffinity: boolean;
  /** Nodes whose taints the pod does not tolerate do not count. */
  readonly honorsTaints: boolean;
}

/** What a pod says about where others are. */
export interface PodRules {
  /** Equal for equal rules. */
  readonly id: string;
  readonly near: readonly PodTerm[];
  readonly away: readonly PodTerm[];
  readonly preferred: readonly WeightedPodTerm[];
  readonly spread: readonly SpreadRule[];
}

/** A pod as scheduling sees it. */
export interface PodRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Labels;
  readonly requests: Amounts;
  /** Equal for equal requests. */
  readonly requestsId: string;
  readonly placement: Placement;
  /** Undefined: it does not care where others are. */
  readonly rules: PodRules | undefined;
  /** Of its containers, each once, with everything that their names imply. */
  readonly images: readonly string[];
  /** Uid of the owner that manages it (a ReplicaSet); '' for a pod of its own. */
  readonly ownerUid: string;
  readonly priority: number;
  /** Pods of lower priority may have to go for it. */
  readonly mayPreempt: boolean;
  readonly createdAtMs: number;
  /** Infinity: not yet. */
  readonly startedAtMs: number;
  /** It is being deleted: what it holds will be free. */
  readonly going: boolean;
}

/** A node and what is on it, as far as scheduling is concerned. Read only to the planner. */
export interface NodeState {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
  readonly allocatable: Amounts;
  readonly allocatablePods: number;
  /** Images that are there: bytes by name. */
  readonly images: ReadonlyMap<string, number>;
  readonly load: NodeLoad;
}

/** What the pods of a node take together. */
export interface NodeLoad {
  readonly requested: Amounts;
  /** By uid. */
  readonly pods: ReadonlyMap<string, PodRequest>;
  /** Those of them with rules about others. */
  readonly withRules: ReadonlyMap<string, PodRequest>;
  readonly podCount: number;
  readonly hostPorts: readonly HostPort[];
  /** By owner: how many of its pods are here, and what they request together. */
  readonly owners: ReadonlyMap<string, OwnerLoad>;
}

export interface OwnerLoad {
  readonly podCount: number;
  readonly requested: Amounts;
}

export interface SchedulingInput {
  /** In any order. */
  readonly pods: readonly PodRequest[];
  readonly nodes: readonly NodeState[];
  /** Pods without a node for which room is being made on one; those among `pods` too. */
  readonly nominations?: readonly Nomination[];
  readonly budgets?: readonly Budget[];
  /** Their labels. */
  readonly namespaces?: ReadonlyMap<string, Labels>;
}

/** Room is being made on this node: pods of the same or of lower priority leave it alone. */
export interface Nomination {
  readonly pod: PodRequest;
  readonly nodeName: string;
}

/** A PodDisruptionBudget. */
export interface Budget {
  readonly namespace: string;
  readonly selector: LabelSelection;
  readonly disruptionsAllowed: number;
  /** Names of pods that have been counted already. */
  readonly disrupted: ReadonlySet<string>;
}

export interface Assignment {
  readonly pod: PodRequest;
  readonly nodeName: string;
  /** Why this node, for people. */
  readonly because: string;
}

export interface Rejection {
  readonly pod: PodRequest;
  /** In Kubernetes' words: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
  readonly message: string;
  readonly helps: Helps;
  /** Where it will fit; undefined: nowhere, whoever goes. */
  readonly room: Room | undefined;
}

/** A node that a pod fits on as soon as pods of lower priority are gone. */
export interface Room {
  readonly nodeName: string;
  /** The most important first. Who is on its way out already is not among them. */
  readonly victims: readonly PodRequest[];
  /** Why here, for people. */
  readonly because: string;
}

/** Which events can help a pod that fits nowhere. */
export interface Helps {
  /** Pods that go away, because something is used up. */
  readonly freed: boolean;
  /** Pods that come or change, because it matters where others are. */
  readonly joined: boolean;
}

export interface SchedulingPlan {
  readonly assignments: readonly Assignment[];
  readonly rejections: readonly Rejection[];
  /** Pods that lose the room that was being made for them to one of higher priority; none of the batch. */
  readonly withdrawals: readonly PodRequest[];
}
