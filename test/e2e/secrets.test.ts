import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './support/cluster.ts';

describe('reckon secrets rotate', () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(() => cluster.stop());

  const create = (name: string) =>
    cluster.kubectl(['create', 'secret', 'generic', name, `--from-literal=word=${name}`]);

  const wordOf = async (name: string) => {
    const data = await cluster.kubectl(['get', 'secret', name, '-o', 'jsonpath={.data.word}']);
    return Buffer.from(data, 'base64').toString();
  };

  test('brings new keys while the cluster runs, and a server that starts anew reads everything with them', async () => {
    await create('before');
    const first = await cluster.reckon(['secrets', 'rotate']);
    assert.match(first.stdout, /wrapping key [0-9a-f]{16} is in use; 1 older data key is wrapped by it now/);
    await create('between');
    const second = await cluster.reckon(['secrets', 'rotate', '--shred']);
    assert.match(
      second.stdout,
      /; 2 older data keys are wrapped by it now\nthe old wrapping keys are destroyed/,
    );
    await create('after');
    for (const name of ['before', 'between', 'after']) assert.equal(await wordOf(name), name);
    await cluster.kill('apiserver');
    await cluster.until(async () => (await cluster.tryKubectl(['get', '--raw', '/readyz'])).code === 0);
    for (const name of ['before', 'between', 'after']) assert.equal(await wordOf(name), name);
  });
});
