import { findCondition, semanticEqual } from '@reckon/api';
import { type Controller, NODES, type Snapshot, watch } from '@reckon/client';
import type { StoredNode } from '../resources.ts';
import { planZone, type ZoneObserved } from './evict-zone.ts';
import { isReady, zoneOf } from './zones.ts';

/** Keys are zones, so that no two nodes of one are driven away at once. */
export const zoneController: Controller<string, ZoneObserved> = {
  name: 'zone-eviction-controller',
  watches: [
    watch(NODES, ({ object, previous, operation }, snapshot) => {
      const changed =
        operation === 'delete' ||
        !previous ||
        readiness(object) !== readiness(previous) ||
        zoneOf(object) !== zoneOf(previous) ||
        !semanticEqual(object.spec?.taints, previous.spec?.taints);
      return changed ? zonesOf(snapshot) : [];
    }),
  ],
  observe(snapshot, zone) {
    const all = snapshot.list(NODES);
    const nodes = all.filter((node) => zoneOf(node) === zone && !node.metadata.deletionTimestamp);
    if (nodes.length === 0) return undefined;
    return { desired: zone, observed: { nodes, allDisrupted: !all.some(isReady) } };
  },
  plan: planZone,
};

function readiness({ status }: StoredNode): string | undefined {
  return findCondition(status?.conditions, 'Ready')?.status;
}

/** Whether one zone may be emptied depends on how all others are. */
function zonesOf(snapshot: Snapshot): ReadonlySet<string> {
  return new Set(snapshot.list(NODES).map(zoneOf));
}
