import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PODS } from '../resources.ts';
import { NS, ProjectionWorld, TestFeed } from '../testing/projection-world.ts';

test('whatever the feed delivers, loses, repeats or delays, the projection ends as the fold of the log', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ write: fc.nat(9), feed: fc.nat(5), waitMs: fc.nat(120) }), { maxLength: 40 }),
      async (steps) => {
        const feed = new TestFeed();
        const world = new ProjectionWorld({ feed, resources: [PODS] });
        await world.start();
        let fed = world.api.head.rev;
        for (const { write, feed: what, waitMs } of steps) {
          const name = `p${write % 4}`;
          const target = { namespace: NS, name };
          const there = await world.api.get(PODS, target).catch(() => undefined);
          if (!there) await world.pod(name);
          else if (write < 5) await world.api.delete(PODS, target);
          else
            await world.api.patch(PODS, target, {
              type: 'merge',
              value: { metadata: { labels: { write: String(world.api.head.rev) } } },
            });
          const records = await world.records(fed);
          if (what < 2) feed.push(records);
          else if (what === 2) feed.push(records.slice(1));
          else if (what === 3) feed.push((await world.records(0)).slice(-5));
          if (what < 4) fed = world.api.head.rev;
          await world.clock.advance(waitMs);
        }
        await world.clock.advance(1_000);
        const { items } = await world.api.list(PODS);
        assert.deepEqual(world.projection.list(PODS), items);
        assert.equal(world.projection.revision, world.api.head.rev);
        await world.projection.stop();
      },
    ),
    { numRuns: 60 },
  );
});
