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

describe('reckon tokens rotate', () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(() => cluster.stop());

  test('brings a new key while the cluster runs; tokens of the old one are good until it is dropped', async () => {
    const newToken = async () => (await cluster.kubectl(['create', 'token', 'default'])).trim();
    const who = async (token: string) => {
      const spec = { token };
      const input = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec });
      const asked = await cluster.kubectl(['create', '-o', 'jsonpath={.status.authenticated}', '-f', '-'], {
        input,
      });
      return asked === 'true';
    };
    const old = await newToken();
    const { stdout } = await cluster.reckon(['tokens', 'rotate']);
    assert.match(stdout, /key \S+ signs ServiceAccount tokens now\ntokens of 1 earlier key are good/);
    const published = JSON.parse(await cluster.kubectl(['get', '--raw', '/openid/v1/jwks']));
    assert.equal(published.keys.length, 2);
    const fresh = await newToken();
    assert.deepEqual([await who(old), await who(fresh)], [true, true]);
    await cluster.reckon(['tokens', 'rotate', '--drop']);
    await cluster.until(async () => !(await who(old)) && !(await who(fresh)));
    assert.ok(await who(await newToken()));
  });
});
