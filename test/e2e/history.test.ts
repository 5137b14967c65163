import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestCluster } from './support/cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ hollow: 1 });
});
after(() => cluster.stop());

function deployment(replicas: number): object {
  const labels = { app: 'web' };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'example/web:v1' }] },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

async function headNow(): Promise<number> {
  return (await cluster.api.resolveRevision()).head;
}

async function available(): Promise<void> {
  await cluster.kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
}

test('an application tells its history, why it runs, and how it was', async (t) => {
  await cluster.apply([deployment(1)]);
  await available();
  const then = await headNow();
  await cluster.kubectl(['scale', 'deployment/web', '--replicas=2']);
  await available();

  await t.test('history names who changed what, field by field', async () => {
    const { stdout } = await cluster.reckon(['history', 'deploy/web', '-o', 'json']);
    const revisions: readonly {
      verb: string;
      actor: string;
      cause?: number;
      changes: readonly { path: string; before: unknown; after: unknown }[];
    }[] = JSON.parse(stdout);
    assert.equal(revisions[0]?.verb, 'create');
    const scaled = revisions.filter(({ changes }) => changes.some(({ path }) => path === 'spec.replicas'));
    assert.deepEqual(
      scaled.map(({ actor, cause }) => [actor, cause]),
      [
        ['kubernetes-admin', undefined],
        ['kubernetes-admin', undefined],
      ],
    );
    const since = await cluster.reckon(['history', 'deploy/web', '--since', String(then + 1)]);
    assert.match(since.stdout, /kubernetes-admin +update \((patch )?scale\)\n +~ spec\.replicas: 1 → 2/);
    assert.doesNotMatch(since.stdout, / create\b/);
  });

  await t.test('why leads from a pod to the request that asked for it, and effects lead back', async () => {
    const pods = await cluster.kubectl([
      'get',
      'pods',
      '--sort-by=.metadata.creationTimestamp',
      '-o',
      'name',
    ]);
    const pod = pods.trim().split('\n').at(-1) ?? '';
    const { stdout } = await cluster.reckon(['why', pod]);
    const [request = '', ...steps] = stdout.split('\n').filter((line) => !line.includes('~'));
    assert.match(request, /kubernetes-admin (changed|created) deployments\.apps\/web in default, request /);
    assert.match(
      steps.join('\n'),
      /controllers .*replicasets[\s\S]*controllers created pods[\s\S]*scheduler changed pods[\s\S]*Running/,
    );
    const effects = await cluster.reckon(['why', 'deploy/web', '--effects']);
    assert.match(
      effects.stdout,
      /~ spec\.replicas: 1 → 2[\s\S]*controllers created pods\/web-[\s\S]*the pod is Running/,
    );
  });

  await t.test('why tells what keeps a pending pod from running', async () => {
    const spec = { nodeSelector: { gpu: 'needed' }, containers: [{ name: 'c', image: 'x' }] };
    await cluster.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'picky' }, spec }]);
    await cluster.kubectl(['wait', 'pod/picky', '--for=condition=PodScheduled=False', '--timeout=30s']);
    const { stdout } = await cluster.reckon(['why', 'po/picky']);
    assert.match(
      stdout,
      /Why it is not further:[\s\S]*PodScheduled is False \(Unschedulable\): 0\/1 nodes are available/,
    );
  });

  await t.test('kubectl reads the cluster as it was, and cannot change it', async () => {
    const { stdout } = await cluster.reckon(['at', String(then), '--', 'get', 'pods', '-o', 'name']);
    assert.equal(stdout.trim().split('\n').length, 1);
    const described = await cluster.reckon(['at', String(then), '--', 'describe', 'deployment', 'web']);
    assert.match(described.stdout, /Replicas: +1 desired \| 1 updated \| 1 total/);
    await assert.rejects(
      cluster.reckon(['at', String(then), '--', 'delete', 'deployment', 'web']),
      /the past cannot be changed/,
    );
    await assert.rejects(
      cluster.reckon(['at', '99999999', '--', 'get', 'pods']),
      /in the future: the log goes from/,
    );
  });

  await t.test('what was deleted keeps its history, and what never was is said to be nothing', async () => {
    await cluster.kubectl(['delete', 'pod', 'picky', '--wait=true']);
    const { stdout } = await cluster.reckon(['history', 'pod/picky']);
    assert.match(stdout, /kubernetes-admin +create[\s\S]*delete/);
    await assert.rejects(
      cluster.reckon(['history', 'pod/nobody']),
      /there never was pods\/nobody in default/,
    );
    await assert.rejects(cluster.reckon(['history', 'gizmo/a']), /no kind "gizmo"/);
  });
});

