import { findCondition, rfc3339 } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { NodeCondition } from '@reckon/proto/reckon/api/core/v1/node.ts';
import type { StoredNode } from '../resources.ts';

const PREFIX = 'node.kubernetes.io/';

/** Taints that follow from a condition with this status (Kubernetes: "Taints and tolerations"). */
const BY_CONDITION: readonly (readonly [
  type: string,
  status: string,
  key: string,
  effects: readonly string[],
])[] = [
  ['Ready', 'False', 'not-ready', ['NoSchedule', 'NoExecute']],
  ['Ready', 'Unknown', 'unreachable', ['NoSchedule', 'NoExecute']],
  ['MemoryPressure', 'True', 'memory-pressure', ['NoSchedule']],
  ['DiskPressure', 'True', 'disk-pressure', ['NoSchedule']],
  ['PIDPressure', 'True', 'pid-pressure', ['NoSchedule']],
  ['NetworkUnavailable', 'True', 'network-unavailable', ['NoSchedule']],
];
const OURS = new Set([...BY_CONDITION.map(([, , key]) => PREFIX + key), `${PREFIX}unschedulable`]);

/** The node's taints as its conditions and `spec.unschedulable` ask for; those of others stay. Undefined: no change. */
export function taintsFor(node: StoredNode, nowMs: number): readonly Frozen<Taint>[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = wantedTaints(node.status?.conditions, node.spec?.unschedulable === true);
  const has = (key: string, effect: string) =>
    present.find((taint) => taint.key === key && taint.effect === effect);
  const kept = present.filter(
    ({ key = '', effect }) => !OURS.has(key) || wanted.some((w) => w.key === key && w.effect === effect),
  );
  const added = wanted.filter(({ key, effect }) => !has(key, effect));
  if (added.length === 0 && kept.length === present.length) return undefined;
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: rfc3339(nowMs) }))];
}

function wantedTaints(conditions: readonly Frozen<NodeCondition>[] | undefined, unschedulable: boolean) {
  const taints = BY_CONDITION.flatMap(([type, status, key, effects]) =>
    findCondition(conditions, type)?.status === status
      ? effects.map((effect) => ({ key: PREFIX + key, effect }))
      : [],
  );
  if (unschedulable) taints.push({ key: `${PREFIX}unschedulable`, effect: 'NoSchedule' });
  return taints;
}
