/**
 * How fast the pods of nodes that are not ready are driven away, by zone (Kubernetes: "Nodes", "Rate limits on
 * eviction"): where many nodes fail at once it is more likely that we do not see them than that they are gone.
 */
import { findCondition } from '@reckon/api';
import type { StoredNode } from '../resources.ts';

export type ZoneState =
  /** Most nodes are ready: one node every ten seconds. */
  | 'Normal'
  /** Too many are not: slowly in a large zone, not at all in a small one. */
  | 'PartialDisruption'
  /** None is ready. Where other zones are well this one is truly gone: as in a normal one. */
  | 'FullDisruption';

const UNHEALTHY = 0.55;
const FEW = 2;
const LARGE_ZONE = 50;
const PERIOD_MS = 10_000;
const SLOW_PERIOD_MS = 100_000;
const EXCLUDED = 'node.kubernetes.io/exclude-disruption';

/** `REGION/ZONE`; a cluster that knows no zones is one. */
export function zoneOf({ metadata }: StoredNode): string {
  const label = (name: string) => metadata.labels?.[`topology.kubernetes.io/${name}`] ?? '';
  return `${label('region')}/${label('zone')}`;
}

export function isReady({ status }: StoredNode): boolean {
  return findCondition(status?.conditions, 'Ready')?.status === 'True';
}

export function zoneState(nodes: readonly StoredNode[]): ZoneState {
  const counted = nodes.filter(({ metadata }) => metadata.labels?.[EXCLUDED] === undefined);
  const lost = counted.filter((node) => !isReady(node)).length;
  if (lost > 0 && lost === counted.length) return 'FullDisruption';
  return lost > FEW && lost / counted.length >= UNHEALTHY ? 'PartialDisruption' : 'Normal';
}

/** Between two nodes whose pods are driven away; undefined: none is. */
export function evictionPeriodMs(state: ZoneState, nodes: number): number | undefined {
  if (state !== 'PartialDisruption') return PERIOD_MS;
  return nodes > LARGE_ZONE ? SLOW_PERIOD_MS : undefined;
}
