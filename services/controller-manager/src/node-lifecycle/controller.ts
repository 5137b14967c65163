import { isPodReady } from '@reckon/api';
import { type Controller, LEASES, NODES, PODS, watch, watchSelf } from '@reckon/client';
import { planNode } from './plan.ts';
import type { NodeDesired, NodeLifecycleSettings, NodeObserved } from './types.ts';

const LEASE_NAMESPACE = 'kube-node-lease';

export function nodeLifecycleController(
  settings: NodeLifecycleSettings,
): Controller<NodeDesired, NodeObserved> {
  return {
    name: 'node-lifecycle-controller',
    watches: [
      watchSelf(NODES),
      // A heartbeat moves the time at which silence would be judged; that time is planned anew when it comes, so a
      // heartbeat itself wakes nobody but those who lie at the edge.
      watch(LEASES, ({ object, operation }) =>
        object.metadata.namespace === LEASE_NAMESPACE && operation !== 'update' ? [object.metadata.name] : [],
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
          silentForMs: snapshot.silentForMs(lease ?? desired),
          readyPods: snapshot.onNode(PODS, key).filter(isPodReady),
        },
      };
    },
    plan: (input) => planNode(input, settings),
  };
}
