/**
 * What every `ApiClient` keeps. Run with the twin in memory, with `GrpcApi` over a loopback door, and, where an API
 * server is at hand, with the real thing: whoever relies on the twin relies on this.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiError } from '@reckon/api';
import { resourceType } from '../resources.ts';
import type { ApiClient, KubeObject } from '../types.ts';
import { collect, rejects } from './contract-helpers.ts';
import { testTransactions } from './contract-transact.ts';

export interface ContractSubject {
  readonly api: ApiClient;
  /** Cause and because are kept: only those of the cluster's own services are. */
  readonly trusted: boolean;
  readonly close: () => Promise<void>;
}

interface ConfigMap extends KubeObject {
  readonly data?: { readonly [key: string]: string };
}
interface Pod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly containers?: readonly { readonly name: string; readonly image: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type?: string; readonly status?: string }[];
  };
}

const CONFIG_MAPS = resourceType<ConfigMap>('v1', 'configmaps', 'ConfigMap');
const PODS = resourceType<Pod>('v1', 'pods', 'Pod');
const NAMESPACES = resourceType('v1', 'namespaces', 'Namespace', 'Cluster');

const NS = 'contract';

export function describeApiClient(name: string, open: () => Promise<ContractSubject>): void {
  describe(`the API through ${name}`, () => {
    let subject: ContractSubject;
    let api: ApiClient;

    before(async () => {
      subject = await open();
      api = subject.api;
      await api.create(NAMESPACES, { metadata: { name: NS } });
    });
    after(() => subject.close());

    const at = (name: string) => ({ namespace: NS, name });
    const make = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) =>
      api.create(CONFIG_MAPS, { metadata: { ...at(name), labels }, data });
    const makePod = (name: string, spec: Pod['spec'] = {}) =>
      api.create(PODS, {
        metadata: at(name),
        spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
      });

    test('a created object has what the server fills in, and its revision', async () => {
      const { object, revision } = await make('created', { a: '1' });
      assert.equal(object.metadata.resourceVersion, String(revision));
      assert.ok(object.metadata.uid && object.metadata.creationTimestamp);
      assert.equal(object.apiVersion, 'v1');
      assert.equal(object.kind, 'ConfigMap');
      assert.deepEqual(await api.get(CONFIG_MAPS, at('created')), object);
      assert.ok(Object.isFrozen(object) && Object.isFrozen(object.data));
    });

    test('a name is made from generateName', async () => {
      const { object } = await api.create(CONFIG_MAPS, {
        metadata: { generateName: 'made-', namespace: NS },
      });
      assert.match(object.metadata.name, /^made-[a-z0-9]{5}$/);
    });

    test('errors say what happened, and to what', async () => {
      await make('taken');
      await rejects(make('taken'), 'AlreadyExists', /configmaps "taken" already exists/);
      await rejects(api.get(CONFIG_MAPS, at('absent')), 'NotFound', /configmaps "absent" not found/);
      await rejects(api.delete(CONFIG_MAPS, at('absent')), 'NotFound', /configmaps "absent" not found/);
      await rejects(
        api.create(CONFIG_MAPS, { metadata: { name: 'a', namespace: 'nowhere' } }),
        'NotFound',
        /namespaces "nowhere" not found/,
      );
      const error = await api.get(CONFIG_MAPS, at('absent')).catch(ApiError.from);
      assert.ok(error instanceof ApiError);
      assert.equal(error.details.name, 'absent');
    });

    test('an update is conditional on the revision that it names', async () => {
      const { object } = await make('cas', { a: '1' });
      const updated = await api.update(CONFIG_MAPS, { ...object, data: { a: '2' } });
      assert.ok(updated.revision > Number(object.metadata.resourceVersion));
      await rejects(
        api.update(CONFIG_MAPS, { ...object, data: { a: '3' } }),
        'Conflict',
        /the object has been modified/,
      );
      assert.deepEqual((await api.get(CONFIG_MAPS, at('cas'))).data, { a: '2' });
    });

    test('a write that changes nothing makes no revision', async () => {
      const { object, revision } = await make('same', { a: '1' });
      assert.equal((await api.update(CONFIG_MAPS, object)).revision, revision);
      const patched = await api.patch(CONFIG_MAPS, at('same'), {
        type: 'merge',
        value: { data: { a: '1' } },
      });
      assert.equal(patched.revision, revision);
    });

    test('patches: merge and JSON, with preconditions', async () => {
      const { object } = await make('patched', { a: '1', b: '2' });
      const merged = await api.patch(CONFIG_MAPS, at('patched'), {
        type: 'merge',
        value: { data: { a: null, c: '3' } },
      });
      assert.deepEqual(merged.object.data, { b: '2', c: '3' });
      const json = await api.patch(CONFIG_MAPS, at('patched'), {
        type: 'json',
        operations: [{ op: 'replace', path: '/data/b', value: '4' }],
      });
      assert.deepEqual(json.object.data, { b: '4', c: '3' });
      const { resourceVersion } = object.metadata;
      const stale = { metadata: { resourceVersion }, data: { d: '5' } };
      await rejects(api.patch(CONFIG_MAPS, at('patched'), { type: 'merge', value: stale }), 'Conflict');
    });

    test('a dry run answers and changes nothing', async () => {
      const { object, revision } = await api.create(CONFIG_MAPS, { metadata: at('dry') }, { dryRun: true });
      assert.equal(object.metadata.name, 'dry');
      assert.equal(revision, 0);
      await rejects(api.get(CONFIG_MAPS, at('dry')), 'NotFound');
    });

    test('a deletion can name what it is to delete', async () => {
      const { object } = await make('precise');
      await rejects(
        api.delete(CONFIG_MAPS, at('precise'), { preconditions: { uid: 'another' } }),
        'Conflict',
        /precondition/i,
      );
      const { uid } = object.metadata;
      const deleted = await api.delete(CONFIG_MAPS, at('precise'), { preconditions: { uid } });
      assert.equal(deleted.deleted, true);
      await rejects(api.get(CONFIG_MAPS, at('precise')), 'NotFound');
    });

    test('finalizers keep a deleted object until the last is gone', async () => {
      await api.create(CONFIG_MAPS, { metadata: { ...at('held'), finalizers: ['example.com/held'] } });
      const { deleted, object } = await api.delete(CONFIG_MAPS, at('held'));
      assert.equal(deleted, false);
      assert.ok(object.metadata.deletionTimestamp);
      await api.patch(CONFIG_MAPS, at('held'), { type: 'merge', value: { metadata: { finalizers: null } } });
      await rejects(api.get(CONFIG_MAPS, at('held')), 'NotFound');
    });

    test('a pod is bound once, and only status changes through its status', async () => {
      const { object } = await makePod('bound');
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { ...at('bound'), uid: object.metadata.uid },
        target: { apiVersion: 'v1', kind: 'Node', name: 'node-1' },
      };
      await api.create(PODS, binding, { subresource: 'binding' });
      const bound = await api.get(PODS, at('bound'));
      assert.equal(bound.spec?.nodeName, 'node-1');
      assert.ok(
        bound.status?.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'True'),
      );
      await rejects(api.create(PODS, binding, { subresource: 'binding' }), 'Conflict', /already assigned/);
      const changed = await api.update(
        PODS,
        {
          ...bound,
          metadata: { ...bound.metadata, labels: { sneaky: 'yes' } },
          status: { ...bound.status, phase: 'Running' },
        },
        { subresource: 'status' },
      );
      assert.equal(changed.object.status?.phase, 'Running');
      assert.equal(changed.object.spec?.nodeName, 'node-1');
    });

    test('a bound pod goes gracefully, an unbound one at once', async () => {
      await makePod('unbound');
      assert.equal((await api.delete(PODS, at('unbound'))).deleted, true);
      const { object } = await makePod('graceful', { terminationGracePeriodSeconds: 7 });
      await api.create(
        PODS,
        {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { ...at('graceful'), uid: object.metadata.uid },
          target: { kind: 'Node', name: 'node-1' },
        },
        { subresource: 'binding' },
      );
      const going = await api.delete(PODS, at('graceful'));
      assert.equal(going.deleted, false);
      assert.equal(going.object.metadata.deletionGracePeriodSeconds, 7);
      const gone = await api.delete(PODS, at('graceful'), { gracePeriodSeconds: 0 });
      assert.equal(gone.deleted, true);
      await rejects(api.get(PODS, at('graceful')), 'NotFound');
    });

    test('lists select by label and field, and can be paged at one revision', async () => {
      for (const name of ['l1', 'l2', 'l3'])
        await make(name, {}, { list: 'yes', odd: String(name !== 'l2') });
      const names = async (options: { labelSelector?: string; fieldSelector?: string }) =>
        (await api.list(CONFIG_MAPS, { namespace: NS, ...options })).items.map(
          ({ metadata }) => metadata.name,
        );
      assert.deepEqual(await names({ labelSelector: 'list=yes' }), ['l1', 'l2', 'l3']);
      assert.deepEqual(await names({ labelSelector: 'list,odd!=true' }), ['l2']);
      assert.deepEqual(await names({ fieldSelector: 'metadata.name=l3' }), ['l3']);
      const first = await api.list(CONFIG_MAPS, { namespace: NS, labelSelector: 'list=yes', limit: 2 });
      assert.equal(first.items.length, 2);
      await make('l0', {}, { list: 'yes' });
      const second = await api.list(CONFIG_MAPS, {
        namespace: NS,
        labelSelector: 'list=yes',
        limit: 2,
        continue: first.continue,
      });
      assert.deepEqual(
        second.items.map(({ metadata }) => metadata.name),
        ['l3'],
      );
      assert.equal(second.revision, first.revision);
      assert.equal(second.continue, undefined);
    });

    test('a watch gives what follows a revision, in order, once each', async () => {
      const { revision } = await api.list(CONFIG_MAPS, { namespace: NS });
      const stop = new AbortController();
      const watching = collect(
        api.watch(CONFIG_MAPS, {
          namespace: NS,
          labelSelector: 'watch=yes',
          after: revision,
          signal: stop.signal,
        }),
        4,
        stop,
      );
      await make('w1', {}, { watch: 'yes' });
      await make('w2', {}, { watch: 'no' });
      await api.patch(CONFIG_MAPS, at('w1'), { type: 'merge', value: { data: { a: '1' } } });
      await api.patch(CONFIG_MAPS, at('w1'), {
        type: 'merge',
        value: { metadata: { labels: { watch: 'no' } } },
      });
      await api.patch(CONFIG_MAPS, at('w2'), {
        type: 'merge',
        value: { metadata: { labels: { watch: 'yes' } } },
      });
      assert.deepEqual(await watching, ['ADDED w1', 'MODIFIED w1', 'DELETED w1', 'ADDED w2']);
    });

    test('a watch without a revision begins with what is there', async () => {
      await make('i1', {}, { initial: 'yes' });
      const stop = new AbortController();
      const watching = collect(
        api.watch(CONFIG_MAPS, { namespace: NS, labelSelector: 'initial=yes', signal: stop.signal }),
        3,
        stop,
        (event) => {
          if (event.type === 'BOOKMARK') void make('i2', {}, { initial: 'yes' });
        },
      );
      assert.deepEqual(await watching, ['ADDED i1', 'BOOKMARK', 'ADDED i2']);
    });

    test('a watch from the future is refused', async () => {
      const stop = new AbortController();
      const watching = collect(
        api.watch(CONFIG_MAPS, { after: 1_000_000_000, signal: stop.signal }),
        1,
        stop,
      );
      await assert.rejects(watching, ApiError);
    });

    testTransactions(() => api, NS);

    test('the log tells what was written, by whom and why', async () => {
      const { revision: from } = await api.list(CONFIG_MAPS);
      const created = await api.create(
        CONFIG_MAPS,
        { metadata: at('logged') },
        { because: 'so – said “somebody”', requestId: 'request-1' },
      );
      const deleted = await api.delete(CONFIG_MAPS, at('logged'));
      const records = [];
      for await (const chunk of api.readLog({ after: from, resources: ['configmaps'], name: 'logged' })) {
        records.push(...chunk.records);
      }
      assert.deepEqual(
        records.map(({ rev, op, key, prevRev }) => [rev, op, key.name, prevRev]),
        [
          [created.revision, 'create', 'logged', 0],
          [deleted.revision, 'delete', 'logged', created.revision],
        ],
      );
      const because = subject.trusted ? 'so – said “somebody”' : undefined;
      assert.equal(records[0]?.provenance.because, because);
      assert.equal(records[0]?.provenance.requestId, 'request-1');
      assert.equal(records[0]?.uid, created.object.metadata.uid);
    });

    test('the head of the log is told at once and at every change', async () => {
      const stop = new AbortController();
      const heads = api.watchHead(stop.signal)[Symbol.asyncIterator]();
      const first = await heads.next();
      assert.ok(!first.done);
      const { revision } = await make('moves-the-head');
      for (;;) {
        const next = await heads.next();
        assert.ok(!next.done);
        assert.equal(next.value.logId, first.value.logId);
        if (next.value.rev >= revision) break;
      }
      stop.abort();
      assert.equal((await heads.next()).done, true);
    });

    test('a collection is deleted by its labels', async () => {
      for (const name of ['d1', 'd2']) await make(name, {}, { collection: 'yes' });
      await make('d3', {}, { collection: 'no' });
      const { count } = await api.deleteCollection(CONFIG_MAPS, {
        namespace: NS,
        labelSelector: 'collection=yes',
      });
      assert.equal(count, 2);
      const { items } = await api.list(CONFIG_MAPS, { namespace: NS, labelSelector: 'collection' });
      assert.deepEqual(
        items.map(({ metadata }) => metadata.name),
        ['d3'],
      );
    });

    test('a call that is aborted ends with the reason', async () => {
      const reason = new ApiError('ServiceUnavailable', 'no longer wanted');
      await assert.rejects(api.get(CONFIG_MAPS, at('x'), { signal: AbortSignal.abort(reason) }), reason);
    });
  });
}
