import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { freePort } from '@reckon/service';
import { skipWithoutContainers, TestCluster } from './support/cluster.ts';

describe('the life of a cluster', { skip: skipWithoutContainers() }, () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start();
  });
  after(async () => {
    await cluster.stop();
    assert.equal(existsSync(cluster.stateDir), false);
  });

  const readyPids = async () => {
    const { components } = await cluster.status();
    for (const { name, phase } of components) assert.equal(phase, 'ready', name);
    return new Map(components.map(({ name, process }) => [name, process?.pid]));
  };

  test('a second `up` changes nothing', async () => {
    const before = await readyPids();
    await cluster.reckon(['up']);
    assert.deepEqual(await readyPids(), before);
  });

  test('after kill -9 of everything, `up` goes on with the same cluster', async () => {
    const id = (await cluster.status()).clusterId;
    const before = await readyPids();
    await cluster.killEverything();
    assert.equal((await cluster.status()).running, false);
    await cluster.reckon(['up']);
    const now = await readyPids();
    assert.equal((await cluster.status()).clusterId, id);
    assert.deepEqual([...now.keys()], [...before.keys()]);
    for (const [name, pid] of now) assert.notEqual(pid, before.get(name));
  });

  test('a port that is taken is named with the process that holds it', async () => {
    const before = await readyPids();
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, resolve));
    try {
      await assert.rejects(
        cluster.reckon(['up', '--port', String(port)]),
        new RegExp(`port ${port}, wanted for the Kubernetes API, is taken by process ${process.pid} \\(`),
      );
    } finally {
      server.close();
    }
    assert.deepEqual(await readyPids(), before);
  });
});
