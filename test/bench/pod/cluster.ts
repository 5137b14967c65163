import { type GrpcApi, PODS, type WatchEvent } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { isReady } from './is-ready.ts';
import type { Lifecycle } from './lifecycle.ts';
import { benchPod } from './workload.ts';

const NAMESPACE = 'default';

/** Pods as a user makes them: created through the API, seen to be Ready and to be gone by a watch. */
export async function clusterLifecycle(api: GrpcApi): Promise<Lifecycle> {
  const watching = new AbortController();
  const ready = new Map<string, () => void>();
  const gone = new Map<string, () => void>();
  const told = (waiting: Map<string, () => void>, name: string) => {
    waiting.get(name)?.();
    waiting.delete(name);
  };
  const { revision } = await api.list<Pod>(PODS, { namespace: NAMESPACE });
  const heard = (event: WatchEvent<Pod>) => {
    if (event.type === 'BOOKMARK') return;
    const { name } = event.object.metadata;
    if (event.type === 'DELETED') told(gone, name);
    else if (isReady(event.object)) told(ready, name);
  };
  const follow = async () => {
    const options = { namespace: NAMESPACE, after: revision, signal: watching.signal };
    for await (const events of api.watch<Pod>(PODS, options)) events.forEach(heard);
  };
  const followed = follow();
  const orLost = (promise: Promise<void>) =>
    Promise.race([
      promise,
      followed.then(() => Promise.reject(new Error('the watch ended while a pod was waited for'))),
    ]);
  return {
    async start(name, behaviour) {
      const becameReady = new Promise<void>((resolve) => ready.set(name, resolve));
      await api.create(PODS, benchPod({ namespace: NAMESPACE, name }, behaviour));
      await orLost(becameReady);
    },
    async stop(name) {
      const isGone = new Promise<void>((resolve) => gone.set(name, resolve));
      await api.delete(PODS, { namespace: NAMESPACE, name });
      await orLost(isGone);
    },
    async close() {
      watching.abort();
      await followed;
    },
  };
}
