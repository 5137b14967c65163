import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StoredObject } from '../../types.ts';
import {
  bodyOf,
  type ContractOptions,
  change,
  commit,
  committed,
  creation,
  decoded,
  pod,
  snapshotOf,
  stateAt,
  transaction,
  wholeLog,
} from './harness.ts';

const lease = { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', name: 'worker-1' };

export function testState({ name, world }: ContractOptions): void {
  test(`${name}: L3: the state is the fold of the log, at every revision`, async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: fc.integer({ min: 0, max: 7 }), remove: fc.boolean() }), {
          minLength: 1,
          maxLength: 25,
        }),
        async (steps) => {
          const store = await (await world(t)).open();
          const states: StoredObject[][] = [[]];
          const live = new Map<string, StoredObject>();
          for (const [i, step] of steps.entries()) {
            const key = pod(`p${step.name}`, step.name % 2 === 0 ? 'even' : 'odd');
            const present = live.get(key.name);
            const value = { i };
            const write = !present
              ? creation({ key, uid: `uid-${i}`, value })
              : change(step.remove ? 'delete' : 'update', present.rev, { key, uid: present.uid, value });
            const rev = await committed(commit(store, write));
            if (write.op === 'delete') live.delete(key.name);
            else live.set(key.name, { key, uid: write.uid, rev, body: bodyOf(value) });
            states.push([...live.values()].sort((a, b) => (a.key.name < b.key.name ? -1 : 1)));
          }
          for (const [rev, state] of states.entries()) {
            const byName = (await stateAt(store, rev)).map(plain);
            byName.sort((a, b) => (a.name < b.name ? -1 : 1));
            assert.deepEqual(byName, state.map(plain), `at revision ${rev}`);
            for (const n of [0, 3, 6]) {
              const key = pod(`p${n}`, n % 2 === 0 ? 'even' : 'odd');
              const expected = state.find((object) => object.key.name === key.name);
              assert.deepEqual(decoded(await store.getAt(key, rev)), decoded(expected));
            }
          }
          const last = states.at(-1) ?? [];
          assert.deepEqual(
            [...(await snapshotOf(store)).values()].map(plain).sort(byRev),
            last.map(plain).sort(byRev),
          );
        },
      ),
      { numRuns: 8 },
    );
  });

  test(`${name}: L3: a snapshot is of one revision although others go on writing while it is read`, async (t) => {
    const { open } = await world(t);
    const [reader, writer] = [await open(), await open()];
    const revs = new Map<string, number>();
    for (let i = 0; i < 30; i++)
      revs.set(`p${i}`, await committed(commit(writer, creation({ key: pod(`p${i}`), value: 'old' }))));
    const snapshot = await reader.snapshot();
    const seen: StoredObject[] = [];
    let first = true;
    const disturb = async () => {
      for (let i = 0; i < 10; i++) {
        const rev = await committed(
          commit(writer, change('update', revs.get(`p${i}`) ?? 0, { key: pod(`p${i}`), value: 'new' })),
        );
        await committed(commit(writer, change('update', rev, { key: pod(`p${i}`), value: 'newer' })));
      }
      for (let i = 10; i < 20; i++) {
        await committed(
          commit(writer, change('delete', revs.get(`p${i}`) ?? 0, { key: pod(`p${i}`), value: 'last' })),
        );
      }
      await committed(commit(writer, creation({ key: pod('p10'), value: 'another' })));
      await committed(commit(writer, creation({ key: pod('late'), value: 'late' })));
    };
    await disturb();
    for await (const page of snapshot.pages) {
      if (first) first = false;
      seen.push(...page);
    }
    assert.equal(snapshot.head.rev, 30);
    assert.deepEqual(seen.map(({ key, rev }) => [key.name, rev]).sort(), [...revs.entries()].sort());
    assert.ok(seen.every((object) => decoded(object) === 'old'));
  });

  test(`${name}: each write of a transaction tells its own verb, also where others of its batch fail`, async (t) => {
    const store = await (await world(t)).open();
    const provenance = { actor: 'jane', requestId: 'r-1', via: 'transact' };
    const x = (podName: string, via?: string) => ({ ...creation({ key: pod(podName, 'x'), value: 1 }), via });
    const [first, failed, ...others] = await Promise.all([
      store.commit(transaction([x('a')], { provenance: { ...provenance, via: 'create' } })),
      store.commit(transaction([x('b', 'lost'), change('update', 99, { key: pod('c', 'x'), value: 1 })])),
      store.commit(transaction([x('d', 'transact/create'), x('e')], { provenance })),
      store.commit(transaction([x('f', 'transact/apply')], { provenance })),
    ]);
    assert.deepEqual([first.ok, failed.ok, ...others.map(({ ok }) => ok)], [true, false, true, true]);
    const { records } = await store.readLog({ after: 0 });
    assert.deepEqual(Object.fromEntries(records.map(({ key, provenance: { via } }) => [key.name, via])), {
      a: 'create',
      d: 'transact/create',
      e: 'transact',
      f: 'transact/apply',
    });
  });

  test(`${name}: the log is read by ranges, filters and limits, with what each record replaced`, async (t) => {
    const store = await (await world(t)).open();
    const provenance = {
      actor: 'jane',
      requestId: 'r-1',
      cause: 1,
      because: 'ein Grund – 理由',
      via: 'patch',
    };
    await committed(commit(store, creation({ key: pod('a', 'x'), value: 1 })));
    await committed(
      store.commit(transaction([change('update', 1, { key: pod('a', 'x'), value: 2 })], { provenance })),
    );
    await committed(
      commit(store, creation({ key: { resource: 'nodes', namespace: '', name: 'n' }, value: 3 })),
    );
    await committed(commit(store, creation({ key: pod('b', 'y'), value: 4 })));
    await committed(commit(store, change('delete', 2, { key: pod('a', 'x'), value: 5 })));
    const revs = async (options: Parameters<typeof store.readLog>[0]) => {
      const { records, through, head } = await store.readLog(options);
      assert.equal(head.rev, 5);
      return [records.map((record) => record.rev), through];
    };
    assert.deepEqual(await revs({ after: 0 }), [[1, 2, 3, 4, 5], 5]);
    assert.deepEqual(await revs({ after: 1, through: 3 }), [[2, 3], 3]);
    assert.deepEqual(await revs({ after: 1, limit: 2 }), [[2, 3], 3]);
    assert.deepEqual(await revs({ after: 0, maxBytes: 1 }), [[1], 1]);
    const [first] = (await store.readLog({ after: 0, limit: 1 })).records;
    assert.deepEqual(await revs({ after: 0, maxBytes: (first?.body?.length ?? 0) + 1 }), [[1, 2], 2]);
    assert.deepEqual(await revs({ after: 4, maxBytes: 1 }), [[5], 5]);
    assert.deepEqual(await revs({ after: 5 }), [[], 5]);
    assert.deepEqual(await revs({ after: 0, filter: { resources: ['nodes', 'secrets'] } }), [[3], 5]);
    assert.deepEqual(await revs({ after: 0, filter: { namespace: 'x' } }), [[1, 2, 5], 5]);
    assert.deepEqual(await revs({ after: 0, filter: { resources: ['pods'], namespace: 'y', name: 'b' } }), [
      [4],
      5,
    ]);
    assert.deepEqual(await revs({ after: 0, limit: 1, filter: { resources: ['pods'] } }), [[1], 1]);
    const { records } = await store.readLog({ after: 0, previous: true });
    assert.deepEqual(
      records.map(({ previousBody, prevRev, op }) => [
        op,
        prevRev,
        previousBody && JSON.parse(new TextDecoder().decode(previousBody)),
      ]),
      [
        ['create', 0, undefined],
        ['update', 1, 1],
        ['create', 0, undefined],
        ['create', 0, undefined],
        ['delete', 2, 2],
      ],
    );
    assert.deepEqual(records.map(decoded), [1, 2, 3, 4, 5]);
    assert.deepEqual(records[1]?.provenance, provenance);
    const [fifth, none, second] = await store.records([5, 77, 2]);
    assert.deepEqual([fifth?.rev, none, second?.rev], [5, undefined, 2]);
  });

  test(`${name}: history tells all events of a name, of all its incarnations, newest first`, async (t) => {
    const store = await (await world(t)).open();
    const key = pod('a');
    await committed(commit(store, creation({ key, uid: 'one' })));
    await committed(commit(store, creation({ key: pod('a', 'elsewhere') })));
    await committed(commit(store, change('delete', 1, { key, uid: 'one' })));
    await committed(commit(store, creation({ key, uid: 'two' })));
    const revs = async (options?: Parameters<typeof store.history>[1]) =>
      (await store.history(key, options)).map((record) => record.rev);
    assert.deepEqual(await revs(), [4, 3, 1]);
    assert.deepEqual(await revs({ order: 'oldest' }), [1, 3, 4]);
    assert.deepEqual(await revs({ limit: 1, before: 4 }), [3]);
    assert.deepEqual(await revs({ after: 1, before: 4 }), [3]);
    assert.deepEqual(await store.history(pod('nobody')), []);
  });

  test(`${name}: what an event set off is found from its revision, and what somebody did from his name`, async (t) => {
    const store = await (await world(t)).open();
    const by = (actor: string, cause?: number) => ({ provenance: { actor, requestId: 'r', cause } });
    const made = (n: string, more: ReturnType<typeof by>) =>
      committed(store.commit(transaction([creation({ key: pod(n) })], more)));
    await made('a', by('jane'));
    await made('b', by('controller', 1));
    await made('c', by('scheduler', 2));
    await made('d', by('controller', 1));
    await made('e', by('jane'));
    const effects = async (causes: readonly number[], limit = 10) =>
      (await store.effects(causes, { limit })).map((record) => record.rev);
    assert.deepEqual(await effects([1]), [2, 4]);
    assert.deepEqual(await effects([2, 1]), [2, 3, 4]);
    assert.deepEqual(await effects([1], 1), [2]);
    assert.deepEqual(await effects([5]), []);
    assert.deepEqual(await effects([]), []);
    const { records } = await store.readLog({ after: 0, filter: { actor: 'jane' } });
    assert.deepEqual(
      records.map((record) => record.rev),
      [1, 5],
    );
    const { head, floor } = await store.kept();
    assert.deepEqual([head.rev, floor], [5, 0]);
  });

  test(`${name}: a moment is a revision`, async (t) => {
    const store = await (await world(t)).open();
    const times: number[] = [];
    for (let i = 0; i < 9; i++) {
      const answer = await commit(store, creation({ key: pod(`p${i}`) }));
      assert.ok(answer.ok);
      times.push(answer.atMs);
    }
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    assert.equal(await store.revisionAt(first - 1), 0);
    assert.equal(await store.revisionAt(last + 1), 9);
    for (const atMs of times) assert.equal(await store.revisionAt(atMs), times.lastIndexOf(atMs) + 1);
  });

  test(`${name}: a heartbeat keeps only its latest body, and nobody is told an old one`, async (t) => {
    const store = await (await world(t)).open();
    const beat = (n: number) => ({ key: lease, value: { n }, heartbeat: true });
    let rev = await committed(commit(store, creation(beat(0))));
    for (let n = 1; n <= 3; n++) rev = await committed(commit(store, change('update', rev, beat(n))));
    assert.deepEqual((await wholeLog(store)).map(decoded), [undefined, undefined, undefined, { n: 3 }]);
    assert.deepEqual(decoded(await store.get(lease)), { n: 3 });
    assert.deepEqual(decoded(await store.getAt(lease, 4)), { n: 3 });
    await assert.rejects(store.getAt(lease, 2), { reason: 'Expired' });
    await assert.rejects(store.listAt({ rev: 2, resource: lease.resource }), { reason: 'Expired' });
    assert.deepEqual([...(await snapshotOf(store)).values()].map(decoded), [{ n: 3 }]);
  });

  test(`${name}: nobody is told how things will be`, async (t) => {
    const store = await (await world(t)).open();
    await committed(commit(store, creation({ key: pod('a') })));
    const tooLarge = { reason: 'Timeout', message: 'Too large resource version: 2, current: 1' };
    await assert.rejects(store.getAt(pod('a'), 2), tooLarge);
    await assert.rejects(store.listAt({ rev: 2, resource: 'pods' }), tooLarge);
  });

  test(`${name}: a confidential body is read as it was written, and left out on demand`, async (t) => {
    const store = await (await world(t)).open();
    const key = { resource: 'secrets', namespace: 'default', name: 'password' };
    await committed(commit(store, creation({ key, value: 'one', confidential: true })));
    const lost = await commit(store, creation({ key, value: 'x', confidential: true }));
    assert.ok(!lost.ok);
    assert.equal(decoded(lost.conflict.current), 'one');
    await committed(commit(store, change('update', 1, { key, value: 'two', confidential: true })));
    await committed(commit(store, creation({ key: pod('a'), value: 'clear' })));
    assert.equal(decoded(await store.get(key)), 'two');
    assert.equal(decoded(await store.getAt(key, 1)), 'one');
    assert.deepEqual((await wholeLog(store)).map(decoded), ['one', 'two', 'clear']);
    assert.deepEqual((await store.history(key)).map(decoded), ['two', 'one']);
    const blind = await store.history(key, { withholdConfidential: true });
    assert.deepEqual(blind.map(decoded), [undefined, undefined]);
    const page = await store.readLog({ after: 0, previous: true, withholdConfidential: true });
    assert.deepEqual(
      page.records.map((record) => [record.confidential, decoded(record), record.previousBody]),
      [
        [true, undefined, undefined],
        [true, undefined, undefined],
        [false, 'clear', undefined],
      ],
    );
  });

  test(`${name}: L3: a transaction may end an object and begin another of its name, and demands the one that ends`, async (t) => {
    const store = await (await world(t)).open();
    const key = pod('phoenix');
    const first = await committed(commit(store, creation({ key, uid: 'old' })));
    const rebirth = (expected: number) =>
      commit(
        store,
        change('delete', expected, { key, uid: 'old' }),
        creation({ key, uid: 'new', value: 'risen' }),
      );
    const stale = await rebirth(first + 7);
    assert.ok(!stale.ok);
    assert.equal(stale.conflict.index, 0);
    assert.equal(stale.conflict.current?.rev, first);
    const rev = await committed(rebirth(first));
    assert.deepEqual(
      (await wholeLog(store)).map((record) => [record.rev, record.op, record.prevRev, record.uid]),
      [
        [first, 'create', 0, 'old'],
        [rev - 1, 'delete', first, 'old'],
        [rev, 'create', 0, 'new'],
      ],
    );
    const now = await store.get(key);
    assert.deepEqual([now?.rev, now?.uid, decoded(now)], [rev, 'new', 'risen']);
    assert.equal(await store.getAt(key, rev - 1), undefined);
    const taken = await commit(store, creation({ key, uid: 'third' }));
    assert.ok(!taken.ok);
    await assert.rejects(
      commit(store, change('update', rev, { key, uid: 'new' }), change('delete', rev, { key, uid: 'new' })),
      /may write an object only once/,
    );
  });
}

function plain(object: StoredObject) {
  return { name: object.key.name, rev: object.rev, uid: object.uid, value: decoded(object) };
}

function byRev(a: { readonly rev: number }, b: { readonly rev: number }): number {
  return a.rev - b.rev;
}
