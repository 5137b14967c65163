import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Head } from '@reckon/api';
import type { Store } from '../../types.ts';
import { type ContractOptions, commit, committed, creation, pod, transaction } from './harness.ts';

export function testFollowing({ name, world }: ContractOptions): void {
  test(`${name}: every API server hears of every commit, in order`, async (t) => {
    const { open } = await world(t);
    const [mine, other] = [await open(), await open()];
    const heard = [mine, other].map((store) => {
      const revs: number[] = [];
      store.onHead((head) => revs.push(head.rev));
      return { revs, through: waitForHead(store, (head) => head.rev >= 20) };
    });
    for (let i = 0; i < 20; i++)
      await committed(commit(i % 2 === 0 ? mine : other, creation({ key: pod(`p${i}`) })));
    for (const { revs, through } of heard) {
      await through;
      assert.deepEqual(
        revs,
        [...new Set(revs)].sort((a, b) => a - b),
      );
      assert.equal(revs.at(-1), 20);
    }
    assert.equal(mine.lastHead().rev, 20);
    assert.deepEqual(mine.lastHead(), await other.head());
  });

  test(`${name}: what a store has committed it tells in order, before it answers`, async (t) => {
    const { open } = await world(t);
    const [mine, other] = [await open(), await open()];
    const told: { rev: number; requestId: string }[] = [];
    const stop = mine.onCommit((records) => {
      told.push(...records.map(({ rev, provenance }) => ({ rev, requestId: provenance.requestId })));
    });
    const mineTold = Array.from({ length: 10 }, async (_, i) => {
      const one = transaction([creation({ key: pod(`mine-${i}`) })]);
      const rev = await committed(mine.commit(one));
      assert.deepEqual(
        told.find((record) => record.rev === rev),
        { rev, requestId: one.provenance.requestId },
      );
    });
    const others = Array.from({ length: 10 }, (_, i) => commit(other, creation({ key: pod(`other-${i}`) })));
    await Promise.all([...mineTold, ...others]);
    const revs = told.map(({ rev }) => rev);
    assert.deepEqual(
      revs,
      revs.toSorted((a, b) => a - b),
    );
    assert.equal(revs.length, 10);
    stop();
    await committed(commit(mine, creation({ key: pod('untold') })));
    assert.equal(told.length, 10);
  });

  test(`${name}: a log that is replaced gets a new id, and whoever read the old one must read again`, async (t) => {
    const { open } = await world(t);
    const [mine, other] = [await open(), await open()];
    await committed(commit(mine, creation({ key: pod('a') })));
    const { logId } = await mine.head();
    const otherHears = waitForHead(other, (head) => head.logId !== logId);
    const replaced = await mine.replaceLogId({ expected: logId, because: 'a test' });
    assert.notEqual(replaced.logId, logId);
    assert.equal(replaced.rev, 1);
    assert.deepEqual(mine.lastHead(), replaced);
    assert.deepEqual(await otherHears, replaced);
    assert.deepEqual(await other.replaceLogId({ expected: logId, because: 'too late' }), replaced);
    for (const store of [mine, other]) {
      const stale = store.commit(transaction([creation({ key: pod('b') })], { logId }));
      await assert.rejects(stale, { reason: 'Gone' });
    }
    assert.equal(await committed(commit(other, creation({ key: pod('b') }))), 2);
    const present = transaction([creation({ key: pod('c') })], { logId: replaced.logId });
    assert.equal(await committed(mine.commit(present)), 3);
  });

  test(`${name}: one leads at a time, and the next one follows when he gives up`, async (t) => {
    const { open } = await world(t);
    const [mine, other] = [await open(), await open()];
    const ended = new AbortController();
    const first = await mine.leaderLock('relay').acquire(ended.signal);
    const elsewhere = await other.leaderLock('another').acquire(ended.signal);
    let second = false;
    const waiting = other
      .leaderLock('relay')
      .acquire(ended.signal)
      .then((leadership) => {
        second = true;
        return leadership;
      });
    await other.head();
    assert.equal(second, false);
    assert.equal(first.lost.aborted, false);
    await first.release();
    assert.equal(first.lost.aborted, true);
    const next = await waiting;
    const impatient = new AbortController();
    const third = mine.leaderLock('relay').acquire(impatient.signal);
    impatient.abort(new Error('tired'));
    await assert.rejects(third, /tired/);
    await next.release();
    await elsewhere.release();
  });

  test(`${name}: a closed store says that it is not available`, async (t) => {
    const store = await (await world(t)).open();
    await store.close();
    await assert.rejects(commit(store, creation({ key: pod('a') })), { reason: 'ServiceUnavailable' });
    await assert.rejects(store.get(pod('a')), { reason: 'ServiceUnavailable' });
  });
}

/** The first head that is as wanted, the present one included. */
export function waitForHead(store: Store, wanted: (head: Head) => boolean): Promise<Head> {
  return new Promise((resolve) => {
    const stop = store.onHead(check);
    function check(head: Head): void {
      if (!wanted(head)) return;
      stop();
      resolve(head);
    }
    check(store.lastHead());
  });
}
