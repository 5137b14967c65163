import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCondition } from '@reckon/api';
import fc from 'fast-check';
import type { StoredDeployment } from '../resources.ts';
import { deployment, NOW_MS } from '../testing/objects.ts';
import {
  apply,
  plan,
  settle,
  sizes,
  type World,
  withStatus,
  withTemplate,
} from '../testing/rollout-world.ts';
import { parseCanary } from './canary-steps.ts';

const MINUTE_MS = 60_000;

function started(steps: string, replicas = 10): World {
  const annotations = { 'reckon.dev/canary': steps };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const world = settle({
    desired: deployment({ replicas, strategy }, { metadata: { annotations } }),
    sets: [],
  });
  return { ...world, desired: withTemplate(world.desired, 'image:2'), nowMs: NOW_MS };
}

const resumed = (world: World): World => {
  const { paused: _paused, ...spec } = world.desired.spec ?? {};
  const generation = (world.desired.metadata.generation ?? 1) + 1;
  const desired: StoredDeployment = {
    ...world.desired,
    metadata: { ...world.desired.metadata, generation },
    spec,
  };
  return { ...world, desired };
};

const later = (world: World, ms: number): World => settle({ ...world, nowMs: (world.nowMs ?? NOW_MS) + ms });

const progressing = ({ desired }: World) => findCondition(desired.status?.conditions, 'Progressing');

describe('canary steps', () => {
  it('are read from the annotation', () => {
    assert.deepEqual(parseCanary('10%,pause; 50%,2m;100%'), {
      steps: [
        { percent: 10, hold: { type: 'pause' } },
        { percent: 50, hold: { type: 'wait', ms: 2 * MINUTE_MS } },
        { percent: 100, hold: { type: 'none' } },
      ],
    });
  });

  for (const [text, mistake] of [
    ['', /begins with a weight from 1% to 100%, "" does not$/],
    ['0%', /begins with a weight/],
    ['101%', /begins with a weight/],
    ['10', /begins with a weight/],
    ['50%;50%', /has a higher weight than the one before, "50%" does not$/],
    ['10%,later', /may only add ",pause" or a time such as ",30s" or ",2m", "10%,later" does not$/],
    ['10%,1d', /may only add/],
    ['10%,pause,2m', /may only add/],
    ['10%;', /begins with a weight/],
  ] as const) {
    it(`that nobody can read are told: ${JSON.stringify(text)}`, () => {
      const parsed = parseCanary(text);
      assert.match('mistake' in parsed ? parsed.mistake : '', mistake);
    });
  }

  it('pause the Deployment at their weight, until it is resumed; time goes by itself', () => {
    const first = settle(started('10%,pause;50%,2m;100%'));
    assert.deepEqual(sizes(first), { 'image:1': 9, 'image:2': 1 });
    assert.equal(first.desired.spec?.paused, true);
    assert.equal(progressing(first)?.reason, 'DeploymentPaused');
    assert.deepEqual(sizes(later(first, 60 * MINUTE_MS)), { 'image:1': 9, 'image:2': 1 });

    const second = settle(resumed(first));
    assert.deepEqual(sizes(second), { 'image:1': 5, 'image:2': 5 });
    assert.equal(second.desired.spec?.paused, undefined);
    assert.equal(progressing(second)?.reason, 'CanaryHolding');
    assert.equal(plan(second).wakeAtMs, NOW_MS + 2 * MINUTE_MS);
    assert.deepEqual(sizes(later(second, 2 * MINUTE_MS - 1)), { 'image:1': 5, 'image:2': 5 });

    const last = later(second, 2 * MINUTE_MS);
    assert.deepEqual(sizes(last), { 'image:1': 0, 'image:2': 10 });
    assert.equal(progressing(last)?.reason, 'NewReplicaSetAvailable');
  });

  it('tell at each step what is reached and how to go on', () => {
    let world = started('10%,pause;100%');
    let told: string | undefined;
    for (let pass = 0; pass < 20 && !world.desired.spec?.paused; pass++) {
      for (const action of plan(world).actions)
        if ('event' in action && action.event?.reason === 'CanaryStepReached') told = action.event.message;
      const next = apply(world).world;
      world = { ...next, sets: next.sets.map((set) => withStatus(set, set.spec?.replicas ?? 0)) };
    }
    assert.equal(
      told,
      'Canary step 1 of 2 is reached: 1 of 10 replicas are of the new version; "kubectl rollout resume deployment/web" goes on, "kubectl rollout undo" goes back',
    );
  });

  it('are not taken by the first version, nor on the way back to one that was complete', () => {
    const first = settle(started('10%,pause;100%'));
    const back = { ...resumed(first), desired: withTemplate(resumed(first).desired, 'image:1') };
    assert.deepEqual(sizes(settle(back)), { 'image:1': 10, 'image:2': 0 });
  });

  it('begin again with another template', () => {
    const first = settle(started('10%,pause;100%'));
    const other = resumed({ ...first, desired: withTemplate(first.desired, 'image:3') });
    const world = settle(other);
    assert.equal(world.desired.spec?.paused, true);
    assert.equal(sizes(world)['image:3'], 1);
  });

  it('that nobody can read hold the rollout, and the condition says why', () => {
    const world = settle(started('ten percent'));
    assert.deepEqual(sizes(world), { 'image:1': 10 });
    assert.equal(progressing(world)?.reason, 'CanaryInvalid');
    assert.match(progressing(world)?.message ?? '', /reckon\.dev\/canary is wrong/);
  });

  it('do not let the deadline run while they are held, but when they go on', () => {
    const second = settle(started('50%,1h;100%'));
    assert.equal(progressing(later(second, 30 * MINUTE_MS))?.reason, 'CanaryHolding');
    const stuck = { ...second, nowMs: NOW_MS + 60 * MINUTE_MS };
    assert.equal(progressing(apply(stuck).world)?.reason, 'CanaryGoesOn');
  });

  it('never give the new version more than their weight, nor fewer pods than promised, and always arrive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        (replicas, percents, pauses) => {
          const steps = percents
            .sort((a, b) => a - b)
            .map((percent, i) => `${percent}%${pauses[i] ? ',pause' : ',1m'}`);
          let world = started(steps.join(';'), replicas);
          for (const percent of percents) {
            const limit = Math.ceil((replicas * percent) / 100);
            for (let pass = 0; pass < 120; pass++) {
              world = apply(world).world;
              assert.ok((sizes(world)['image:2'] ?? 0) <= limit);
              const available = world.sets.reduce(
                (n, set) => n + Math.min(set.status?.availableReplicas ?? 0, set.spec?.replicas ?? 0),
                0,
              );
              assert.ok(available >= replicas);
              world = { ...world, sets: world.sets.map((set) => withStatus(set, set.spec?.replicas ?? 0)) };
            }
            assert.equal(sizes(world)['image:2'], limit);
            if (world.desired.spec?.paused) world = resumed(world);
            world = { ...world, nowMs: (world.nowMs ?? NOW_MS) + MINUTE_MS };
          }
          assert.deepEqual(sizes(settle(world)), { 'image:1': 0, 'image:2': replicas });
        },
      ),
      { numRuns: 30 },
    );
  });
});
