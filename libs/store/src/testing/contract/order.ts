import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommitResult } from '../../types.ts';
import {
  type ContractOptions,
  change,
  commit,
  committed,
  creation,
  decoded,
  pod,
  snapshotOf,
  transaction,
  wholeLog,
} from './harness.ts';

export function testOrder({ name, world }: ContractOptions): void {
  test(`${name}: L1: revisions are gapless and in commit order when two API servers commit at once`, async (t) => {
    const { open } = await world(t);
    const stores = [await open(), await open()];
    const answers = await Promise.all(
      stores.flatMap((store, s) =>
        Array.from({ length: 60 }, async (_, i) => {
          const created = transaction([creation({ key: pod(`pod-${s}-${i}`) })]);
          const first = await store.commit(created);
          assert.ok(first.ok);
          const updated = transaction([
            change('update', first.lastRev, { key: pod(`pod-${s}-${i}`), value: { i } }),
          ]);
          const second = await store.commit(updated);
          assert.ok(second.ok);
          assert.ok(second.firstRev > first.lastRev);
          return [
            { requestId: created.provenance.requestId, answer: first },
            { requestId: updated.provenance.requestId, answer: second },
          ];
        }),
      ),
    );
    for (const store of stores) {
      const log = await wholeLog(store, 17);
      assert.deepEqual(
        log.map((record) => record.rev),
        Array.from({ length: 240 }, (_, i) => i + 1),
      );
      for (const { requestId, answer } of answers.flat()) {
        const record = log[answer.firstRev - 1];
        assert.equal(record?.provenance.requestId, requestId);
        assert.equal(record?.atMs, answer.atMs);
      }
      assert.ok(log.every((record, i) => i === 0 || record.atMs >= (log[i - 1]?.atMs ?? 0)));
      assert.equal((await store.head()).rev, 240);
    }
  });

  test(`${name}: L2: of many who name the same revision one wins, and the others are told what is there`, async (t) => {
    const { open } = await world(t);
    const stores = [await open(), await open()];
    const [first, second] = stores;
    assert.ok(first && second);
    const key = pod('contended');
    let rev = await committed(commit(first, creation({ key, value: { n: 0 } })));
    for (let n = 1; n <= 5; n++) {
      const answers: CommitResult[] = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          commit(stores[i % 2] ?? first, change('update', rev, { key, value: { n, i } })),
        ),
      );
      const winners = answers.filter((answer) => answer.ok);
      assert.equal(winners.length, 1);
      rev++;
      for (const answer of answers) {
        if (answer.ok) continue;
        const { current, ...conflict } = answer.conflict;
        assert.deepEqual(conflict, { demand: 'write', index: 0, key });
        assert.equal(current?.rev, rev);
        assert.equal((decoded(current) as { n: number }).n, n);
      }
    }
    assert.equal((await wholeLog(second)).length, 6);
  });

  test(`${name}: L2: every kind of write succeeds only against the state that it names`, async (t) => {
    const store = await (await world(t)).open();
    const key = pod('a');
    const nothing = { ok: false, conflict: { demand: 'write', index: 0, key, current: undefined } };
    assert.deepEqual(await commit(store, change('update', 1, { key })), nothing);
    assert.deepEqual(await commit(store, change('delete', 1, { key })), nothing);
    assert.equal(await committed(commit(store, creation({ key, uid: 'first' }))), 1);
    const present = await store.get(key);
    const taken = { ok: false, conflict: { demand: 'write', index: 0, key, current: present } };
    assert.deepEqual(await commit(store, creation({ key })), taken);
    assert.deepEqual(await commit(store, change('update', 2, { key })), taken);
    assert.deepEqual(await commit(store, change('delete', 2, { key })), taken);
    assert.equal(await committed(commit(store, change('delete', 1, { key, value: { last: true } }))), 2);
    assert.equal(await store.get(key), undefined);
    assert.deepEqual(await commit(store, change('update', 2, { key })), nothing);
    assert.equal(await committed(commit(store, creation({ key, uid: 'second' }))), 3);
    assert.equal((await store.get(key))?.uid, 'second');
    assert.deepEqual(
      (await wholeLog(store)).map(({ rev, op, prevRev, uid }) => ({ rev, op, prevRev, uid })),
      [
        { rev: 1, op: 'create', prevRev: 0, uid: 'first' },
        { rev: 2, op: 'delete', prevRev: 1, uid: 'uid-of-a' },
        { rev: 3, op: 'create', prevRev: 0, uid: 'second' },
      ],
    );
  });

  test(`${name}: a transaction is all or nothing, at consecutive revisions, and says which demand failed`, async (t) => {
    const store = await (await world(t)).open();
    const [a, b, c] = [pod('a'), pod('b'), pod('c')];
    assert.deepEqual(
      { ...(await commit(store, creation({ key: a }), creation({ key: b }))), atMs: 0 },
      { ok: true, firstRev: 1, lastRev: 2, atMs: 0 },
    );
    const refused = await commit(
      store,
      creation({ key: c }),
      change('update', 1, { key: b }),
      change('delete', 9, { key: a }),
    );
    assert.ok(!refused.ok);
    assert.equal(refused.conflict.index, 1);
    assert.deepEqual(refused.conflict.key, b);
    assert.equal(refused.conflict.current?.rev, 2);
    assert.deepEqual([...(await snapshotOf(store)).keys()].sort(), ['pods/default/a', 'pods/default/b']);
    assert.equal((await store.head()).rev, 2);
  });

  test(`${name}: conditions on other objects are checked in the same commit`, async (t) => {
    const store = await (await world(t)).open();
    const lease = { resource: 'leases.coordination.k8s.io', namespace: 'kube-system', name: 'controllers' };
    const claim = { resource: 'ipclaims', namespace: '', name: '10.96.0.7' };
    const leaseRev = await committed(commit(store, creation({ key: lease })));
    const fenced = (rev: number, name: string) =>
      store.commit(
        transaction([creation({ key: pod(name) })], {
          conditions: [
            { key: claim, rev: 0 },
            { key: lease, rev },
          ],
        }),
      );
    assert.equal(await committed(fenced(leaseRev, 'a')), 2);
    const renewed = await committed(commit(store, change('update', leaseRev, { key: lease })));
    const stale = await fenced(leaseRev, 'b');
    assert.ok(!stale.ok);
    assert.deepEqual(
      { ...stale.conflict, current: stale.conflict.current?.rev },
      { demand: 'condition', index: 1, key: lease, current: renewed },
    );
    await committed(commit(store, creation({ key: claim })));
    const taken = await fenced(renewed, 'c');
    assert.ok(!taken.ok);
    assert.deepEqual([taken.conflict.demand, taken.conflict.index], ['condition', 0]);
    const only = await store.commit(transaction([], { conditions: [{ key: lease, rev: renewed }] }));
    assert.ok(only.ok);
    assert.deepEqual([only.firstRev, only.lastRev], [5, 4]);
  });

  test(`${name}: those who come at the same moment each get their own answer`, async (t) => {
    const store = await (await world(t)).open();
    const lease = { resource: 'leases.coordination.k8s.io', namespace: 'kube-system', name: 'controllers' };
    const leaseRev = await committed(commit(store, creation({ key: lease })));
    await committed(commit(store, creation({ key: pod('taken') })));
    const holding = { conditions: [{ key: lease, rev: leaseRev }] };
    const [a, taken, b, twice, again, wrong] = await Promise.all([
      store.commit(transaction([creation({ key: pod('a') })], holding)),
      store.commit(transaction([creation({ key: pod('x') }), creation({ key: pod('taken') })], holding)),
      store.commit(transaction([creation({ key: pod('b') }), creation({ key: pod('b2') })], holding)),
      commit(store, creation({ key: pod('twice'), value: 1 })),
      commit(store, creation({ key: pod('twice'), value: 2 })),
      store.commit(
        transaction([creation({ key: pod('c') })], { conditions: [{ key: pod('taken'), rev: 0 }] }),
      ),
    ]);
    assert.ok(a.ok && b.ok && !taken.ok && !wrong.ok);
    assert.equal(taken.conflict.index, 1);
    assert.deepEqual([wrong.conflict.demand, wrong.conflict.index], ['condition', 0]);
    assert.equal(b.lastRev, b.firstRev + 1);
    assert.ok(twice.ok && !again.ok);
    assert.equal(again.conflict.current?.rev, twice.lastRev);
    assert.deepEqual(
      (await wholeLog(store))
        .slice(2)
        .map(({ key }) => key.name)
        .sort(),
      ['a', 'b', 'b2', 'twice'],
    );
    assert.equal(await store.get(pod('x')), undefined);
  });

  test(`${name}: what cannot be stored is refused and takes nobody else with it`, async (t) => {
    const store = await (await world(t)).open();
    const bad = [
      transaction([creation({ key: pod('a\0b') })]),
      transaction([creation({ key: pod('n'.repeat(2001)) })]),
      transaction([creation({ key: pod('a') }), creation({ key: pod('a') })]),
      transaction([change('update', 0, { key: pod('a') })]),
      transaction([change('update', 1.5, { key: pod('a') })]),
      transaction([creation({ key: pod('a') })], { provenance: { actor: 'a\0', requestId: 'r' } }),
    ].map((one) => store.commit(one));
    const good = commit(store, creation({ key: pod('good') }));
    for (const one of bad) await assert.rejects(one, { name: 'ApiError', reason: 'BadRequest' });
    assert.equal(await committed(good), 1);
  });
}
