import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FairShare } from './fair-share.ts';

/** Whether it begins at once; if not, it waits no longer than for the next place. */
const begins = (share: FairShare, user: string): boolean => {
  let begun = false;
  share.enter(user, () => {
    begun = true;
  });
  return begun;
};

const asMany = (share: FairShare, user: string): number => {
  let entered = 0;
  while (begins(share, user)) entered++;
  return entered;
};

test('one user alone gets half of the places, and the next ones find theirs', () => {
  const share = new FairShare(120, 0);
  assert.equal(asMany(share, 'flood'), 60);
  assert.equal(asMany(share, 'second'), 40);
  assert.equal(begins(share, 'third'), true);
  for (let i = 0; i < 60; i++) share.leave('flood');
  assert.equal(begins(share, 'flood'), true);
});

test('who finds no place waits behind his own, and the users who wait get the next places in turns', () => {
  const share = new FairShare(4, 2);
  const begun: string[] = [];
  const enter = (user: string, name: string) => share.enter(user, () => begun.push(name));
  for (const name of ['a1', 'a2', 'a3', 'a4']) assert.equal(enter('a', name), true);
  assert.equal(enter('a', 'a5'), false, 'two wait already');
  for (const name of ['b1', 'b2', 'b3', 'b4']) enter('b', name);
  assert.deepEqual(begun, ['a1', 'a2', 'b1']);
  share.leave('a');
  share.leave('a');
  share.leave('b');
  assert.deepEqual(begun.slice(3), ['a3', 'b2']);
  share.leave('a');
  share.leave('b');
  assert.deepEqual(begun.slice(5), ['a4', 'b3']);
});

test('whatever others do, who has nothing under way is let in as long as there are places', () => {
  const steps = fc.array(fc.record({ user: fc.integer({ min: 0, max: 5 }), leaves: fc.boolean() }));
  fc.assert(
    fc.property(steps, (taken) => {
      const share = new FairShare(20, 0);
      const counts = new Map<number, number>();
      for (const { user, leaves } of taken) {
        const own = counts.get(user) ?? 0;
        const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
        if (leaves && own > 0) {
          share.leave(String(user));
          counts.set(user, own - 1);
        } else if (begins(share, String(user))) counts.set(user, own + 1);
        else assert.ok(own > 0 || total === 20);
      }
    }),
  );
});

test('nobody waits while there is a place for him, whoever comes and goes', () => {
  const steps = fc.array(fc.record({ user: fc.integer({ min: 0, max: 3 }), leaves: fc.boolean() }));
  fc.assert(
    fc.property(steps, (taken) => {
      const share = new FairShare(6, 3);
      const going: string[] = [];
      for (const { user, leaves } of taken) {
        const name = String(user);
        const at = going.indexOf(name);
        if (leaves && at >= 0) {
          going.splice(at, 1);
          share.leave(name);
        } else share.enter(name, () => going.push(name));
        const idle = ['0', '1', '2', '3'].filter((one) => !going.includes(one) && share.waiting(one) > 0);
        assert.ok(idle.length === 0 || going.length === 6, 'who has nothing under way waits for nothing');
      }
      for (let left = going.pop(); left !== undefined; left = going.pop()) share.leave(left);
      for (const one of ['0', '1', '2', '3']) assert.equal(share.waiting(one), 0);
    }),
  );
});