test('the log is filtered by object, user, namespace and time', async () => {
  const then = await headNow();
  await cluster.kubectl(['create', 'namespace', 'aside']);
  await cluster.kubectl(['create', 'configmap', 'noted', '-n', 'aside', '--from-literal=a=1']);
  await cluster.kubectl(['create', 'configmap', 'noted', '--from-literal=a=1']);
  const until = await headNow();
  await cluster.kubectl(['delete', 'configmap', 'noted']);
  const changes = async (...options: string[]) =>
    (await cluster.reckon(['log', '--since', String(then + 1), ...options])).stdout
      .split('\n')
      .filter((line) => line.includes('configmaps/noted'))
      .map((line) => line.trim().split(/ +/).slice(2).join(' '));
  const made = 'kubernetes-admin create configmaps/noted in default';
  const beside = 'kubernetes-admin create configmaps/noted in aside';
  const gone = 'kubernetes-admin delete configmaps/noted in default';
  assert.deepEqual(await changes(), [beside, made, gone]);
  assert.deepEqual(await changes('-n', 'aside'), [beside]);
  assert.deepEqual(await changes('--until', String(until)), [beside, made]);
  assert.deepEqual(await changes('cm/noted'), [beside, made, gone]);
  assert.deepEqual(await changes('deployments'), []);
  assert.deepEqual(await changes('--by', 'kubernetes-admin'), [beside, made, gone]);
  assert.deepEqual(await changes('--by', 'scheduler'), []);
  const { stdout } = await cluster.reckon(['log', 'configmap/noted', '--tail', '1000', '-o', 'json']);
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  assert.deepEqual([last.op, last.object.data], ['delete', { a: '1' }]);
});

test('a log that is followed goes on with what comes, over an API server that is killed', async () => {
  const from = String(await headNow());
  const follower = cluster.follow(['log', 'configmaps', '-f', '--after', from, '-n', 'default']);
  try {
    await cluster.kubectl(['create', 'configmap', 'before-the-kill']);
    await follower.line(/create configmaps\/before-the-kill in default/);
    await cluster.kill('apiserver');
    await cluster.until(async () => (await cluster.tryKubectl(['create', 'cm', 'after-it'])).code === 0);
    await follower.line(/create configmaps\/after-it in default/);
  } finally {
    await follower.stop();
  }
});

test('the value of a secret is nowhere to be seen unless it is asked for', async () => {
  const value = Buffer.from('open sesame').toString('base64');
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cave' }, data: { word: value } },
  ]);
  await cluster.kubectl(['patch', 'secret', 'cave', '-p', '{"stringData":{"other":"abracadabra"}}']);
  const told = await Promise.all(
    [
      ['history', 'secret/cave'],
      ['history', 'secret/cave', '--diff'],
      ['history', 'secret/cave', '-o', 'json'],
      ['why', 'secret/cave'],
      ['why', 'secret/cave', '-o', 'json'],
      ['log'],
      ['log', '-o', 'json'],
      ['sql', "select * from history where resource = 'secrets'"],
    ].map((args) => cluster.reckon(args)),
  );
  const other = Buffer.from('abracadabra').toString('base64');
  for (const { stdout } of told)
    for (const text of [value, other, 'open sesame', 'abracadabra'])
      assert.ok(!stdout.includes(text), stdout.slice(0, 200));
  assert.match(told[0]?.stdout ?? '', /\+ data\.other: \(hidden\)/);
  const shown = await cluster.reckon(['history', 'secret/cave', '--show-secrets']);
  assert.ok(shown.stdout.includes(value));
});

test('SQL tells who last touched a secret and what changed in a while', async () => {
  await cluster.apply([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'touched' }, data: {} }]);
  const touched = await cluster.reckon([
    'sql',
    "select actor, verb from history where resource = 'secrets' and name = 'touched' order by revision desc limit 1",
    '-o',
    'json',
  ]);
  assert.deepEqual(JSON.parse(touched.stdout), [{ actor: 'kubernetes-admin', verb: 'create' }]);
  const changed = await cluster.reckon([
    'sql',
    "select verb, resource, name from history where revision > revision_at(now() - interval '1 hour') and name = 'touched'",
  ]);
  assert.match(changed.stdout, /create +secrets +touched\n\(1 row\)/);
  await assert.rejects(cluster.reckon(['sql', 'select * from public.data_keys']), /permission denied/);
});
