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
  ['Ready', 'False', 'not-ready', ['NoSchedule']],
  ['Ready', 'Unknown', 'unreachable', ['NoSchedule']],
  ['MemoryPressure', 'True', 'memory-pressure', ['NoSchedule']],
  ['DiskPressure', 'True', 'disk-pressure', ['NoSchedule']],
  ['PIDPressure', 'True', 'pid-pressure', ['NoSchedule']],
  ['NetworkUnavailable', 'True', 'network-unavailable', ['NoSchedule']],
];
const OURS = new Set([...BY_CONDITION.map(([, , key]) => PREFIX + key), `${PREFIX}unschedulable`]);

/** The taint that drives the pods of a node away which is not ready: when, `evict-zone.ts` decides. */
export function evictionTaintKey(ready: string | undefined): string {
  return PREFIX + (ready === 'False' ? 'not-ready' : 'unreachable');
}

export function isEvictionTaint({ key, effect }: Frozen<Taint>): boolean {
  return effect === 'NoExecute' && (key === `${PREFIX}not-ready` || key === `${PREFIX}unreachable`);
}

/** The node's taints as its conditions and `spec.unschedulable` ask for; those of others stay. Undefined: no change. */
export function taintsFor(node: StoredNode, nowMs: number): readonly Frozen<Taint>[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = wantedTaints(node.status?.conditions, node.spec?.unschedulable === true);
  const ready = findCondition(node.status?.conditions, 'Ready')?.status;
  // One that is driven away already stays so, whether it says that it is not ready or says nothing.
  if (ready !== undefined && ready !== 'True' && present.some(isEvictionTaint))
    wanted.push({ key: evictionTaintKey(ready), effect: 'NoExecute' });
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
