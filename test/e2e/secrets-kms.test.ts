import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KmsPlugin } from '@reckon/store/testing/kms-plugin.ts';
import { TestCluster } from './support/cluster.ts';

describe('a cluster whose secrets a key management service protects', () => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-kms-e2e-'));
  const plugin = new KmsPlugin(join(directory, 'kms.sock'));
  let cluster: TestCluster;

  before(async () => {
    await plugin.start();
    cluster = await TestCluster.start({ hollow: 1, up: ['--secrets-kms', plugin.socket] });
  });
  after(async () => {
    await cluster?.stop();
    plugin.stop();
    rmSync(directory, { recursive: true });
  });

  const create = (name: string) =>
    cluster.kubectl(['create', 'secret', 'generic', name, `--from-literal=word=${name}`]);

  const wordOf = async (name: string) => {
    const data = await cluster.kubectl(['get', 'secret', name, '-o', 'jsonpath={.data.word}']);
    return Buffer.from(data, 'base64').toString();
  };

  const readyz = (path = '') => cluster.tryKubectl(['get', '--raw', `/readyz${path}`]);
  const isReady = async () => (await readyz()).code === 0;

  test('goes on without it for a while, and says that it is away', async () => {
    await create('before');
    assert.equal((await readyz('/kms-providers')).stdout, 'ok');
    plugin.stop();
    await cluster.until(async () => !(await isReady()));
    assert.match((await readyz()).stderr, /\[-\]kms-providers failed/);
    assert.match((await readyz('/kms-providers')).stderr, /the key management service fails: /);
    await create('meanwhile');
    assert.equal(await wordOf('before'), 'before');
  });

  test('whose API server starts while it is away waits for it, and says so', async () => {
    await cluster.kill('apiserver');
    const trouble = async () =>
      (await cluster.status()).components.find(({ name }) => name === 'apiserver')?.trouble;
    await cluster.until(async () =>
      /kms-providers: the key management service fails/.test((await trouble()) ?? ''),
    );
    assert.notEqual((await cluster.tryKubectl(['get', 'secrets'])).code, 0);
    await plugin.start();
    await cluster.until(isReady);
    for (const name of ['before', 'meanwhile']) assert.equal(await wordOf(name), name);
  });

  test('follows it to another key', async () => {
    plugin.rotate();
    const { stdout } = await cluster.reckon(['secrets', 'rotate']);
    assert.match(stdout, /wrapping key kms:key-2 is in use; \d+ older data keys? (is|are) wrapped by it now/);
    plugin.forget('key-1');
    await create('after');
    await cluster.kill('apiserver');
    await cluster.until(isReady);
    for (const name of ['before', 'meanwhile', 'after']) assert.equal(await wordOf(name), name);
  });
});
