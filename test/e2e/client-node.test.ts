/** The JavaScript client as people have it, unmodified: everything of it that talks to a cluster. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import {
  ApiException,
  AppsV1Api,
  Attach,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  ListWatch,
  Log,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Deployment,
  V1MicroTime,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { whyNoContainers } from '@reckon/cli/host/machine.ts';
import { TestCluster } from './support/cluster.ts';
import { busyboxPod, sh } from './support/objects.ts';

const namespace = 'default';
const MAPS = `/api/v1/namespaces/${namespace}/configmaps`;
const containers = whyNoContainers();

let cluster: TestCluster;
let config: KubeConfig;
let core: CoreV1Api;
let objects: KubernetesObjectApi;

before(async () => {
  cluster = await TestCluster.start(containers ? { hollow: 1 } : { images: ['busybox'] });
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  objects = KubernetesObjectApi.makeApiClient(config);
});
after(() => cluster.stop());

const map = (
  name: string,
  data: Record<string, string> = { a: '1' },
  labels = { test: name },
): V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
  data,
});

function web(name: string, replicas: number): V1Deployment {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox' }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec };
}

/** Rejects unless the call is refused with that status; the Status that the client was given. */
async function refused(call: Promise<unknown>, code: number): Promise<V1Status> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ApiException, String(error));
    assert.equal(error.code, code, String(error.body));
    const body: unknown = error.body;
    return (typeof body === 'string' ? JSON.parse(body) : body) as V1Status;
  }
  assert.fail('it was not refused');
}

