/**
 * Gives the nodes of a zone that are not ready the taint that drives their pods away, one after the other. When the
 * last one was given it is said by the taints themselves, so that a new leader goes on where the old one stopped.
 */
import { findCondition, rfc3339 } from '@reckon/api';
import { type Action, type Frozen, NODES, nameOf, type Plan, type PlanInput } from '@reckon/client';
import type { Taint } from '@reckon/proto/reckon/api/core/v1/affinity.ts';
import type { StoredNode } from '../resources.ts';
import { evictionTaintKey, isEvictionTaint } from './taints.ts';
import { evictionPeriodMs, isReady, zoneState } from './zones.ts';

export interface ZoneObserved {
  readonly nodes: readonly StoredNode[];
  /** No node of any zone is ready: then it is we who are cut off. */
  readonly allDisrupted: boolean;
}

export function planZone({ observed, now }: PlanInput<string, ZoneObserved>): Plan {
  const { nodes, allDisrupted } = observed;
  const driven = nodes.filter((node) => evictionTaintsOf(node).length > 0);
  if (allDisrupted) return { actions: driven.map(spare) };
  const waiting = nodes.filter((node) => !isReady(node) && !driven.includes(node)).sort(bySilence);
  const [next] = waiting;
  const periodMs = evictionPeriodMs(zoneState(nodes), nodes.length);
  if (!next || periodMs === undefined) return { actions: [] };
  // A time that is yet to come was written by another clock: it holds nothing up.
  const times = driven.flatMap(evictionTaintsOf).map(({ timeAdded }) => Date.parse(timeAdded ?? ''));
  const last = Math.max(0, ...times.filter((ms) => ms <= now));
  const dueMs = last + periodMs;
  if (dueMs > now) return { actions: [], wakeAtMs: dueMs };
  return { actions: [drive(next, now)], ...(waiting.length > 1 ? { wakeAtMs: now + periodMs } : {}) };
}

function evictionTaintsOf({ spec }: StoredNode): readonly Frozen<Taint>[] {
  return (spec?.taints ?? []).filter(isEvictionTaint);
}

function readyCondition({ status }: StoredNode) {
  return findCondition(status?.conditions, 'Ready');
}

/** The one that has been gone for longest goes first. */
function bySilence(a: StoredNode, b: StoredNode): number {
  const since = (node: StoredNode) => Date.parse(readyCondition(node)?.lastTransitionTime ?? '') || 0;
  return since(a) - since(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}

function drive(node: StoredNode, nowMs: number): Action {
  const key = evictionTaintKey(readyCondition(node)?.status);
  const taint = { key, effect: 'NoExecute', timeAdded: rfc3339(nowMs) };
  return setTaints(
    node,
    [...(node.spec?.taints ?? []), taint],
    `node ${node.metadata.name} is not ready, and its zone allows that its pods are driven away`,
  );
}

function spare(node: StoredNode): Action {
  const taints = (node.spec?.taints ?? []).filter((taint) => !isEvictionTaint(taint));
  return setTaints(node, taints, 'no node at all is ready: its pods are better left where they are');
}

function setTaints(node: StoredNode, taints: readonly Frozen<Taint>[], because: string): Action {
  const { uid, resourceVersion } = node.metadata;
  const value = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  return {
    type: 'patch',
    resource: NODES,
    target: nameOf(node),
    patch: { type: 'merge', value },
    precondition: { uid, resourceVersion },
    because,
  };
}
