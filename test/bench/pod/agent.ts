import { BUSYBOX_IMAGE } from '@reckon/cri/testing/busybox.ts';
import { RealNode } from '@reckon/node-agent/testing/real-node.ts';
import { isReady } from './is-ready.ts';
import type { Lifecycle } from './lifecycle.ts';
import { commandOf, GRACE_S } from './workload.ts';

/** Time enough for 30 pods at once on a machine that does much else. */
const PATIENCE_MS = 120_000;

/** The node agent in this process over a containerd of its own, with an API in memory: no server, scheduler or log. */
export async function agentLifecycle(): Promise<Lifecycle> {
  const node = await RealNode.start({ name: 'bencha', subnet: 8 });
  return {
    async start(name, behaviour) {
      node.create(name, {
        containers: [{ name: 'main', image: BUSYBOX_IMAGE, command: [...commandOf(behaviour)] }],
      });
      await node.until(name, (pod) => pod !== undefined && isReady(pod), PATIENCE_MS);
    },
    async stop(name) {
      node.delete(name, GRACE_S);
      await node.until(name, (pod) => pod === undefined, PATIENCE_MS);
    },
    close: () => node.stop(),
  };
}
