import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { ApiServerWorld } from './testing/api-server-world.ts';

let world: ApiServerWorld;
let config: KubeConfig;
before(async () => {
  world = await ApiServerWorld.start();
  config = new KubeConfig();
  config.loadFromFile(world.kubeconfig);
});
after(() => world.stop());

const namespace = 'default';

test('the JavaScript client creates, lists, patches and deletes', async () => {
  const core = config.makeApiClient(CoreV1Api);
  const body: V1ConfigMap = { metadata: { name: 'one', labels: { app: 'x' } }, data: { a: '1' } };
  const created = await core.createNamespacedConfigMap({ namespace, body });
  assert.equal(created.metadata?.namespace, 'default');
  const listed = await core.listNamespacedConfigMap({ namespace, labelSelector: 'app=x' });
  assert.deepEqual(
    listed.items.map((item) => item.metadata?.name),
    ['one'],
  );
  const objects = KubernetesObjectApi.makeApiClient(config);
  const patched = await objects.patch({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'one', namespace },
    data: { b: '2' },
  } as V1ConfigMap);
  assert.deepEqual((patched as V1ConfigMap).data, { a: '1', b: '2' });
  await core.deleteNamespacedConfigMap({ namespace, name: 'one' });
  await assert.rejects(
    core.readNamespacedConfigMap({ namespace, name: 'one' }),
    (error) => error instanceof ApiException && error.code === 404,
  );
});

test('an informer sees the present and what follows', async () => {
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'before', labels: { seen: 'yes' } } },
  });
  const informer = makeInformer(
    config,
    `/api/v1/namespaces/${namespace}/configmaps`,
    () => core.listNamespacedConfigMap({ namespace, labelSelector: 'seen=yes' }),
    'seen=yes',
  );
  const seen: string[] = [];
  const told = new EventTarget();
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (object) => {
      seen.push(`${verb} ${object.metadata?.name}`);
      told.dispatchEvent(new Event('seen'));
    });
  const until = async (event: string) => {
    while (!seen.includes(event)) await once(told, 'seen');
  };
  await informer.start();
  try {
    await until('add before');
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'later', labels: { seen: 'yes' } } },
    });
    await until('add later');
    await core.deleteNamespacedConfigMap({ namespace, name: 'before' });
    await until('delete before');
  } finally {
    await informer.stop();
  }
});

test('a Deployment is replaced against the revision that was read', async () => {
  const apps = config.makeApiClient(AppsV1Api);
  const labels = { app: 'web' };
  const body = {
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
  const read = await apps.createNamespacedDeployment({ namespace, body });
  assert.equal(read.spec?.replicas, 1);
  const spec = read.spec && { ...read.spec, replicas: 2 };
  await apps.replaceNamespacedDeployment({ namespace, name: 'web', body: { ...read, spec } });
  await assert.rejects(
    apps.replaceNamespacedDeployment({ namespace, name: 'web', body: { ...read, spec } }),
    (error) => error instanceof ApiException && error.code === 409,
  );
});
