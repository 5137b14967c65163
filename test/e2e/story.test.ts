/** The session that the README tells, on real containers: something breaks, the log says why, and it is put back. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PODS } from '@reckon/client';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';

const MANIFEST = join(import.meta.dirname, '..', '..', 'examples', 'shop', 'shop.yaml');

describe('a morning with Reckon', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  /** The revision at which all was well. */
  let good: number;
  /** The pod that does not start. */
  let failing: string;
  before(async () => {
    cluster = await TestCluster.start({ images: ['busybox'] });
  });
  after(() => cluster.stop());

  const kubectl = (...args: readonly string[]) => cluster.kubectl(['-n', 'shop', ...args]);
  const reckon = async (...args: readonly string[]) => (await cluster.reckon(args)).stdout;
  const rolledOut = () => kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');

  it('loads an image, and says when pods take it from there', async () => {
    const { stderr } = await cluster.reckon(['image', 'build', 'busybox', '--load']);
    assert.match(stderr, /busybox:latest is pulled anew each time, .* imagePullPolicy: IfNotPresent/);
  });

  it('deploys it all in one commit', async () => {
    assert.match(await reckon('apply', '--atomic', '-f', MANIFEST), /one commit, revisions \d+ to \d+/);
    await rolledOut();
    good = (await cluster.api.resolveRevision()).revision;
  });

  it('watches it fail once the configuration is broken', async () => {
    await kubectl('patch', 'configmap/settings', '--type=merge', '-p', '{"data":{"colour":"plaid"}}');
    await kubectl('rollout', 'restart', 'deployment/web');
    failing = await crashing();
    assert.match(await kubectl('logs', failing, '--previous'), /there is no colour plaid/);
  });

  it('asks why', async () => {
    const why = await reckon('why', `pod/${failing}`, '-n', 'shop');
    assert.match(why, /deployments\.apps\/web/);
    assert.match(why, /replicasets\.apps\/web-/);
    assert.match(await reckon('history', 'configmap/settings', '-n', 'shop'), /data\.colour: blue → plaid/);
  });

  it('looks at it as it was', async () => {
    const then = await reckon('at', String(good), '--', 'get', 'pods', '-n', 'shop');
    assert.equal(then.match(/Running/g)?.length, 2);
    assert.doesNotMatch(then, new RegExp(failing));
    const settings = ['get', 'configmap', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.colour}'];
    assert.equal((await reckon('at', String(good), '--', ...settings)).trim(), 'blue');
  });

  it('puts it back, and it runs', async () => {
    const done = await reckon('restore', 'shop', '--at', String(good), '--yes');
    assert.match(done, /~ data\.colour: plaid → blue/);
    assert.match(
      done,
      /~ change deployment\.apps\/web\n +- spec\.template\.metadata\.annotations: .*\ndone in one commit/,
    );
    await rolledOut();
    assert.match(await reckon('history', 'configmap/settings', '-n', 'shop'), /restored to revision \d+ by/);
  });

  it('verifies that the log tells the truth', async () => {
    assert.match(await reckon('verify'), /L1.*L3.*L6/s);
  });

  it('tries in a fork what it would not try here', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'reckon-fork-'));
    // Postgres' user must be able to pass.
    chmodSync(directory, 0o711);
    const into = join(directory, 'fork');
    const made = await reckon('fork', String(good), '--into', into, '--hollow', '2');
    assert.match(made, new RegExp(`a fork of revision ${good} runs in .*, on 2 hollow nodes`));
    const fork = cluster.beside(into);
    t.after(async () => {
      await fork.reckon(['down', '--purge', '--grace', '0']);
      rmSync(directory, { recursive: true, force: true });
    });
    await fork.kubectl(['-n', 'shop', 'scale', 'deployment/web', '--replicas=20']);
    await fork.kubectl(['-n', 'shop', 'rollout', 'status', 'deployment/web', '--timeout=90s']);
    const pods = await fork.kubectl(['-n', 'shop', 'get', 'pods', '-o', 'wide']);
    assert.equal(pods.match(/ Running .* hollow-/g)?.length, 20);
    assert.equal((await kubectl('get', 'deployment/web', '-o', 'jsonpath={.spec.replicas}')).trim(), '2');
  });

  async function crashing(): Promise<string> {
    const stop = new AbortController();
    try {
      for await (const events of cluster.api.watch(PODS, { namespace: 'shop', signal: stop.signal }))
        for (const event of events) {
          if (event.type === 'BOOKMARK') continue;
          const { status, metadata } = event.object;
          const waits = status?.containerStatuses?.some(
            ({ state }) => state?.waiting?.reason === 'CrashLoopBackOff',
          );
          if (waits) return metadata.name;
        }
    } finally {
      stop.abort();
    }
    throw new Error('the watch ended before a pod crashed');
  }
});
