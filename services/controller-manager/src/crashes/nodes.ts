import assert from 'node:assert/strict';
import { findCondition, isPodActive, isPodReady } from '@reckon/api';
import { CERTIFICATE_SIGNING_REQUESTS, CLUSTER_ROLE_BINDINGS, DEPLOYMENTS, NODES } from '@reckon/client';
import { deployment, template } from '../testing/objects.ts';
import type { VirtualCluster } from '../testing/virtual-cluster.ts';
import { at, type CrashScene } from './types.ts';

const TOLERATIONS = ['not-ready', 'unreachable'].map((key) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 3,
}));

const node = (cluster: VirtualCluster, name: string) => cluster.api.get(NODES, { namespace: '', name });

async function runsOn(cluster: VirtualCluster): Promise<readonly (string | undefined)[]> {
  const usable = (await cluster.pods()).filter((pod) => isPodActive(pod) && isPodReady(pod));
  return usable.map(({ spec }) => spec?.nodeName);
}

/** The right that nodes which join need; the binding itself is only what has the controllers look again. */
async function allowNodeClients(cluster: VirtualCluster): Promise<void> {
  cluster.mayJoin = true;
  await cluster.api.create(CLUSTER_ROLE_BINDINGS, {
    metadata: { name: 'join' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'joins' },
  });
}

export const NODE_SCENES: readonly CrashScene[] = [
  {
    name: 'a node that joins gets its certificate, and its request is cleared away',
    resources: ['certificatesigningrequests.certificates.k8s.io'],
    leastWrites: 3,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1']);
      await cluster.api.create(CERTIFICATE_SIGNING_REQUESTS, {
        metadata: { name: 'join' },
        spec: {
          request: Buffer.from('a request').toString('base64'),
          signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
          usages: ['digital signature', 'client auth'],
          username: 'system:bootstrap:abc',
          groups: ['system:bootstrappers'],
        },
      });
      await run(1_200);
      await allowNodeClients(cluster);
      await run(1_800);
      const target = { namespace: '', name: 'join' };
      const { status } = await cluster.api.get(CERTIFICATE_SIGNING_REQUESTS, target);
      assert.deepEqual(
        status?.conditions?.map(({ type, reason }) => [type, reason]),
        [['Approved', 'AutoApproved']],
        name,
      );
      assert.equal(Buffer.from(status?.certificate ?? '', 'base64').toString(), 'a certificate', name);
      cluster.controllerClock.jump(3_600_000);
      await cluster.restartControllers();
      await run(1_800);
      assert.deepEqual((await cluster.api.list(CERTIFICATE_SIGNING_REQUESTS)).items, [], name);
    },
  },
  {
    name: 'a lost node is judged, tainted and left by its pods, and is well again when it is back',
    resources: ['nodes', 'pods'],
    leastWrites: 10,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1', 'node-2']);
      const made = template('image:1');
      const { spec } = deployment({
        replicas: 4,
        template: { ...made, spec: { ...made.spec, tolerations: TOLERATIONS } },
      });
      await cluster.api.create(DEPLOYMENTS, { metadata: at('web'), spec });
      await run(1_800);
      cluster.loseNode('node-2');
      await run(24_000);
      const lost = await node(cluster, 'node-2');
      assert.equal(findCondition(lost.status?.conditions, 'Ready')?.status, 'Unknown', name);
      assert.deepEqual(
        lost.spec?.taints?.map(({ effect }) => effect).sort(),
        ['NoExecute', 'NoSchedule'],
        name,
      );
      assert.deepEqual(await runsOn(cluster), ['node-1', 'node-1', 'node-1', 'node-1'], name);
      await cluster.returnNode('node-2');
      await run(4_200);
      assert.equal((await node(cluster, 'node-2')).spec?.taints, undefined, name);
      assert.equal((await cluster.pods()).length, 4, name);
    },
  },
  {
    name: 'the pods of a node that is out of service go, although nobody is there to stop them',
    resources: ['nodes', 'pods'],
    leastWrites: 8,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1', 'node-2']);
      await cluster.api.create(DEPLOYMENTS, { metadata: at('web'), spec: deployment({ replicas: 4 }).spec });
      await run(1_800);
      cluster.loseNode('node-2');
      await run(9_600);
      const { spec } = await node(cluster, 'node-2');
      const taint = { key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute', value: 'nodeshutdown' };
      const value = { spec: { taints: [...(spec?.taints ?? []), taint] } };
      await cluster.api.patch(NODES, { namespace: '', name: 'node-2' }, { type: 'merge', value });
      await run(3_000);
      assert.deepEqual(await runsOn(cluster), ['node-1', 'node-1', 'node-1', 'node-1'], name);
      assert.equal((await cluster.pods()).length, 4, `${name}: nothing is left on it`);
    },
  },
  {
    name: 'the pods of a node that was deleted go, and run elsewhere',
    resources: ['nodes', 'pods'],
    leastWrites: 6,
    async play({ cluster, run, name }) {
      await cluster.start(['node-1', 'node-2']);
      await cluster.api.create(DEPLOYMENTS, { metadata: at('web'), spec: deployment({ replicas: 4 }).spec });
      await run(1_800);
      cluster.loseNode('node-2');
      await cluster.api.delete(NODES, { namespace: '', name: 'node-2' });
      await run(4_200);
      assert.deepEqual(await runsOn(cluster), ['node-1', 'node-1', 'node-1', 'node-1'], name);
      assert.equal((await cluster.pods()).length, 4, name);
    },
  },
];