describe('objects', () => {
  test('typed: create, read, replace, list, delete', async () => {
    const created = await core.createNamespacedConfigMap({ namespace, body: map('typed') });
    assert.ok(created.metadata?.creationTimestamp instanceof Date);
    const read = await core.readNamespacedConfigMap({ namespace, name: 'typed' });
    assert.deepEqual(read, created);
    await core.replaceNamespacedConfigMap({ namespace, name: 'typed', body: { ...read, data: { b: '2' } } });
    const stale = core.replaceNamespacedConfigMap({ namespace, name: 'typed', body: read });
    assert.equal((await refused(stale, 409)).reason, 'Conflict');
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'test=typed' });
    assert.deepEqual(items[0]?.data, { b: '2' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'typed' });
    const status = await refused(core.readNamespacedConfigMap({ namespace, name: 'typed' }), 404);
    assert.deepEqual(
      [status.kind, status.reason, status.details?.kind],
      ['Status', 'NotFound', 'configmaps'],
    );
  });

  test('untyped: create, read, list, patch in every way, replace, delete', async () => {
    await objects.create(web('untyped', 1));
    const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'untyped', namespace } };
    const patch = async (
      spec: object,
      strategy: PatchStrategy,
      more: { manager?: string; force?: boolean } = {},
    ) =>
      (await objects.patch(
        { ...header, ...spec } as KubernetesObject,
        undefined,
        undefined,
        more.manager,
        more.force,
        strategy,
      )) as V1Deployment;
    const merged = await patch({ spec: { replicas: 2 } }, PatchStrategy.MergePatch);
    assert.equal(merged.spec?.replicas, 2);
    const sidecar = { spec: { template: { spec: { containers: [{ name: 'd', image: 'busybox' }] } } } };
    const strategic = await patch(sidecar, PatchStrategy.StrategicMergePatch);
    assert.deepEqual(strategic.spec?.template.spec?.containers.map(({ name }) => name).sort(), ['c', 'd']);
    const applied = { spec: { replicas: 3 } };
    const mine = { manager: 'tester' };
    const conflict = await refused(patch(applied, PatchStrategy.ServerSideApply, mine), 409);
    assert.match(conflict.message ?? '', /Apply failed with 1 conflict: .*\.spec\.replicas/);
    const forced = await patch(applied, PatchStrategy.ServerSideApply, { ...mine, force: true });
    assert.equal(forced.spec?.replicas, 3);
    assert.ok(forced.metadata?.managedFields?.some(({ manager }) => manager === 'tester'));
    const listed = await objects.list('apps/v1', 'Deployment', namespace);
    assert.ok(listed.items.some((item) => item.metadata?.name === 'untyped'));
    assert.equal((await objects.read<V1Deployment>(header)).spec?.replicas, 3);
    // Without a revision: the controller writes the status at the same time.
    const replaced = await objects.replace(web('untyped', 4));
    assert.equal(replaced.spec?.replicas, 4);
    await objects.delete(header);
    await refused(objects.read(header), 404);
  });

  test('a JSON patch of a typed object', async () => {
    await core.createNamespacedConfigMap({ namespace, body: map('json-patch') });
    const body = [{ op: 'replace', path: '/data/a', value: 'patched' }];
    const options = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
    const patched = await core.patchNamespacedConfigMap({ namespace, name: 'json-patch', body }, options);
    assert.deepEqual(patched.data, { a: 'patched' });
  });

  test('a dry run changes nothing, and preconditions and policies of a delete count', async () => {
    const dry = await core.createNamespacedConfigMap({ namespace, body: map('dry'), dryRun: 'All' });
    assert.ok(dry.metadata?.uid);
    await refused(core.readNamespacedConfigMap({ namespace, name: 'dry' }), 404);
    await core.createNamespacedConfigMap({ namespace, body: map('kept') });
    const other = { preconditions: { uid: 'another' } };
    const status = await refused(
      core.deleteNamespacedConfigMap({ namespace, name: 'kept', body: other }),
      409,
    );
    assert.match(status.message ?? '', /UID in the precondition/);
    const apps = config.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({ namespace, body: web('going', 1) });
    await apps.deleteNamespacedDeployment({ namespace, name: 'going', propagationPolicy: 'Foreground' });
    await cluster.until(async () => {
      const left = await apps.listNamespacedDeployment({ namespace, fieldSelector: 'metadata.name=going' });
      if (left.items.length > 0) return false;
      const { items } = await apps.listNamespacedReplicaSet({ namespace, labelSelector: 'app=going' });
      assert.deepEqual(items, [], 'its dependents went first');
      return true;
    });
  });

  test('pages hang together, and selectors select', async () => {
    for (let i = 0; i < 5; i++) {
      const labels = { test: 'paged', parity: i % 2 ? 'odd' : 'even' };
      await core.createNamespacedConfigMap({
        namespace,
        body: { ...map(`page-${i}`), metadata: { name: `page-${i}`, labels } },
      });
    }
    const seen: (string | undefined)[] = [];
    const revisions = new Set<string | undefined>();
    let token: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({
        namespace,
        labelSelector: 'test=paged',
        limit: 2,
        ...(token && { _continue: token }),
      });
      for (const { metadata } of page.items) seen.push(metadata?.name);
      revisions.add(page.metadata?.resourceVersion);
      token = page.metadata?._continue;
    } while (token);
    assert.deepEqual(
      seen,
      [0, 1, 2, 3, 4].map((i) => `page-${i}`),
    );
    assert.equal(revisions.size, 1);
    const sets = 'test in (paged), parity notin (odd), !nothing';
    assert.equal((await core.listNamespacedConfigMap({ namespace, labelSelector: sets })).items.length, 3);
    const fieldSelector = 'metadata.name=page-3';
    assert.equal((await core.listNamespacedConfigMap({ namespace, fieldSelector })).items.length, 1);
    const status = await refused(core.listNamespacedConfigMap({ namespace, fieldSelector: 'data.a=1' }), 400);
    assert.match(status.message ?? '', /is not a known field selector/);
    const gone = await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'test=paged' });
    assert.equal(gone.kind === undefined || gone.kind === 'Status' || gone.kind === 'ConfigMapList', true);
    assert.equal(
      (await core.listNamespacedConfigMap({ namespace, labelSelector: 'test=paged' })).items.length,
      0,
    );
  });

  test('a lease is held by who renews it first', async () => {
    const api = config.makeApiClient(CoordinationV1Api);
    const renewTime = new V1MicroTime();
    const spec = { holderIdentity: 'one', leaseDurationSeconds: 15, acquireTime: renewTime, renewTime };
    const held = await api.createNamespacedLease({ namespace, body: { metadata: { name: 'leader' }, spec } });
    const renewed = { ...held, spec: { ...held.spec, renewTime: new V1MicroTime() } };
    await api.replaceNamespacedLease({ namespace, name: 'leader', body: renewed });
    const stolen = { ...held, spec: { ...held.spec, holderIdentity: 'two' } };
    await refused(api.replaceNamespacedLease({ namespace, name: 'leader', body: stolen }), 409);
  });
});

