/** What every `ApiClient` keeps of transactions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceType } from '../resources.ts';
import type { ApiClient, KubeObject } from '../types.ts';
import { rejects } from './contract-helpers.ts';

interface ConfigMap extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}

const CONFIG_MAPS = resourceType<ConfigMap>('v1', 'configmaps', 'ConfigMap');

/** @param api that is open by the time a test runs. */
export function testTransactions(api: () => ApiClient, namespace: string): void {
  const at = (name: string) => ({ namespace, name });
  const make = (name: string) => api().create(CONFIG_MAPS, { metadata: at(name) });

  test('a transaction does all or nothing, at consecutive revisions', async () => {
    const guard = await make('guard');
    const done = await api().transact([
      { verb: 'require', resource: CONFIG_MAPS, target: at('guard'), revision: guard.revision },
      { verb: 'create', resource: CONFIG_MAPS, object: { metadata: at('t1') } },
      { verb: 'create', resource: CONFIG_MAPS, object: { metadata: at('t2') } },
    ]);
    assert.equal(done.revision, done.firstRevision + 1);
    assert.deepEqual(
      done.objects.map((object) => object?.metadata.name),
      [undefined, 't1', 't2'],
    );
    await api().patch(CONFIG_MAPS, at('guard'), { type: 'merge', value: { data: { moved: 'yes' } } });
    const stale = api().transact([
      { verb: 'create', resource: CONFIG_MAPS, object: { metadata: at('t3') } },
      { verb: 'require', resource: CONFIG_MAPS, target: at('guard'), revision: guard.revision },
    ]);
    await rejects(stale, 'Conflict', /guard/);
    await rejects(api().get(CONFIG_MAPS, at('t3')), 'NotFound');
  });

  test('a transaction may end an object and begin another of its name, and says why', async () => {
    const old = await make('phoenix');
    const { uid } = old.object.metadata;
    const done = await api().transact(
      [
        { verb: 'delete', resource: CONFIG_MAPS, target: at('phoenix'), preconditions: { uid } },
        {
          verb: 'create',
          resource: CONFIG_MAPS,
          object: { metadata: at('phoenix'), data: { risen: 'yes' } },
        },
      ],
      { because: 'it burned' },
    );
    assert.equal(done.revision, done.firstRevision + 1);
    const now = await api().get(CONFIG_MAPS, at('phoenix'));
    assert.notEqual(now.metadata.uid, uid);
    assert.deepEqual(now.data, { risen: 'yes' });
    const records = [];
    for await (const chunk of api().readLog({
      after: old.revision,
      resources: ['configmaps'],
      name: 'phoenix',
    }))
      records.push(...chunk.records);
    assert.deepEqual(
      records.map(({ rev, op, prevRev, provenance }) => [rev, op, prevRev, provenance.because]),
      [
        [done.firstRevision, 'delete', old.revision, 'it burned'],
        [done.revision, 'create', 0, 'it burned'],
      ],
    );
  });
}
