import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stopComponents } from '@reckon/cli/supervisor/client.ts';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { busyboxPod, service, webDeployment } from './support/objects.ts';

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

describe('two nodes that run containers', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  let nodes: readonly string[] = [];

  before(async () => {
    cluster = await TestCluster.start({ nodes: 2, images: ['busybox', 'spring-server'] });
    const names = await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
    nodes = names.split(' ');
    await cluster.apply([
      webDeployment('web', 4),
      service('web', { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] }),
      ...nodes.map((nodeName) => busyboxPod({ name: `client-${nodeName}`, spec: { nodeName } })),
    ]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s']);
  });
  after(() => cluster.stop());

  const pods = async (): Promise<readonly Pod[]> => {
    const list = await cluster.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'json']);
    return (JSON.parse(list) as { readonly items: readonly Pod[] }).items;
  };
  const on = (node: string, all: readonly Pod[]) => all.filter(({ spec }) => spec.nodeName === node);
  const isReady = ({ metadata, status }: Pod) =>
    metadata.deletionTimestamp === undefined &&
    status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
  const fetched = (client: string, url: string) =>
    cluster.kubectl(['exec', client, '--', 'wget', '-qO-', url]);

  test('the replicas of a Deployment are spread over both', async () => {
    const all = await pods();
    assert.deepEqual(
      nodes.map((node) => on(node, all).length),
      [2, 2],
    );
  });

  test('a pod reaches every pod of either node by its address, and by the name of their Service', async () => {
    const all = await pods();
    for (const node of nodes) {
      for (const { metadata, status } of all)
        assert.match(
          await fetched(`client-${node}`, `http://${status.podIP}:8080/`),
          new RegExp(metadata.name),
        );
      const answered = new Set<string>();
      for (let i = 0; i < 60 && answered.size < all.length; i++)
        answered.add((await fetched(`client-${node}`, 'http://web/')).split(',')[0] ?? '');
      assert.equal(answered.size, all.length, `${[...answered]}`);
    }
  });

  test('the pods of a node that falls silent run elsewhere, and it cleans up when it is back', async () => {
    const [survivor = '', lost = ''] = nodes;
    await stopComponents(cluster.layout, ['node-agent-2']);
    await cluster.kubectl(['wait', '--for=condition=Ready=Unknown', `node/${lost}`, '--timeout=60s']);
    await cluster.until(async () => on(survivor, await pods()).filter(isReady).length === 4);
    const taints = await cluster.kubectl(['get', 'node', lost, '-o', 'jsonpath={.spec.taints[*].key}']);
    assert.match(taints, /node\.kubernetes\.io\/unreachable/);
    // Its own pods are all that answers for the Service now.
    for (let i = 0; i < 10; i++) assert.match(await fetched(`client-${survivor}`, 'http://web/'), /^Hello/);

    await cluster.reckon(['up']);
    await cluster.kubectl(['wait', '--for=condition=Ready', `node/${lost}`, '--timeout=60s']);
    await cluster.until(async () => {
      const all = await pods();
      return all.length === 4 && all.every(isReady);
    });
    const left = await cluster.kubectl(['get', 'node', lost, '-o', 'jsonpath={.spec.taints}']);
    assert.equal(left, '');
  });
});
