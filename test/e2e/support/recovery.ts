/** Times to recovery, as a watch of the API shows them. */
import { PODS, type Stored } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { systemClock } from '@reckon/service';
import type { TestCluster } from './cluster.ts';

export type Pods = readonly Stored<Pod>[];

export interface Recovery {
  /** Of the pods in `default`. */
  readonly labelSelector: string;
  /** What is done to the cluster; the time counts from here. */
  readonly after: () => Promise<unknown>;
  /** Whether all is well again, said of all pods that there are. */
  readonly until: (pods: Pods) => boolean;
}

const NAMESPACE = 'default';
const TIMEOUT_MS = 60_000;

/** From what is done until a watch shows that all is well again, ms. Fails with the ends of the logs after a minute. */
export async function timeToRecovery(cluster: TestCluster, recovery: Recovery): Promise<number> {
  const { labelSelector, after, until } = recovery;
  const { api } = cluster;
  const { items, revision } = await api.list<Pod>(PODS, { namespace: NAMESPACE, labelSelector });
  const pods = new Map(items.map((pod) => [pod.metadata.uid, pod]));
  const done = new AbortController();
  let isLate = false;
  const cancel = systemClock.after(TIMEOUT_MS, () => {
    isLate = true;
    done.abort();
  });
  const follow = async () => {
    const options = { namespace: NAMESPACE, labelSelector, after: revision, signal: done.signal };
    for await (const events of api.watch<Pod>(PODS, options))
      for (const event of events) {
        if (event.type === 'BOOKMARK') continue;
        if (event.type === 'DELETED') pods.delete(event.object.metadata.uid);
        else pods.set(event.object.metadata.uid, event.object);
        if (until([...pods.values()])) return systemClock.monotonicMs();
      }
    throw new Error(`${until} did not come to be${isLate ? '' : ': the watch ended'}${cluster.report()}`);
  };
  const startMs = systemClock.monotonicMs();
  try {
    const [endMs] = await Promise.all([follow(), after()]);
    return endMs - startMs;
  } finally {
    cancel();
    done.abort();
  }
}

export function isLeaving(pod: Stored<Pod>): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function restartsOf(pod: Stored<Pod>): number {
  return pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
}
