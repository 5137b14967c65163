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

describe('reckon secrets shred', () => {
  let cluster: TestCluster;

  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(() => cluster.stop());

  const create = (name: string, word: string) =>
    cluster.kubectl(['create', 'secret', 'generic', name, `--from-literal=word=${word}`]);
  const dataOf = async (name: string, at?: string) => {
    const get = ['get', 'secret', name, '-o', 'json'];
    const output = at ? (await cluster.reckon(['at', at, '--', ...get])).stdout : await cluster.kubectl(get);
    return JSON.parse(output);
  };

  test('deletes a Secret, of which nobody can know again what it was', async () => {
    await create('kept', 'stays');
    await create('doomed', 'first');
    const { resourceVersion } = (await dataOf('doomed')).metadata;
    await cluster.kubectl(['patch', 'secret', 'doomed', '-p', '{"stringData":{"word":"second"}}']);
    assert.equal((await dataOf('doomed', resourceVersion)).data.word, btoa('first'));

    const { stdout } = await cluster.reckon(['secrets', 'shred', 'default/doomed']);
    assert.match(stdout, /default\/doomed is shredded: 3 revisions can never be read again/);
    assert.notEqual((await cluster.tryKubectl(['get', 'secret', 'doomed'])).code, 0);
    const then = await dataOf('doomed', resourceVersion);
    assert.match(then.metadata.annotations['reckon.dev/shredded'], /^\d{4}-/);
    assert.equal(then.data, undefined);
    const all = await cluster.reckon(['at', resourceVersion, '--', 'get', 'secrets', '-o', 'json']);
    assert.doesNotMatch(all.stdout, new RegExp(btoa('first')));
    assert.match(all.stdout, new RegExp(btoa('stays')));
    const history = await cluster.reckon(['history', 'secret/doomed', '--show-secrets']);
    assert.equal(history.stdout.match(/\(shredded at .*: what it was is gone for ever\)/g)?.length, 3);
    assert.doesNotMatch(history.stdout, /Zmlyc3Q|c2Vjb25k/);
    await assert.rejects(
      cluster.reckon(['restore', 'secret/doomed', '--at', resourceVersion, '--yes']),
      /secret\/doomed: was shredded since: nobody can know any more what it was then/,
    );
  });

  test('leaves a cluster that starts anew, verifies, and can use the name again', async () => {
    await cluster.kill('apiserver');
    await cluster.until(async () => (await cluster.tryKubectl(['get', '--raw', '/readyz'])).code === 0);
    await create('doomed', 'third');
    assert.equal((await dataOf('doomed')).data.word, btoa('third'));
    assert.equal((await dataOf('kept')).data.word, btoa('stays'));
    assert.match((await cluster.reckon(['verify'])).stdout, /L3/);
  });

  test('says what it cannot shred', async () => {
    await assert.rejects(
      cluster.reckon(['secrets', 'shred', 'default/never']),
      /there never was a Secret default\/never/,
    );
    await assert.rejects(cluster.reckon(['secrets', 'shred', 'never']), /write NAMESPACE\/NAME/);
    await cluster.kubectl([
      'patch',
      'secret',
      'kept',
      '-p',
      '{"metadata":{"finalizers":["example.com/mine"]}}',
    ]);
    await assert.rejects(
      cluster.reckon(['secrets', 'shred', 'default/kept']),
      /waits for example.com\/mine; nothing is shredded yet/,
    );
    await cluster.kubectl(['patch', 'secret', 'kept', '-p', '{"metadata":{"finalizers":null}}']);
    assert.match((await cluster.reckon(['secrets', 'shred', 'default/kept'])).stdout, /is shredded/);
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
