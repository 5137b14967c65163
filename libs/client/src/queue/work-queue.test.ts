import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, VirtualClock } from '@reckon/service';
import fc from 'fast-check';
import { WorkQueue } from './work-queue.ts';

test('a key that is added many times before it is taken is given out once, with the latest cause', async () => {
  const queue = new WorkQueue({ clock: new VirtualClock() });
  queue.add('a', 1);
  queue.add('b', 2);
  queue.add('a', 3);
  queue.add('a');
  assert.deepEqual(await queue.take(), { key: 'a', cause: 3, waitedMs: 0 });
  assert.deepEqual(await queue.take(), { key: 'b', cause: 2, waitedMs: 0 });
  assert.equal(queue.depth, 0);
});

test('a key that is added while it is processed is given out again only when that pass is done', async () => {
  const queue = new WorkQueue({ clock: new VirtualClock() });
  queue.add('a', 1);
  await queue.take();
  queue.add('a', 2);
  queue.add('a', 3);
  assert.equal(queue.depth, 0);
  queue.done('a');
  assert.equal((await queue.take())?.cause, 3);
  queue.done('a');
  assert.equal(queue.depth, 0);
  assert.equal(queue.processing, 0);
});

test('whoever waits gets the next key at once', async () => {
  const queue = new WorkQueue({ clock: new VirtualClock() });
  const first = queue.take();
  const second = queue.take();
  queue.add('a');
  queue.add('b');
  assert.equal((await first)?.key, 'a');
  assert.equal((await second)?.key, 'b');
});

test('a key with a time becomes ready when the time comes, the earliest of several', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  queue.addAt('a', clock.nowMs() + 500);
  queue.addAt('a', clock.nowMs() + 200);
  queue.addAt('a', clock.nowMs() + 300);
  queue.addAt('b', clock.nowMs() + 100);
  await clock.advance(99);
  assert.equal(queue.depth, 0);
  await clock.advance(1);
  assert.equal((await queue.take())?.key, 'b');
  await clock.advance(100);
  assert.equal((await queue.take())?.key, 'a');
  await clock.advance(1_000);
  assert.equal(queue.depth, 0);
});

test('taking a key voids its appointment', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  queue.addAt('a', clock.nowMs() + 100);
  queue.add('a');
  await queue.take();
  queue.done('a');
  await clock.advance(1_000);
  assert.equal(queue.depth, 0);
  assert.equal(clock.nextAtMs(), undefined);
});

test('retries back off by doubling up to the maximum, and start again after forget', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock, backoff: { baseMs: 10, maxMs: 45 } });
  const delays: number[] = [];
  const passes = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const startMs = clock.nowMs();
      queue.retry('a');
      while (queue.depth === 0) await clock.advance(1);
      await queue.take();
      queue.done('a');
      delays.push(clock.nowMs() - startMs);
    }
  };
  await passes(5);
  assert.equal(queue.retries('a'), 5);
  queue.forget('a');
  await passes(1);
  assert.deepEqual(delays, [10, 20, 40, 45, 45, 10]);
});

test('an appointment further off than one timer waits is kept', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  const dayMs = 24 * 3600 * 1000;
  queue.addAt('a', clock.nowMs() + dayMs);
  await clock.advance(dayMs - 1);
  assert.equal(queue.depth, 0);
  await clock.advance(1);
  assert.equal(queue.depth, 1);
});

test('a closed queue gives out nothing and leaves no timer', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  const waiting = queue.take();
  queue.addAt('a', clock.nowMs() + 100);
  queue.close();
  queue.add('b');
  assert.equal(await waiting, undefined);
  assert.equal(await queue.take(), undefined);
  assert.equal(clock.nextAtMs(), undefined);
});

test('no key is ever worked on twice at once and none is lost, whatever the order of operations', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 200 }), fc.nat(), async (operations, seed) => {
      const clock = new VirtualClock();
      const random = new SeededRandom(seed);
      const queue = new WorkQueue({ clock });
      const wanted = new Set<string>();
      const working = new Set<string>();
      const start = async () => {
        const work = await queue.take();
        assert.ok(work && !working.has(work.key));
        working.add(work.key);
        wanted.delete(work.key);
      };
      for (const operation of operations) {
        const key = `k${Math.floor(random.next() * 5)}`;
        if (operation === 0) {
          queue.add(key);
          wanted.add(key);
        } else if (operation === 1) {
          queue.addAt(key, clock.nowMs() + Math.floor(random.next() * 5));
          wanted.add(key);
        } else if (operation === 2 && queue.depth > 0) {
          await start();
        } else if (working.has(key)) {
          working.delete(key);
          queue.done(key);
        }
      }
      await clock.advance(10);
      for (const key of working) queue.done(key);
      working.clear();
      while (queue.depth > 0) await start();
      assert.deepEqual([...wanted], []);
    }),
    { numRuns: 200 },
  );
});
