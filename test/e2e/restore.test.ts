import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestCluster } from './support/cluster.ts';

const CLI = join(import.meta.dirname, '..', '..', 'services', 'cli', 'src', 'main.ts');
const SHOP = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  configMap({ colour: 'blue' }),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'password', namespace: 'shop' },
    stringData: { password: 'hunter2hunter2' },
  },
  deployment('web', 2),
  service('web'),
];

function configMap(data: object) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' }, data };
}

function deployment(name: string, replicas: number, selected = name) {
  const labels = { app: selected };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'busybox' }] },
      },
    },
  };
}

function service(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { type: 'NodePort', selector: { app: name }, ports: [{ port: 80 }] },
  };
}

describe('a namespace that was broken', () => {
  let cluster: TestCluster;
  /** The revision at which all was well. */
  let good: number;
  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
    await cluster.apply(SHOP);
    await cluster.kubectl(['rollout', 'status', 'deployment/web', '-n', 'shop', '--timeout=60s']);
    good = (await cluster.api.resolveRevision()).revision;
  });
  after(() => cluster.stop());

  const kubectl = (...args: readonly string[]) => cluster.kubectl(['-n', 'shop', ...args]);
  const restore = (...args: readonly string[]) => cluster.reckon(['restore', ...args]);
  const read = async (what: string) => JSON.parse(await kubectl('get', ...what.split(' '), '-o', 'json'));

  it('is put back as it was: what changed, what is gone and what was not there', async () => {
    const before = await read('service web');
    await cluster.apply([
      configMap({ colour: 'plaid' }),
      { ...configMap({}), metadata: { name: 'stray', namespace: 'shop' } },
    ]);
    await kubectl('delete', 'secret/password', 'service/web');
    await kubectl('scale', 'deployment/web', '--replicas=0');

    const dry = await restore('shop', '--at', String(good), '--dry-run');
    assert.match(dry.stdout, /^- delete configmap\/stray$/m);
    assert.match(dry.stdout, /^~ change configmap\/settings\n +~ data\.colour: plaid → blue$/m);
    assert.match(dry.stdout, /^\+ bring back secret\/password$/m);
    assert.match(dry.stdout, /^~ change deployment\.apps\/web\n +~ spec\.replicas: 0 → 2$/m);
    assert.doesNotMatch(dry.stdout, /kube-root-ca|endpoint|replicaset|pod\//i);
    assert.equal((await read('configmap settings')).data.colour, 'plaid');

    await assert.rejects(restore('shop', '--at', String(good)), /no terminal to ask on.*--yes/s);
    const { stdout } = await restore('shop', '--at', String(good), '--yes');
    assert.equal((await read('configmap settings')).data.colour, 'blue');
    assert.equal((await read('deployment web')).spec.replicas, 2);
    const password = Buffer.from((await read('secret password')).data.password, 'base64').toString();
    assert.equal(password, 'hunter2hunter2');
    const { clusterIP, ports } = (await read('service web')).spec;
    assert.deepEqual([clusterIP, ports], [before.spec.clusterIP, before.spec.ports]);
    assert.match((await cluster.tryKubectl(['get', 'cm', 'stray', '-n', 'shop'])).stderr, /not found/);
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');

    const [, first = '', last = ''] = /revisions (\d+) to (\d+)/.exec(stdout) ?? [];
    const records = [];
    for await (const chunk of cluster.api.readLog({ after: Number(first) - 1, through: Number(last) }))
      records.push(...chunk.records);
    assert.equal(new Set(records.map(({ provenance }) => provenance.requestId)).size, 1);
    for (const { provenance } of records)
      assert.match(provenance.because ?? '', new RegExp(`^restored to revision ${good} by \\S+$`));
    assert.match((await restore('shop', '--at', String(good), '--yes')).stdout, /there is nothing to do/);
  });

  it('is as it was before the restore once the restore is undone', async () => {
    await cluster.apply([configMap({ colour: 'plaid' })]);
    const { stdout } = await restore('configmap/settings', '-n', 'shop', '--at', String(good), '--yes');
    const [, undo = ''] = /\.\/reckon (restore .*)$/m.exec(stdout) ?? [];
    assert.equal((await read('configmap settings')).data.colour, 'blue');
    await cluster.reckon([...undo.split(' '), '--yes']);
    assert.equal((await read('configmap settings')).data.colour, 'plaid');
  });

  it('never shows what a secret holds, unless it is asked to', async () => {
    const other = { password: Buffer.from('correct horse').toString('base64') };
    await kubectl('patch', 'secret', 'password', '-p', JSON.stringify({ data: other }));
    const args = ['secret/password', '-n', 'shop', '--at', String(good), '--dry-run'];
    const hidden = await restore(...args);
    assert.match(hidden.stdout, /change secret\/password\n +~ data\.password/);
    for (const value of ['hunter2hunter2', 'correct horse']) {
      const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
      assert.doesNotMatch(hidden.stdout, new RegExp(`${value}|${base64}`));
      assert.match((await restore(...args, '--show-secrets')).stdout, new RegExp(base64));
    }
    await restore(...args.slice(0, -1), '--yes');
  });

  it('gets anew what cannot change in place', async () => {
    await kubectl('delete', 'deployment/web');
    await cluster.apply([deployment('web', 1, 'other')]);
    const { metadata } = await read('deployment web');
    const { stdout } = await restore('deployment/web', '-n', 'shop', '--at', String(good), '--yes');
    assert.match(stdout, /make anew deployment\.apps\/web: spec\.selector cannot change in place/);
    const now = await read('deployment web');
    assert.deepEqual(now.spec.selector.matchLabels, { app: 'web' });
    assert.notEqual(now.metadata.uid, metadata.uid);
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    assert.match((await cluster.reckon(['verify'])).stdout, /L3 fold +holds/);
  });

  it('comes back whole after it was deleted', async () => {
    const all = (await cluster.api.resolveRevision()).revision;
    await cluster.kubectl(['delete', 'namespace', 'shop', '--timeout=60s']);
    await assert.rejects(
      restore('configmap/settings', '-n', 'shop', '--at', String(all), '--yes'),
      /its namespace shop is not there: restore that first/,
    );
    const { stdout } = await restore('shop', '--at', String(all), '--yes');
    assert.match(stdout, /^\+ bring back namespace\/shop$/m);
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    assert.equal((await read('configmap settings')).data.colour, 'plaid');
    assert.match(stdout, /to undo it:\n +\.\/reckon kubectl delete namespace\/shop/);
  });

  it('is restored at a terminal only by whoever says yes', async (t) => {
    if (spawnSync('script', ['--version']).error)
      return t.skip('there is no script(1) to make a terminal with');
    await cluster.apply([configMap({ colour: 'plaid' })]);
    const command = [
      process.execPath,
      CLI,
      'restore',
      'configmap/settings',
      '-n',
      'shop',
      '--at',
      String(good),
    ];
    const answering = (answer: string) =>
      spawnSync('script', ['-qec', [...command, '--state', cluster.stateDir].join(' '), '/dev/null'], {
        input: `${answer}\n`,
        encoding: 'utf8',
        timeout: 60_000,
      });
    const no = answering('n');
    assert.match(no.stdout, /colour: plaid → blue.*in one write\? \[y\/N\].*nothing was written/s);
    assert.equal(no.status, 1);
    assert.equal((await read('configmap settings')).data.colour, 'plaid');
    const yes = answering('y');
    assert.match(yes.stdout, /done in one commit, revision \d+/);
    assert.equal(yes.status, 0);
    assert.equal((await read('configmap settings')).data.colour, 'blue');
    await cluster.apply([configMap({ colour: 'plaid' })]);
  });

  it('is left alone by a restore that would be refused today, and is told why', async () => {
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot', namespace: 'shop' },
    };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'lonely', namespace: 'shop' },
      spec: {
        serviceAccountName: 'robot',
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'busybox' }],
      },
    };
    await cluster.apply([account, pod]);
    const then = (await cluster.api.resolveRevision()).revision;
    await kubectl('delete', 'pod/lonely', 'serviceaccount/robot');
    const { revision } = await cluster.api.resolveRevision();
    const one = ['pod/lonely', '-n', 'shop', '--at', String(then)];
    for (const how of ['--dry-run', '--yes'])
      await assert.rejects(
        restore(...one, how),
        /pod\/lonely cannot be made as it was.*nothing was written\n +pod\/lonely: .*service account shop\/robot/s,
      );
    for await (const { records } of cluster.api.readLog({
      after: revision,
      namespace: 'shop',
      name: 'lonely',
    }))
      assert.deepEqual(records, []);
    await restore('serviceaccount/robot', '-n', 'shop', '--at', String(then), '--yes');
    assert.match((await restore(...one, '--yes')).stdout, /bring back pod\/lonely.*done/s);
    await kubectl('wait', '--for=condition=Ready', 'pod/lonely', '--timeout=60s');
  });

  it('is left alone by a restore to a moment or an object that is not there, or that cannot be', async () => {
    await assert.rejects(restore('shop', '--at', '99999999', '--yes'), /99999999/);
    await assert.rejects(
      restore('shop', '--at', '1', '--yes'),
      /namespace\/shop: it did not exist at that moment/,
    );
    await assert.rejects(restore('gadget/x', '--at', String(good)), /no kind "gadget"/);
    const { items } = await read('pods -l app=web');
    await assert.rejects(
      restore(`pod/${items[0].metadata.name}`, '-n', 'shop', '--at', 'now'),
      /replicaset\/web-\w+ makes it: restore that one/,
    );
  });
});