describe('watching', () => {
  interface Seen {
    readonly phase: string;
    readonly object: V1ConfigMap;
  }

  /** Watches until `enough`, then ends the watch. */
  async function watchUntil(
    query: Record<string, string | boolean>,
    enough: (seen: readonly Seen[]) => boolean,
  ): Promise<readonly Seen[]> {
    const seen: Seen[] = [];
    const told = Promise.withResolvers<void>();
    const request = await new Watch(config).watch(
      MAPS,
      query,
      (phase, object) => {
        seen.push({ phase, object });
        if (enough(seen)) told.resolve();
      },
      (error) => {
        if (error && error.name !== 'AbortError') told.reject(error);
      },
    );
    await told.promise;
    request.abort();
    return seen;
  }

  test('a watch is resumed at a revision without a gap, and has bookmarks', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    await core.createNamespacedConfigMap({ namespace, body: map('watched') });
    const labelSelector = 'test=watched';
    const resourceVersion = metadata?.resourceVersion ?? '';
    const [added] = await watchUntil({ resourceVersion, labelSelector }, (seen) => seen.length === 1);
    assert.deepEqual([added?.phase, added?.object.metadata?.name], ['ADDED', 'watched']);
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    const from = added?.object.metadata?.resourceVersion ?? '';
    const [deleted] = await watchUntil({ resourceVersion: from, labelSelector }, (seen) => seen.length === 1);
    assert.equal(deleted?.phase, 'DELETED');
    const streaming = {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    };
    const seen = await watchUntil(streaming, (all) => all.some(({ phase }) => phase === 'BOOKMARK'));
    const last = seen.at(-1)?.object.metadata;
    assert.equal(last?.annotations?.['k8s.io/initial-events-end'], 'true');
  });

  test('an informer goes on after the API server was killed', async () => {
    const labelSelector = 'informed=yes';
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector });
    const informer = new ListWatch<V1ConfigMap>(MAPS, new Watch(config), list, false, labelSelector);
    const told = new EventTarget();
    const known = new Set<string>();
    informer.on('add', (object) => {
      known.add(object.metadata?.name ?? '');
      told.dispatchEvent(new Event('change'));
    });
    informer.on('delete', (object) => {
      known.delete(object.metadata?.name ?? '');
      told.dispatchEvent(new Event('change'));
    });
    // What a program does: it starts the informer again when it failed.
    let wanted = true;
    const start = () =>
      informer.start().then(
        () => true,
        () => !wanted,
      );
    informer.on('error', () => {
      if (wanted) void cluster.until(start);
    });
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await once(told, 'change');
    };
    const create = (name: string) =>
      core.createNamespacedConfigMap({
        namespace,
        body: map(name, {}, { test: name, informed: 'yes' } as never),
      });
    await create('informed-before');
    await informer.start();
    try {
      await until(() => known.has('informed-before'));
      await cluster.kill('apiserver');
      await cluster.until(() =>
        create('informed-after').then(
          () => true,
          () => false,
        ),
      );
      await until(() => known.has('informed-after'));
      await core.deleteNamespacedConfigMap({ namespace, name: 'informed-before' });
      await until(() => !known.has('informed-before'));
      assert.deepEqual([...known], ['informed-after']);
    } finally {
      wanted = false;
      await informer.stop();
    }
  });
});

describe('a running container', { skip: containers ?? false }, () => {
  const name = 'talks';
  before(async () => {
    const command = sh('echo started; mkdir /w; echo page > /w/index.html; httpd -p 8080 -h /w; exec cat');
    await cluster.apply([busyboxPod({ name, command, container: { stdin: true } })]);
    await cluster.kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s']);
  });

  test('exec: input, output, errors and the exit code', { timeout: 30_000 }, async () => {
    const [input, out, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
    input.write('a line\n');
    const status = Promise.withResolvers<V1Status>();
    const script = 'read line; echo "got $line"; echo oops >&2; exit 3';
    await new Exec(config).exec(
      namespace,
      name,
      'main',
      ['sh', '-c', script],
      out,
      errors,
      input,
      false,
      status.resolve,
    );
    const { status: how, reason, details } = await status.promise;
    assert.deepEqual([how, reason, details?.causes?.[0]?.message], ['Failure', 'NonZeroExitCode', '3']);
    assert.equal(String(out.read()), 'got a line\n');
    assert.equal(String(errors.read()), 'oops\n');
  });

  test('exec: an input that ends is ended there', { timeout: 30_000 }, async () => {
    const out = new PassThrough();
    const end = Promise.withResolvers<V1Status>();
    const [input, command] = [Readable.from(['x'.repeat(300_000)]), ['wc', '-c']];
    await new Exec(config).exec(namespace, name, 'main', command, out, null, input, false, end.resolve);
    assert.equal((await end.promise).status, 'Success');
    assert.equal(String(out.read()), '300000\n');
  });

  test('attach: what is typed reaches the process and comes back', { timeout: 30_000 }, async () => {
    const [input, out] = [new PassThrough(), new PassThrough()];
    const socket = await new Attach(config).attach(namespace, name, 'main', out, null, input, false);
    input.write('hello\n');
    const [chunk] = await once(out, 'data');
    assert.equal(String(chunk), 'hello\n');
    socket.close();
  });

  test('logs, the last lines and as they come', { timeout: 30_000 }, async () => {
    const whole = await core.readNamespacedPodLog({ namespace, name, limitBytes: 8 });
    assert.equal(whole, 'started\n');
    const stream = new PassThrough();
    const following = await new Log(config).log(namespace, name, 'main', stream, {
      follow: true,
      limitBytes: 8,
    });
    assert.equal(await text(stream), 'started\n');
    following.abort();
  });

  test('port-forward', { timeout: 30_000 }, async () => {
    const forward = new PortForward(config);
    const server = createServer(
      (socket) => void forward.portForward(namespace, name, [8080], socket, null, socket),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    assert.equal(await answer.text(), 'page\n');
    server.close();
  });
});
