import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isPodReady } from '@reckon/api';
import { askDuring } from '@reckon/cli/demo/requests.ts';
import { stopComponents } from '@reckon/cli/supervisor/client.ts';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { busyboxPod, service, webDeployment } from './support/objects.ts';
import { timeToRecovery } from './support/recovery.ts';

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

const REPLICAS = 4;
/** Of the time that a lost node's pods take to run elsewhere, 13 s are waited for on purpose. */
const LOST_NODE_MS = 25_000;

function budget(name: string, minAvailable: number): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable, selector: { matchLabels: { app: name } } },
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
      webDeployment('web', REPLICAS),
      service('web', {
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [{ port: 80, targetPort: 8080 }],
      }),
      budget('web', REPLICAS - 1),
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

  test('a pod reaches every pod of either node by its address, by the name of their Service, and at the port of each node', async () => {
    const all = await pods();
    const nodePort = await cluster.kubectl([
      'get',
      'service/web',
      '-o',
      'jsonpath={.spec.ports[0].nodePort}',
    ]);
    const address = '{.items[*].status.addresses[?(@.type=="InternalIP")].address}';
    const addresses = (await cluster.kubectl(['get', 'nodes', '-o', `jsonpath=${address}`])).split(' ');
    const urls = ['http://web/', ...addresses.map((each) => `http://${each}:${nodePort}/`)];
    for (const node of nodes) {
      for (const { metadata, status } of all)
        assert.match(
          await fetched(`client-${node}`, `http://${status.podIP}:8080/`),
          new RegExp(metadata.name),
        );
      for (const url of urls) {
        const answered = new Set<string>();
        for (let i = 0; i < 60 && answered.size < all.length; i++)
          answered.add((await fetched(`client-${node}`, url)).split(',')[0] ?? '');
        assert.equal(answered.size, all.length, `${url} from ${node}: ${[...answered]}`);
      }
    }
  });

  test('no request fails while an application is updated, rolled back, scaled and drained', async (t) => {
    const rolledOut = () => cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    const scaled = async (replicas: number) => {
      await cluster.kubectl(['scale', 'deployment/web', `--replicas=${replicas}`]);
      await rolledOut();
      await cluster.until(async () => (await pods()).filter(isReady).length === replicas);
    };
    const drained = async (node: string) => {
      await cluster.kubectl(['drain', node, '--pod-selector=app=web', '--timeout=60s']);
      assert.deepEqual(on(node, await pods()), []);
      await cluster.kubectl(['uncordon', node]);
      await rolledOut();
    };
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['update', () => cluster.kubectl(['set', 'image', 'deployment/web', 'web=spring-server:v2'])],
      ['updated', rolledOut],
      ['rollback', () => cluster.kubectl(['rollout', 'undo', 'deployment/web'])],
      ['rolled back', rolledOut],
      ['scaled down', () => scaled(1)],
      ['scaled up', () => scaled(REPLICAS)],
      // The first node comes last: what is lost later is then all of them.
      ...[...nodes].reverse().map((node) => [`drained ${node}`, () => drained(node)] as const),
    ];
    const path = 'jsonpath={.spec.ports[0].nodePort}';
    const port = Number(await cluster.kubectl(['get', 'service', 'web', '-o', path]));
    for (const [step, work] of steps) {
      const { total, failed } = await askDuring(port, 4, work);
      t.diagnostic(`${step}: ${total} requests`);
      assert.deepEqual(failed, [], step);
    }
  });

  test('the pods of a node that falls silent run elsewhere, and it cleans up when it is back', async (t) => {
    const [survivor = '', lost = ''] = nodes;
    const tookMs = await timeToRecovery(cluster, {
      labelSelector: 'app=web',
      after: () => stopComponents(cluster.layout, ['node-agent-2']),
      until: (all) =>
        all.filter((pod) => pod.spec?.nodeName === survivor && isPodReady(pod)).length === REPLICAS,
    });
    t.diagnostic(`all replicas ready on the other node after ${(tookMs / 1_000).toFixed(1)} s`);
    assert.ok(tookMs < LOST_NODE_MS, `it took ${tookMs} ms`);
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
