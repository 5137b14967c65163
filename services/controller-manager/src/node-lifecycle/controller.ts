import { isConditionTrue, isPodReady } from '@reckon/api';
import { type Controller, LEASES, NODES, PODS, type Stored, watch, watchSelf } from '@reckon/client';
import type { Lease } from '@reckon/proto/reckon/api/coordination/v1/lease.ts';
import { planNode } from './plan.ts';
import type { NodeDesired, NodeLifecycleSettings, NodeObserved } from './types.ts';

const LEASE_NAMESPACE = 'kube-node-lease';

/** A Lease is renewed four times in its duration (kubelet: `nodeLeaseRenewIntervalFraction`). */
const RENEWALS = 4;

export function nodeLifecycleController(
  settings: NodeLifecycleSettings,
): Controller<NodeDesired, NodeObserved> {
  return {
    name: 'node-lifecycle-controller',
    watches: [
      watchSelf(NODES),
      // A heartbeat moves the time at which silence would be judged; that time is planned anew when it comes, so a
      // heartbeat itself wakes nobody but those who lie at the edge.
      watch(LEASES, (change) =>
        change.namespace === LEASE_NAMESPACE && change.operation !== 'update'
          ? [change.object.metadata.name]
          : [],
      ),
      watch(PODS, ({ object, previous }) => {
        const node = object.spec?.nodeName;
        return node && previous && isPodReady(object) && !isPodReady(previous) ? [node] : [];
      }),
    ],
    observe(snapshot, key) {
      const desired = snapshot.get(NODES, '', key);
      if (!desired || desired.metadata.deletionTimestamp) return undefined;
      const lease = snapshot.get(LEASES, LEASE_NAMESPACE, key);
      return {
        desired,
        observed: {
          silentForMs: Math.max(0, snapshot.silentForMs(lease ?? desired) - beatMs(lease)),
          // On a node that is well they are no trouble, and it is looked at every few seconds.
          readyPods: isConditionTrue(desired.status?.conditions, 'Ready')
            ? []
            : snapshot.onNode(PODS, key).filter(isPodReady),
        },
      };
    },
    plan: (input) => planNode(input, settings),
  };
}

/** Silence begins when a renewal is due and does not come: until then nothing was to be heard. */
function beatMs(lease: Stored<Lease> | undefined): number {
  return ((lease?.spec?.leaseDurationSeconds ?? 0) * 1_000) / RENEWALS;
}
