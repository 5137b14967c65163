import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveFenceposts } from '@reckon/api';
import fc from 'fast-check';
import type { StoredDeployment } from '../resources.ts';
import { deployment, NOW_MS, replicaSet, template } from '../testing/objects.ts';
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
import { planDeployment } from './plan.ts';
import { REVISION_ANNOTATION } from './types.ts';

describe('a Deployment', () => {
  it('makes a ReplicaSet of its template with all replicas, as revision 1', () => {
    const [action] = plan({ desired: deployment(), sets: [] }).actions;
    assert.equal(action?.type, 'create');
    assert.deepEqual(summary(action ? [action] : []), ['create 3']);
    const metadata = action?.type === 'create' ? action.object.metadata : undefined;
    assert.equal(metadata?.annotations?.[REVISION_ANNOTATION], '1');
    assert.match(metadata?.name ?? '', /^web-[a-z0-9]+$/);
    assert.ok(metadata?.labels?.['pod-template-hash']);
  });

  it('comes to rest, Available and Progressing=NewReplicaSetAvailable', () => {
    const world = settle({ desired: deployment(), sets: [] });
    assert.deepEqual(sizes(world), { 'image:1': 3 });
    const conditions = Object.fromEntries(
      (world.desired.status?.conditions ?? []).map(({ type, status, reason }) => [
        type,
        `${status} ${reason}`,
      ]),
    );
    assert.deepEqual(conditions, {
      Available: 'True MinimumReplicasAvailable',
      Progressing: 'True NewReplicaSetAvailable',
    });
    assert.equal(world.desired.metadata.annotations?.[REVISION_ANNOTATION], '1');
  });

  it('rolls to a new template step by step: one more, then one less', () => {
    const world = settle({ desired: deployment(), sets: [] });
    const changed = { ...world, desired: withTemplate(world.desired, 'image:2') };
    const first = apply(changed);
    assert.deepEqual(sizes(first.world), { 'image:1': 3, 'image:2': 1 });
    assert.deepEqual(summary(plan(first.world).actions), ['annotate web'], 'the new pod is awaited');
    const done = settle(first.world);
    assert.deepEqual(sizes(done), { 'image:1': 0, 'image:2': 3 });
    assert.equal(done.desired.metadata.annotations?.[REVISION_ANNOTATION], '2');
  });

  it('rolls back by the old ReplicaSet, under a new revision', () => {
    const second = settle({ ...settle({ desired: deployment(), sets: [] }), desired: deployment() });
    const rolled = settle({ ...second, desired: withTemplate(second.desired, 'image:2') });
    const back = settle({ ...rolled, desired: withTemplate(rolled.desired, 'image:1') });
    assert.deepEqual(sizes(back), { 'image:1': 3, 'image:2': 0 });
    assert.equal(back.sets.length, 2);
    const first = back.sets.find((set) => set.spec?.replicas === 3);
    assert.equal(first?.metadata.annotations?.[REVISION_ANNOTATION], '3');
    assert.equal(first?.metadata.annotations?.['deployment.kubernetes.io/revision-history'], '1');
  });

  it('counts on from a revision that a floating point number cannot hold', () => {
    const world = settle({ desired: deployment(), sets: [] });
    const sets = world.sets.map((set) => ({
      ...set,
      metadata: {
        ...set.metadata,
        annotations: { ...set.metadata.annotations, [REVISION_ANNOTATION]: '9007199254740993' },
      },
    }));
    const rolled = settle({ ...world, sets, desired: withTemplate(world.desired, 'image:2') });
    assert.equal(rolled.desired.metadata.annotations?.[REVISION_ANNOTATION], '9007199254740994');
  });

  it('with Recreate has no pod of the new version before the last old one is gone', () => {
    const strategy = { type: 'Recreate' };
    const world = settle({ desired: deployment({ strategy }), sets: [] });
    const changed = { ...world, desired: withTemplate(world.desired, 'image:2') };
    const emptied = apply(changed).world;
    assert.deepEqual(sizes(emptied), { 'image:1': 0 });
    const waiting = { ...emptied, terminating: 2 };
    assert.deepEqual(plan(waiting).actions, []);
    assert.deepEqual(sizes(settle({ ...emptied, terminating: 0 })), { 'image:1': 0, 'image:2': 3 });
  });

  it('when paused does not roll, but can be scaled', () => {
    const world = settle({ desired: deployment(), sets: [] });
    const paused = withTemplate(
      { ...world.desired, spec: { ...world.desired.spec, paused: true } },
      'image:2',
    );
    assert.deepEqual(plan({ ...world, desired: paused }).actions, []);
    const scaled = { ...paused, spec: { ...paused.spec, replicas: 5 } };
    assert.deepEqual(sizes(settle({ ...world, desired: scaled })), { 'image:1': 5 });
  });

  it('scaled in the middle of a rollout shares the change in proportion', () => {
    const desired = deployment({
      replicas: 10,
      template: template('image:2'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
    });
    const annotations = {
      'deployment.kubernetes.io/desired-replicas': '10',
      'deployment.kubernetes.io/max-replicas': '13',
    };
    const sets = [
      replicaSet(desired, { metadata: { name: 'old', annotations }, spec: { replicas: 8 } }),
      replicaSet(desired, {
        metadata: { name: 'new', annotations },
        spec: { replicas: 5, template: template('image:2') },
      }),
    ];
    // The example of the Kubernetes documentation: 15 replicas share out 5 more as 3 for the old and 2 for the new.
    const scaled = { ...desired, spec: { ...desired.spec, replicas: 15 } };
    assert.deepEqual(summary(plan({ desired: scaled, sets }).actions), ['scale old 11', 'scale new 7']);
  });

  it('says that its progress deadline has passed, once', () => {
    const world = apply({ desired: deployment({ progressDeadlineSeconds: 60 }), sets: [] }).world;
    const stuck = { ...world, sets: world.sets.map((set) => withStatus(set, 0)) };
    const settled = apply(apply(stuck).world).world;
    const late = (desired: StoredDeployment) =>
      planDeployment({
        desired,
        observed: {
          owned: settled.sets,
          orphans: [],
          unfinishedPods: new Map(),
          nameTaken: false,
          rivals: [],
        },
        now: NOW_MS + 61_000,
        failures: [],
      }).status?.status as NonNullable<StoredDeployment['status']>;
    const status = late(settled.desired);
    const progressing = status.conditions?.find(({ type }) => type === 'Progressing');
    assert.equal(progressing?.reason, 'ProgressDeadlineExceeded');
    assert.equal(progressing?.status, 'False');
    assert.deepEqual(late({ ...settled.desired, status }), status);
  });

  it('forgets revisions beyond its limit', () => {
    let world = settle({ desired: deployment({ revisionHistoryLimit: 2 }), sets: [] });
    for (const image of ['image:2', 'image:3', 'image:4', 'image:5']) {
      world = settle({ ...world, desired: withTemplate(world.desired, image) });
    }
    assert.deepEqual(sizes(world), { 'image:3': 0, 'image:4': 0, 'image:5': 3 });
  });

  it('never has more pods than its surge allows or fewer available than it promises, and always arrives', () => {
    const bound = fc.oneof(
      fc.nat(5),
      fc.nat(100).map((percent) => `${percent}%`),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        bound,
        bound,
        fc.array(fc.nat(12), { minLength: 60, maxLength: 60 }),
        (replicas, maxSurge, maxUnavailable, readiness) => {
          const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
          const start = settle({ desired: deployment({ replicas, strategy }), sets: [] });
          const { surge, unavailable } = resolveFenceposts(maxSurge, maxUnavailable, replicas);
          let world: World = { ...start, desired: withTemplate(start.desired, 'image:2') };
          for (const ready of readiness) {
            world = apply(world).world;
            const total = world.sets.reduce((n, set) => n + (set.spec?.replicas ?? 0), 0);
            const available = world.sets.reduce(
              (n, set) => n + Math.min(set.status?.availableReplicas ?? 0, set.spec?.replicas ?? 0),
              0,
            );
            assert.ok(total <= replicas + surge, `${total} pods of ${replicas} + ${surge}`);
            assert.ok(
              available >= replicas - unavailable,
              `${available} available of ${replicas} - ${unavailable}`,
            );
            // Old pods stay well; of the new ones some more become available at each step.
            world = {
              ...world,
              sets: world.sets.map((set) =>
                set.spec?.template?.spec?.containers?.[0]?.image === 'image:1'
                  ? withStatus(set, set.spec?.replicas ?? 0)
                  : withStatus(set, Math.max(set.status?.availableReplicas ?? 0, ready)),
              ),
            };
          }
          assert.deepEqual(sizes(settle(world)), { 'image:1': 0, 'image:2': replicas });
        },
      ),
    );
  });
});
