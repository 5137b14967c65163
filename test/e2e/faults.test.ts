import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '@reckon/service';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';
import { busyboxPod, webDeployment } from './support/objects.ts';

describe('a cluster whose parts are killed', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ images: ['busybox', 'spring-server'] });
    await cluster.apply([webDeployment('web', 2)]);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
  });
  after(() => cluster.stop());

  interface Pod {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
    readonly status: {
      readonly containerStatuses?: readonly { readonly containerID: string; readonly ready: boolean }[];
    };
  }
  /** What is to go on running: pods that leave are not among it. */
  const pods = async (): Promise<readonly Pod[]> => {
    const list = await cluster.kubectl(['get', 'pods', '-l', 'app=web', '-o', 'json']);
    const { items } = JSON.parse(list) as { readonly items: readonly Pod[] };
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  };
  const containers = async () =>
    (await pods()).map(
      ({ metadata, status }) => `${metadata.name} ${status.containerStatuses?.[0]?.containerID}`,
    );
  /** `rollout status` does not wait for pods to leave, so what it says next may be of the time before. */
  const scale = async (replicas: number) => {
    await cluster.kubectl(['scale', 'deployment/web', `--replicas=${replicas}`]);
    for (let i = 0; i < 500; i++) {
      const present = await pods();
      const ready = present.filter(({ status }) => status.containerStatuses?.every((each) => each.ready));
      if (present.length === replicas && ready.length === replicas) return;
    }
    assert.fail(`no ${replicas} replicas${cluster.report()}`);
  };
  /** Asks until the API answers: after a kill it is away for a moment. */
  const answering = async () => {
    for (let i = 0; i < 200; i++)
      if ((await cluster.tryKubectl(['get', '--raw', '/readyz'])).code === 0) return;
    assert.fail(`the API does not come back${cluster.report()}`);
  };

  test('an agent that is killed finds its containers again, and does not touch them', async () => {
    const before = await containers();
    await cluster.kill('node-agent');
    await cluster.apply([busyboxPod({ name: 'later' })]);
    await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/later', '--timeout=60s']);
    assert.deepEqual(await containers(), before);
  });

  test('NATS killed: everything goes on', async () => {
    await cluster.kill('nats');
    await scale(3);
    await scale(2);
  });

  test('NATS away for a minute: everything goes on without it, and goes on when it is back', async () => {
    const resume = await cluster.freeze('nats');
    const startedMs = systemClock.monotonicMs();
    for (let replicas = 3; systemClock.monotonicMs() - startedMs < 60_000; replicas = replicas === 3 ? 2 : 3)
      await scale(replicas);
    const changes = await cluster.kubectl(['get', 'events', '-o', 'jsonpath={.items[*].reason}']);
    assert.doesNotMatch(changes, /NodeNotReady/);
    resume();
    await scale(3);
    await scale(2);
  });

  test('Postgres killed: what was acknowledged is there, and everything goes on', async () => {
    const names: string[] = [];
    const create = async (i: number) => {
      const { code } = await cluster.tryKubectl(['create', 'configmap', `kept-${i}`, '--from-literal=a=b']);
      if (code === 0) names.push(`kept-${i}`);
    };
    const creating = Array.from({ length: 12 }, (_, i) => create(i));
    await cluster.kill('postgres');
    await Promise.all(creating);
    await answering();
    const present = (await cluster.kubectl(['get', 'configmaps', '-o', 'name'])).split('\n');
    for (const name of names) assert.ok(present.includes(`configmap/${name}`), name);
    await scale(3);
  });

  test('controllers and scheduler killed: their work is taken up again', async () => {
    await cluster.kill('controller-manager');
    await cluster.kill('scheduler');
    await scale(2);
  });

  test('the API server killed: everything goes on', async () => {
    await cluster.kill('apiserver');
    await answering();
    await scale(3);
  });

  test('everything killed at once: the same containers run on, and the cluster after `up` too', async () => {
    const before = await containers();
    await cluster.killEverything();
    await cluster.reckon(['up']);
    assert.deepEqual(await containers(), before);
    await scale(1);
  });
});
