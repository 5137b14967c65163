import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiError } from '@reckon/api';
import { configMapOf, deploymentOf, namespaceOf, podOf, serviceOf } from './testing/objects.ts';
import { refused } from './testing/refused.ts';
import { TestVerbs } from './testing/test-verbs.ts';
import type { TransactOperation } from './types.ts';

let api: TestVerbs;
before(async () => {
  api = await TestVerbs.start();
});
after(() => api.stop());

const make = (where: string, value: unknown): TransactOperation => ({
  verb: 'create',
  target: api.target(where),
  body: { value, duplicateFields: [] },
  options: {},
});
const transact = (...operations: TransactOperation[]) => api.verbs.transact(api.context(), operations);

describe('transact', () => {
  it('writes several objects at consecutive revisions, each seeing the ones before it', async () => {
    const result = await transact(
      make('namespaces', namespaceOf('all')),
      make('configmaps all', configMapOf('config')),
      make('deployments.apps all', deploymentOf('app')),
      make('services all', serviceOf('app')),
      make('pods all', podOf('pod')),
    );
    const names = result.objects.map((object) => object?.value.metadata.name);
    assert.deepEqual(names, ['all', 'config', 'app', 'app', 'pod']);
    const records = await api.store.readLog({
      after: result.firstRevision - 1,
      through: result.lastRevision,
    });
    assert.equal(records.records.length, result.lastRevision - result.firstRevision + 1);
    assert.deepEqual(new Set(records.records.map((record) => record.atMs)).size, 1);
    assert.deepEqual(
      new Set(records.records.map((record) => record.provenance.via)),
      new Set(['transact/create']),
    );
    assert.deepEqual(await api.get('pods all/pod'), result.objects[4]?.value);
  });

  it('writes nothing if one of them cannot be, and tells what is wrong with all', async () => {
    const head = api.running.env.cache.head;
    const error = await refused(
      transact(
        make('configmaps default', configMapOf('fine')),
        make('deployments.apps default', deploymentOf('bad', { replicas: -1 })),
        make('services default', serviceOf('bad', { clusterIP: '10.99.0.1' })),
      ),
      'Invalid',
    );
    assert.deepEqual(
      error.details.causes?.map((cause) => cause.field),
      ['operations[1].spec.replicas', 'operations[2].spec.clusterIPs'],
    );
    assert.equal(api.running.env.cache.head, head);
    await refused(api.get('configmaps default/fine'), 'NotFound');
  });

  it('tells of bodies that cannot be decoded together too', async () => {
    const error = await refused(
      transact(
        make('pods default', { kind: 'Pot' }),
        make('pods default', podOf('x', { containers: 'none' })),
      ),
      'BadRequest',
    );
    assert.match(error.message, /operation 0 .*operation 1 /);
  });

  it('brings several writes of one object down to one revision', async () => {
    const created = await transact(make('configmaps default', configMapOf('once', { a: '1' })), {
      verb: 'patch',
      target: api.target('configmaps default/once'),
      patch: { type: 'merge', body: Buffer.from('{"data":{"b":"2"}}') },
      options: {},
    });
    assert.equal(created.firstRevision, created.lastRevision);
    assert.deepEqual(created.objects[0]?.value.data, { a: '1', b: '2' });
    assert.deepEqual((await api.get('configmaps default/once')).data, { a: '1', b: '2' });
  });

  it('holds only if what it requires holds', async () => {
    const made = await api.create('configmaps default', configMapOf('fence'));
    const fence = (revision: number): TransactOperation => ({
      verb: 'require',
      target: api.target('configmaps default/fence'),
      revision,
    });
    await transact(
      fence(Number(made.metadata.resourceVersion)),
      make('configmaps default', configMapOf('fenced')),
    );
    const again = transact(
      make('configmaps default', configMapOf('fenced')),
      fence(Number(made.metadata.resourceVersion)),
    );
    const { details } = await refused(again, 'AlreadyExists', /^configmaps "fenced" already exists$/);
    assert.equal(details.causes, undefined, 'one write with a fence is refused as it would be without');
    await api.patch('configmaps default/fence', 'merge', { data: { moved: 'yes' } });
    await refused(
      transact(fence(Number(made.metadata.resourceVersion)), make('configmaps default', configMapOf('late'))),
      'Conflict',
      /configmaps "fence": it is required at revision \d+ and is at revision \d+/,
    );
    const absent: TransactOperation = {
      verb: 'require',
      target: api.target('configmaps default/absent'),
      revision: 0,
    };
    const result = await transact(absent);
    assert.deepEqual(result.objects, [undefined]);
  });

  it('of two that exclude each other lets one through', async () => {
    const made = await api.create('configmaps default', configMapOf('token', { holder: 'nobody' }));
    const take = (holder: string) =>
      transact(
        {
          verb: 'update',
          target: api.target('configmaps default/token'),
          body: { value: { ...made, data: { holder } }, duplicateFields: [] },
          options: {},
        },
        make('configmaps default', configMapOf(`held-by-${holder}`)),
      ).then(
        () => true,
        (error: unknown) => {
          assert.ok(error instanceof ApiError && error.reason === 'Conflict', String(error));
          return false;
        },
      );
    const won = await Promise.all(['a', 'b', 'c'].map(take));
    assert.equal(won.filter(Boolean).length, 1);
    assert.equal(
      (await api.names('configmaps default')).filter((name) => name.startsWith('held-by-')).length,
      1,
    );
  });

  it('makes anew what it deletes, at the next revision and as another object', async () => {
    const before = await api.create('services default', serviceOf('phoenix'));
    const watch = await api.watch('services default', { resourceVersion: before.metadata.resourceVersion });
    const spec = before.spec as { readonly clusterIP: string };
    const result = await transact(
      { verb: 'delete', target: api.target('services default/phoenix'), options: {} },
      make('services default', serviceOf('phoenix', { clusterIP: spec.clusterIP })),
    );
    const after = await api.get('services default/phoenix');
    assert.notEqual(after.metadata.uid, before.metadata.uid);
    assert.deepEqual(after, result.objects[1]?.value);
    assert.equal((after.spec as { readonly clusterIP: string }).clusterIP, spec.clusterIP);
    assert.deepEqual(await watch.lines(2), ['DELETED default/phoenix', 'ADDED default/phoenix']);
    watch.stop();
    const { records } = await api.store.readLog({ after: result.firstRevision - 1 });
    const ours = records
      .filter(({ key }) => key.name === 'phoenix')
      .map(({ op, prevRev }) => ({ op, prevRev }));
    assert.deepEqual(ours, [
      { op: 'delete', prevRev: Number(before.metadata.resourceVersion) },
      { op: 'create', prevRev: 0 },
    ]);
  });

  it('holds each operation to its own precondition, and says which one failed and what is there', async () => {
    const stale = await api.create('configmaps default', configMapOf('stale'));
    const moved = await api.patch('configmaps default/stale', 'merge', { data: { moved: 'yes' } });
    const other = await api.create('configmaps default', configMapOf('other'));
    const head = api.running.env.cache.head;
    const error = await refused(
      transact(
        {
          verb: 'update',
          target: api.target('configmaps default/stale'),
          body: { value: stale, duplicateFields: [] },
          options: {},
        },
        {
          verb: 'delete',
          target: api.target('configmaps default/other'),
          options: { preconditions: { uid: 'somebody-else' } },
        },
        make('configmaps default', configMapOf('unwritten')),
      ),
      'Conflict',
    );
    const at = (object: { metadata: { resourceVersion?: string | undefined } }) =>
      object.metadata.resourceVersion;
    assert.match(
      error.message,
      new RegExp(`operation 0 \\(update configmaps "stale"\\).* at revision ${at(moved)}`),
    );
    assert.match(
      error.message,
      new RegExp(`operation 1 \\(delete configmaps "other"\\).* at revision ${at(other)}`),
    );
    assert.deepEqual(
      error.details.causes?.map(({ field }) => field),
      ['operations[0]', 'operations[1]'],
    );
    const taken = await refused(transact(make('configmaps default', configMapOf('other'))), 'AlreadyExists');
    assert.match(taken.message, /operation 0 \(create configmaps\): configmaps "other" already exists/);
    assert.equal(api.running.env.cache.head, head);
  });

  it('as a dry run finds everything that would be wrong, and writes nothing', async () => {
    const head = api.running.env.cache.head;
    const dry = (where: string, value: unknown): TransactOperation => ({
      verb: 'create',
      target: api.target(where),
      body: { value, duplicateFields: [] },
      options: { dryRun: true },
    });
    const result = await transact(
      dry('namespaces', namespaceOf('dry')),
      dry('configmaps dry', configMapOf('config')),
    );
    assert.deepEqual(
      result.objects.map((object) => object?.value.metadata.name),
      ['dry', 'config'],
    );
    await refused(
      transact(
        dry('namespaces', namespaceOf('dry')),
        dry('pods dry', podOf('bad', { restartPolicy: 'Maybe' })),
      ),
      'Invalid',
      /operation 1/,
    );
    await refused(
      transact(dry('namespaces', namespaceOf('dry')), make('configmaps dry', configMapOf('config'))),
      'BadRequest',
      /all operations of a transaction must be dry runs, or none/,
    );
    assert.equal(api.running.env.cache.head, head);
  });
});
