import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Applied } from '@reckon/cli/commands/apply.ts';
import { TestCluster } from './support/cluster.ts';

const SHOP = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: busybox}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {colour: blue}
`;
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
};

describe('reckon apply --atomic', () => {
  let cluster: TestCluster;
  let files: string;
  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
    files = mkdtempSync(join(tmpdir(), 'reckon-manifests-'));
    mkdirSync(join(files, 'more'));
    writeFileSync(join(files, 'shop.yaml'), SHOP);
    writeFileSync(
      join(files, 'more', 'rest.json'),
      JSON.stringify({ kind: 'List', items: [SERVICE, NAMESPACE] }),
    );
  });
  after(async () => {
    rmSync(files, { recursive: true, force: true });
    await cluster.stop();
  });

  const apply = (...args: readonly string[]) => cluster.reckon(['apply', '--atomic', ...args]);

  it('writes a directory in one commit, what goes into a new namespace included', async () => {
    const dry = await apply('-f', files, '-R', '--dry-run');
    assert.match(dry.stdout, /^namespace\/shop created \(dry run\)$/m);
    assert.match(await cluster.kubectl(['get', 'ns', '-o', 'name']), /^(?!.*shop)/s);
    const first: Applied = JSON.parse((await apply('-f', files, '-R', '-o', 'json')).stdout);
    assert.deepEqual(
      first.objects.map(({ kind, name, outcome }) => `${kind}/${name} ${outcome}`),
      [
        'namespace/shop created',
        'configmap/settings created',
        'service/web created',
        'deployment.apps/web created',
      ],
    );
    const { first: from = 0, last: to = 0 } = first.revisions ?? {};
    const written = [];
    for await (const { records } of cluster.api.readLog({ after: from - 1, through: to }))
      written.push(...records);
    assert.equal(new Set(written.map(({ provenance }) => provenance.requestId)).size, 1);
    assert.equal(new Set(written.map(({ atMs }) => atMs)).size, 1);
    assert.deepEqual(written[0]?.key, { resource: 'namespaces', namespace: '', name: 'shop' });
  });

  it('says what is unchanged, and writes only what is not', async () => {
    assert.match(
      (await apply('-f', join(files, 'shop.yaml'))).stdout,
      /settings unchanged.*nothing had to be written/s,
    );
    writeFileSync(join(files, 'shop.yaml'), SHOP.replace('blue', 'green'));
    const { stdout } = await apply('-f', join(files, 'shop.yaml'));
    assert.match(stdout, /^configmap\/settings configured$/m);
    assert.match(stdout, /^one commit, revision \d+$/m);
  });

  it('writes nothing if anything is wrong, and tells of everything with its file and document', async () => {
    const bad = join(files, 'bad.yaml');
    writeFileSync(
      bad,
      [
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'fine', namespace: 'shop' },
        }),
        SHOP.split('---')[0]?.replace('replicas: 1', 'replicas: -1'),
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'x', namespace: 'nowhere' },
        }),
        JSON.stringify({ ...SERVICE, metadata: { ...SERVICE.metadata, name: 'Bad_Name' } }),
      ].join('\n---\n'),
    );
    await assert.rejects(apply('-f', bad), (error: Error) => {
      assert.match(error.message, /nothing was written, 3 things are wrong/);
      assert.match(
        error.message,
        /bad\.yaml, document 2 \(line 2\): Deployment web: spec\.replicas: Invalid value: -1/,
      );
      assert.match(
        error.message,
        /bad\.yaml, document 3 \(line \d+\): ConfigMap x: namespaces "nowhere" not found/,
      );
      assert.match(error.message, /bad\.yaml, document 4 \(line \d+\): Service Bad_Name: metadata\.name/);
      return true;
    });
    assert.match((await cluster.tryKubectl(['get', 'cm', 'fine', '-n', 'shop'])).stderr, /not found/);
  });

  it('writes more in one commit than one answer usually holds', async () => {
    const items = Array.from({ length: 10 }, (_, i) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `large-${i}`, namespace: 'shop' },
      data: { text: 'x'.repeat(500_000) },
    }));
    const file = join(files, 'large.json');
    writeFileSync(file, JSON.stringify({ kind: 'List', items }));
    assert.match((await apply('-f', file)).stdout, /large-9 created\none commit, revisions/);
  });

  it('leaves to others the fields that they manage, unless it is told to take them', async () => {
    await cluster.kubectl([
      'patch',
      'cm',
      'settings',
      '-n',
      'shop',
      '--type=merge',
      '-p',
      '{"data":{"colour":"red"}}',
    ]);
    const file = join(files, 'shop.yaml');
    await assert.rejects(apply('-f', file), /ConfigMap settings: .*conflict.*--force-conflicts/s);
    assert.match((await apply('-f', file, '--force-conflicts')).stdout, /settings configured/);
  });

  it('refuses an object that has changed since it was read, and says that it is to be read again', async () => {
    const stale = { name: 'settings', namespace: 'shop', resourceVersion: '1' };
    const file = join(files, 'stale.json');
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: stale, data: { colour: 'green' } };
    writeFileSync(file, JSON.stringify(object));
    await assert.rejects(
      apply('-f', file, '--force-conflicts'),
      /ConfigMap settings: .*the object has been modified.*→ read it again/s,
    );
  });
});
