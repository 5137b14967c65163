import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Pending } from './pending.ts';
import { CommitQueue } from './queue.ts';

const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 });
const transactions = fc.array(fc.record({ written: keys, demanded: keys }), { maxLength: 40 });

function pending(written: readonly string[], demanded: readonly string[]): Pending {
  return {
    transaction: { writes: [], provenance: { actor: '', requestId: '' } },
    bodies: [],
    logId: 'log',
    written,
    demanded,
    bytes: 100,
    resolve: () => undefined,
    reject: () => undefined,
  };
}

function batchesOf(queue: CommitQueue): (readonly Pending[])[] {
  const batches: (readonly Pending[])[] = [];
  while (!queue.isEmpty) batches.push(queue.takeBatch());
  return batches;
}

test('no batch holds two transactions of which one writes what the other writes or demands', () => {
  fc.assert(
    fc.property(transactions, (all) => {
      const queue = new CommitQueue();
      for (const { written, demanded } of all) queue.push(pending(written, demanded));
      for (const batch of batchesOf(queue)) {
        for (const one of batch) {
          for (const other of batch) {
            if (one === other) continue;
            const touched = [...other.written, ...other.demanded];
            assert.ok(!one.written.some((key) => touched.includes(key)));
          }
        }
      }
    }),
  );
});

test('every transaction is taken once, and those that collide are taken in the order they came', () => {
  fc.assert(
    fc.property(transactions, (all) => {
      const queue = new CommitQueue();
      const pushed = all.map(({ written, demanded }) => pending(written, demanded));
      for (const one of pushed) queue.push(one);
      const batches = batchesOf(queue);
      assert.ok(batches.every((batch) => batch.length > 0));
      const taken = batches.flat();
      assert.deepEqual(new Set(taken), new Set(pushed));
      assert.equal(taken.length, pushed.length);
      const turn = new Map(taken.map((one, i) => [one, i]));
      pushed.forEach((early, i) => {
        for (const late of pushed.slice(i + 1)) {
          const collide = early.written.some((key) => late.written.includes(key));
          if (collide) assert.ok((turn.get(early) ?? 0) < (turn.get(late) ?? 0));
        }
      });
    }),
  );
});

test('a batch is bounded, whatever waits', () => {
  const queue = new CommitQueue();
  for (let i = 0; i < 600; i++) queue.push(pending([`k${i}`], []));
  assert.deepEqual(
    batchesOf(queue).map((batch) => batch.length),
    [256, 256, 88],
  );
  const large = { ...pending(['x'], []), bytes: 3 * 1024 * 1024 };
  for (let i = 0; i < 3; i++) queue.push({ ...large, written: [`x${i}`] });
  assert.deepEqual(
    batchesOf(queue).map((batch) => batch.length),
    [1, 1, 1],
  );
});

test('what is given up while it waits is refused, and not committed', () => {
  const queue = new CommitQueue();
  const client = new AbortController();
  const refused: string[] = [];
  const givenUp = pending(['a'], []);
  queue.push({
    ...givenUp,
    transaction: { ...givenUp.transaction, signal: client.signal },
    reject: ({ reason }) => refused.push(reason),
  });
  queue.push(pending(['b'], []));
  client.abort();
  assert.deepEqual(
    queue.takeBatch().map(({ written }) => written),
    [['b']],
  );
  assert.deepEqual(refused, ['Timeout']);
});
