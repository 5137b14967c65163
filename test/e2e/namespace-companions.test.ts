/** What the API server itself looks after in every namespace, while it is killed again and again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiError, type LogRecord } from '@reckon/api';
import { CONFIG_MAPS, NAMESPACES, type ResourceType, SECRETS, SERVICE_ACCOUNTS } from '@reckon/client';
import { TestCluster } from './support/cluster.ts';

const ROUNDS = 3;
const AT_ONCE = 8;

describe('an API server that is killed in the midst of its writes', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ hollow: 1 });
  });
  after(() => cluster?.stop());

  const killedAndBack = async () => {
    await cluster.kill('apiserver');
    await cluster.until(async () => {
      if ((await cluster.tryKubectl(['get', '--raw', '/readyz'])).code !== 0) return false;
      // Our own connection is made anew a little later.
      return cluster.api.list(NAMESPACES).then(
        () => true,
        () => false,
      );
    });
  };

  /** Creates one namespace after the other until the server is gone. */
  const flood = async (prefix: string) => {
    for (let i = 0; ; i++) {
      try {
        await cluster.api.create(NAMESPACES, { metadata: { name: `${prefix}-${i}` } });
      } catch {
        return;
      }
    }
  };

  const creationsSince = async (revision: number): Promise<readonly LogRecord[]> => {
    const resources = [NAMESPACES, SERVICE_ACCOUNTS, CONFIG_MAPS].map(({ groupResource }) => groupResource);
    const found: LogRecord[] = [];
    for await (const { records } of cluster.api.readLog({ after: revision, resources }))
      found.push(...records.filter(({ op }) => op === 'create'));
    return found;
  };

  const uidOf = async (resource: ResourceType, namespace: string, name: string) => {
    try {
      return (await cluster.api.get(resource, { namespace, name })).metadata.uid;
    } catch (error) {
      if (ApiError.from(error).reason === 'NotFound') return undefined;
      throw error;
    }
  };

  test('leaves no namespace that was ever without its ServiceAccount and the CA of the cluster', async () => {
    const { revision } = await cluster.api.list(NAMESPACES);
    for (let round = 0; round < ROUNDS; round++) {
      const floods = Array.from({ length: AT_ONCE }, (_, i) => flood(`flood-${round}-${i}`));
      await killedAndBack();
      await Promise.all(floods);
    }
    const creations = await creationsSince(revision);
    const namespaces = creations.filter(({ key }) => key.resource === 'namespaces');
    assert.ok(namespaces.length >= ROUNDS, `${namespaces.length} namespaces were created`);
    for (const { key, rev, provenance } of namespaces) {
      const companions = creations.filter((record) => record.key.namespace === key.name);
      // Of the same request, and next to it in the log: nothing had to be mended after the server was back.
      assert.deepEqual(
        companions.map((record) => `${record.key.resource}/${record.key.name}`).sort(),
        ['configmaps/kube-root-ca.crt', 'serviceaccounts/default'],
        key.name,
      );
      for (const companion of companions) {
        assert.equal(companion.provenance.requestId, provenance.requestId, key.name);
        assert.ok(Math.abs(companion.rev - rev) <= 2, `${key.name}: ${companion.rev} beside ${rev}`);
      }
    }
  });

  test('gives back what was deleted by hand', async () => {
    const parts = [
      [SERVICE_ACCOUNTS, 'default'],
      [CONFIG_MAPS, 'kube-root-ca.crt'],
    ] as const;
    for (const [resource, name] of parts) {
      const before = await uidOf(resource, 'default', name);
      await cluster.api.delete(resource, { namespace: 'default', name });
      await killedAndBack();
      await cluster.until(async () => {
        const uid = await uidOf(resource, 'default', name);
        return uid !== undefined && uid !== before;
      });
    }
  });

  test('fills the Secret that asks for a token, and takes it away with the account', async () => {
    const at = (name: string) => ({ namespace: 'default', name });
    const annotations = { 'kubernetes.io/service-account.name': 'robot' };
    await cluster.api.create(SERVICE_ACCOUNTS, { metadata: at('robot') });
    await cluster.api.create(SECRETS, {
      metadata: { ...at('robot-token'), annotations },
      type: 'kubernetes.io/service-account-token',
    });
    await killedAndBack();
    await cluster.until(async () => {
      const { data } = await cluster.api.get(SECRETS, at('robot-token'));
      return data?.token !== undefined && data['ca.crt'] !== undefined;
    });
    await cluster.api.delete(SERVICE_ACCOUNTS, at('robot'));
    await killedAndBack();
    await cluster.until(async () => (await uidOf(SECRETS, 'default', 'robot-token')) === undefined);
  });
});
