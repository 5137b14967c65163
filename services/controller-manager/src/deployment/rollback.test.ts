import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCondition } from '@reckon/api';
import fc from 'fast-check';
import { deployment, NOW_MS } from '../testing/objects.ts';
import {
  apply,
  plan,
  settle,
  sizes,
  summary,
  type World,
  withStatus,
  withTemplate,
} from '../testing/rollout-world.ts';

const DEADLINE_MS = 60_000;
const ASKED = { metadata: { annotations: { 'reckon.dev/rollback-on-failure': 'true' } } };

function running(rest: Parameters<typeof deployment>[1] = ASKED): World {
  return settle({ desired: deployment({ replicas: 4, progressDeadlineSeconds: 60 }, rest), sets: [] });
}

const imageOf = ({ desired }: World) => desired.spec?.template?.spec?.containers?.[0]?.image ?? '';

const reasonOf = ({ desired }: World) => findCondition(desired.status?.conditions, 'Progressing')?.reason;

/** Time goes on with these images broken: their pods never become available. */
function live(world: World, broken: ReadonlySet<string>, passes = 60): World {
  let current = world;
  for (let pass = 0; pass < passes; pass++) {
    const { world: next } = apply(current);
    const sets = next.sets.map((set) => {
      const image = set.spec?.template?.spec?.containers?.[0]?.image ?? '';
      return withStatus(set, broken.has(image) ? 0 : (set.spec?.replicas ?? 0));
    });
    current = { ...next, sets, nowMs: (current.nowMs ?? NOW_MS) + DEADLINE_MS / 4 };
  }
  return current;
}

const change = (world: World, image: string): World => ({
  ...world,
  desired: withTemplate(world.desired, image),
});

describe('a Deployment that asks to be rolled back', () => {
  it('marks the version that has become complete', () => {
    const [set] = running().sets;
    assert.equal(set?.metadata.annotations?.['reckon.dev/completed-revision'], '1');
  });

  it('goes back to the last complete version when the deadline has passed, and says why', () => {
    const broken = new Set(['image:2']);
    const start = change(running(), 'image:2');
    let failed = start;
    while (reasonOf(failed) !== 'ProgressDeadlineExceeded') failed = live(failed, broken, 1);
    const [action] = plan(failed).actions;
    assert.ok(action?.type === 'patch');
    const because = 'the rollout of revision 2 made no progress within its deadline: back to revision 1';
    assert.equal(action.because, because);
    assert.deepEqual(action.event && { type: action.event.type, reason: action.event.reason }, {
      type: 'Warning',
      reason: 'DeploymentRollback',
    });
    const back = live(failed, broken);
    assert.equal(imageOf(back), 'image:1');
    assert.deepEqual(sizes(back), { 'image:1': 4, 'image:2': 0 });
    assert.equal(reasonOf(back), 'NewReplicaSetAvailable');
    assert.deepEqual(
      back.desired.spec?.template,
      start.sets[0]?.spec?.template && running().desired.spec?.template,
    );
  });

  it('stays where it is without the annotation', () => {
    const failed = live(change(running({}), 'image:2'), new Set(['image:2']));
    assert.equal(reasonOf(failed), 'ProgressDeadlineExceeded');
    assert.equal(imageOf(failed), 'image:2');
  });

  it('stays where it is if nothing ever worked', () => {
    const { desired } = { desired: deployment({ progressDeadlineSeconds: 60 }, ASKED) };
    const failed = live({ desired, sets: [] }, new Set(['image:1']));
    assert.equal(reasonOf(failed), 'ProgressDeadlineExceeded');
    assert.deepEqual(plan(failed).actions, []);
  });

  it('goes back to what still carries the load if it was asked together with the change', () => {
    const before = running({});
    const asked = { ...before.desired, metadata: { ...before.desired.metadata, ...ASKED.metadata } };
    const back = live(change({ ...before, desired: asked }, 'image:2'), new Set(['image:2']));
    assert.deepEqual(sizes(back), { 'image:1': 4, 'image:2': 0 });
  });

  it('does not leave what it went back to, even if that has broken meanwhile', () => {
    const world = live(change(running(), 'image:2'), new Set(['image:1', 'image:2']), 200);
    assert.equal(imageOf(world), 'image:1');
    assert.deepEqual(summary(plan(world).actions), []);
  });

  it('does not hold the failure of one version against the next', () => {
    const broken = new Set(['image:1', 'image:2']);
    const stuck = live(change(running(), 'image:2'), broken, 100);
    const next = live(change(stuck, 'image:3'), broken, 3);
    assert.equal(imageOf(next), 'image:3');
    assert.deepEqual(sizes(live(next, broken))['image:3'], 4);
  });

  it('goes back at most once for each change of a person, whatever breaks when, and comes to rest', () => {
    const images = ['image:1', 'image:2', 'image:3'];
    const step = fc.record({
      image: fc.constantFrom(...images),
      broken: fc.subarray(images).map((some) => new Set(some)),
      passes: fc.integer({ min: 1, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
        let world = running();
        for (const { image, broken, passes } of steps) {
          world = imageOf(world) === image ? world : change(world, image);
          const seen = [imageOf(world)];
          for (let pass = 0; pass < passes; pass++) {
            world = live(world, broken, 1);
            if (seen.at(-1) !== imageOf(world)) seen.push(imageOf(world));
          }
          assert.ok(seen.length <= 2, seen.join(' → '));
        }
        world = live(world, new Set(), 40);
        assert.deepEqual(plan(world).actions, []);
      }),
      { numRuns: 60 },
    );
  });
});
