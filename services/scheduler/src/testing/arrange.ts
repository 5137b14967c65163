/** Scenes for planning: nodes, what runs on them, who waits. */
import { labelSelectorOf } from '@reckon/api';
import { ClusterModel } from '../model/cluster-model.ts';
import { podRequestOf } from '../plan/pod-request.ts';
import type { Budget, SchedulingInput } from '../plan/types.ts';
import { type NodeShape, type PodShape, storedNode, storedPod } from './objects.ts';

export interface BudgetShape {
  readonly app: string;
  readonly allowed: number;
  readonly disrupted?: readonly string[];
}

export interface Arrangement {
  readonly nodes: Readonly<Record<string, NodeShape>>;
  /** By node and name. */
  readonly running?: Readonly<Record<string, Readonly<Record<string, PodShape>>>>;
  readonly budgets?: readonly BudgetShape[];
  readonly pods: Readonly<Record<string, PodShape>>;
  /** Their labels. */
  readonly namespaces?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Pods that wait, beside those to be planned: where room is being made for them. */
  readonly waiting?: Readonly<Record<string, PodShape & { readonly nominatedTo: string }>>;
  /** Of `pods`: where room is being made for them. */
  readonly nominated?: Readonly<Record<string, string>>;
}

export function arrange({
  nodes,
  running = {},
  budgets = [],
  pods,
  waiting = {},
  nominated = {},
  namespaces = {},
}: Arrangement): SchedulingInput & { readonly model: ClusterModel } {
  const model = new ClusterModel();
  for (const [name, shape] of Object.entries(nodes)) model.nodeSeen(storedNode(name, shape));
  for (const [nodeName, there] of Object.entries(running)) {
    for (const [name, shape] of Object.entries(there)) {
      const pod = storedPod(name, shape);
      model.podSeen({ ...pod, spec: { ...pod.spec, nodeName } });
    }
  }
  const requests = new Map(
    Object.entries(pods).map(([name, shape]) => [name, podRequestOf(storedPod(name, shape))]),
  );
  const nominations = [
    ...Object.entries(waiting).map(([name, { nominatedTo, ...shape }]) => ({
      pod: podRequestOf(storedPod(name, shape)),
      nodeName: nominatedTo,
    })),
    ...Object.entries(nominated).flatMap(([name, nodeName]) => {
      const pod = requests.get(name);
      return pod ? { pod, nodeName } : [];
    }),
  ];
  return {
    model,
    nodes: model.nodes(),
    pods: [...requests.values()],
    nominations,
    budgets: budgets.map(budgetFor),
    namespaces: new Map(Object.entries(namespaces)),
  };
}

export function budgetFor({ app, allowed, disrupted = [] }: BudgetShape): Budget {
  return {
    namespace: 'default',
    selector: labelSelectorOf({ matchLabels: { app } }),
    disruptionsAllowed: allowed,
    disrupted: new Set(disrupted),
  };
}
