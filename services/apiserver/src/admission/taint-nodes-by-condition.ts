/** Kubernetes' TaintNodesByCondition: nothing is placed on a new node before node lifecycle has seen it ready. */
import type { KubeObject } from '../verbs/types.ts';
import { fieldsOf, listOf } from './fields.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const;

export function withNotReadyTaint(node: KubeObject): KubeObject {
  const spec = fieldsOf(node.spec);
  const taints = listOf(spec.taints);
  if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return node;
  return { ...node, spec: { ...spec, taints: [...taints, NOT_READY] } };
}
