import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FairShare } from './fair-share.ts';

const asMany = (share: FairShare, user: string): number => {
  let entered = 0;
  while (share.enter(user)) entered++;
  return entered;
};

test('one user alone gets half of the places, and the next ones find theirs', () => {
  const share = new FairShare(120);
  assert.equal(asMany(share, 'flood'), 60);
  assert.equal(asMany(share, 'second'), 40);
  assert.equal(share.enter('third'), true);
  for (let i = 0; i < 60; i++) share.leave('flood');
  assert.equal(share.enter('flood'), true);
});

test('whatever others do, who has nothing under way is let in as long as there are places', () => {
  const steps = fc.array(fc.record({ user: fc.integer({ min: 0, max: 5 }), leaves: fc.boolean() }));
  fc.assert(
    fc.property(steps, (taken) => {
      const share = new FairShare(20);
      const counts = new Map<number, number>();
      for (const { user, leaves } of taken) {
        const own = counts.get(user) ?? 0;
        const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
        if (leaves && own > 0) {
          share.leave(String(user));
          counts.set(user, own - 1);
        } else if (share.enter(String(user))) counts.set(user, own + 1);
        else assert.ok(own > 0 || total === 20);
      }
    }),
  );
});
