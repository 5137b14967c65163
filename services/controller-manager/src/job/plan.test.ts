import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rfc3339 } from '@reckon/api';
import type { Action } from '@reckon/client';
import type { JobStatus } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { JobSpec } from '@reckon/proto/reckon/api/batch/v1/types.ts';
import fc from 'fast-check';
import type { StoredJob, StoredPod } from '../resources.ts';
import { controlledBy, job, NOW_MS, stored } from '../testing/objects.ts';
import { planJob } from './plan.ts';
import { COMPLETION_INDEX, INDEX_FAILURES, TRACKING_FINALIZER } from './types.ts';

const START = rfc3339(NOW_MS - 60_000);
const LONG_AGO = NOW_MS - 3_600_000;

interface Traits {
  readonly phase?: string;
  readonly deleting?: boolean;
  readonly tracked?: boolean;
  readonly index?: number;
  readonly failures?: number;
  readonly exitCode?: number;
  readonly endedMs?: number;
  readonly restarts?: number;
}

const owner = job();

function pod(name: string, traits: Traits = {}): StoredPod {
  const { phase = 'Running', tracked = true, index, failures, endedMs = LONG_AGO } = traits;
  const finished = phase === 'Failed' || phase === 'Succeeded';
  const exitCode = traits.exitCode ?? (phase === 'Failed' ? 1 : 0);
  return stored({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'sum' },
      ownerReferences: controlledBy(owner),
      ...(tracked ? { finalizers: [TRACKING_FINALIZER] } : {}),
      ...(traits.deleting ? { deletionTimestamp: rfc3339(LONG_AGO) } : {}),
      annotations: {
        ...(index === undefined ? {} : { [COMPLETION_INDEX]: String(index) }),
        ...(failures === undefined ? {} : { [INDEX_FAILURES]: String(failures) }),
      },
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'c' }] },
    status: {
      phase,
      containerStatuses: [
        {
          name: 'c',
          restartCount: traits.restarts ?? 0,
          ...(finished ? { state: { terminated: { exitCode, finishedAt: rfc3339(endedMs) } } } : {}),
        },
      ],
    },
  });
}

function plan(object: StoredJob, owned: readonly StoredPod[] = []) {
  const { actions, status, wakeAtMs } = planJob({
    desired: object,
    observed: { owned, orphans: [] },
    now: NOW_MS,
    failures: [],
  });
  return {
    actions: actions.map(textOf),
    created: actions.flatMap(createdBy),
    status: statusOf(status),
    wakeAtMs,
  };
}

function statusOf(write: { readonly status: object } | undefined): JobStatus {
  return (write?.status ?? {}) as JobStatus;
}

function createdBy(action: Action) {
  return action.type === 'create' ? [action.object as StoredPod] : [];
}

function textOf(action: Action): string {
  if (action.type === 'event') return `tell ${action.event.reason}`;
  if (action.type === 'patch') return `free ${action.target.name}`;
  if (action.type === 'delete') return `delete ${action.target.name}`;
  return action.type;
}

function types(status: JobStatus): readonly string[] {
  return (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);
}

const indexed: JobSpec = { completionMode: 'Indexed' };
const running: JobStatus = { startTime: START };

describe('a Job', () => {
  it('starts as many pods as may run at a time, and says when it began', () => {
    const { actions, status } = plan(job());
    assert.deepEqual(actions, ['create', 'create']);
    assert.deepEqual(status, {
      startTime: '2026-01-01T12:00:00Z',
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
  });

  it('starts no more pods than are missing to its completions', () => {
    assert.deepEqual(plan(job({}, { ...running, succeeded: 2 })).actions, ['create']);
  });

  it('names the same pods when it plans the same twice', () => {
    const names = () => plan(job()).created.map(({ metadata }) => metadata.name);
    assert.deepEqual(names(), names());
  });

  it('first writes down that a pod has finished, then frees it, then counts it', () => {
    const first = plan(job({}, running), [pod('a', { phase: 'Succeeded' }), pod('b')]);
    assert.deepEqual(first.actions, ['create']);
    assert.deepEqual(first.status.uncountedTerminatedPods, { succeeded: ['uid-a'] });
    assert.equal(first.status.succeeded, undefined);
    const listed: JobStatus = { ...running, uncountedTerminatedPods: { succeeded: ['uid-a'] } };
    const pods = [pod('b'), pod('c')];
    const second = plan(job({}, listed), [pod('a', { phase: 'Succeeded' }), ...pods]);
    assert.deepEqual(second.actions, ['free a']);
    assert.deepEqual(second.status.uncountedTerminatedPods, { succeeded: ['uid-a'] });
    const third = plan(job({}, listed), [pod('a', { phase: 'Succeeded', tracked: false }), ...pods]);
    assert.deepEqual([third.actions, third.status.succeeded], [[], 1]);
    assert.deepEqual(third.status.uncountedTerminatedPods, {});
  });

  it('is complete once enough pods have succeeded, all are counted, and none runs', () => {
    const { status, actions } = plan(job({}, { ...running, succeeded: 3 }));
    assert.deepEqual(types(status), [
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    assert.equal(status.completionTime, '2026-01-01T12:00:00Z');
    assert.deepEqual(actions, ['tell Completed']);
    const waiting = plan(job({}, { ...running, succeeded: 2 }), [pod('c', { phase: 'Succeeded' })]);
    assert.deepEqual(types(waiting.status), ['SuccessCriteriaMet=True CompletionsReached']);
  });

  it('without completions is over with its first success, once the others have finished', () => {
    const spec: JobSpec = { completions: undefined };
    assert.deepEqual(types(plan(job(spec, { ...running, succeeded: 1 }), [pod('b')]).status), []);
    assert.deepEqual(plan(job(spec, { ...running, succeeded: 1 }), [pod('b')]).actions, []);
    assert.equal(types(plan(job(spec, { ...running, succeeded: 1 })).status).length, 2);
  });

  it('waits ten seconds after a failure, twice as long after the next, ten minutes at most', () => {
    const after = (count: number) => {
      const failed = Array.from({ length: count }, (_, i) =>
        pod(`f${i}`, { phase: 'Failed', endedMs: NOW_MS - 1_000 }),
      );
      const { actions, wakeAtMs = 0 } = plan(job({ backoffLimit: 99 }, running), failed);
      assert.ok(!actions.includes('create'));
      return wakeAtMs - NOW_MS + 1_000;
    };
    assert.deepEqual([after(1), after(2), after(3), after(12)], [10_000, 20_000, 40_000, 600_000]);
  });

  it('fails beyond its backoff limit: what runs is deleted, counted as failed, and only then it is Failed', () => {
    const failures: JobStatus = { ...running, failed: 2 };
    const first = plan(job({ backoffLimit: 1 }, failures), [pod('a')]);
    assert.deepEqual(first.actions, ['delete a']);
    assert.deepEqual(types(first.status), ['FailureTarget=True BackoffLimitExceeded']);
    assert.deepEqual(first.status.uncountedTerminatedPods, { failed: ['uid-a'] });
    const second = plan(job({ backoffLimit: 1 }, first.status), [pod('a', { deleting: true })]);
    assert.deepEqual([second.actions, second.status.terminating], [['free a'], 1]);
    const third = plan(job({ backoffLimit: 1 }, second.status), [
      pod('a', { deleting: true, tracked: false }),
    ]);
    assert.deepEqual([third.status.failed, types(third.status).length], [3, 1]);
    const last = plan(job({ backoffLimit: 1 }, third.status));
    assert.equal(types(last.status)[1], 'Failed=True BackoffLimitExceeded');
    assert.deepEqual(last.actions, ['tell BackoffLimitExceeded']);
  });

  it('counts the restarts of containers where they are restarted in place', () => {
    const { template } = job().spec ?? {};
    const spec: JobSpec = {
      backoffLimit: 2,
      template: { ...template, spec: { containers: [], restartPolicy: 'OnFailure' } } as JobSpec['template'],
    };
    const of = (restarts: number) => types(plan(job(spec, running), [pod('a', { restarts })]).status);
    assert.deepEqual([of(1), of(2)], [[], ['FailureTarget=True BackoffLimitExceeded']]);
  });

  it('fails after its deadline, and is woken for it', () => {
    assert.equal(
      plan(job({ activeDeadlineSeconds: 90 }, running), [pod('a'), pod('b')]).wakeAtMs,
      NOW_MS + 30_000,
    );
    const { status } = plan(job({ activeDeadlineSeconds: 60 }, running), [pod('a')]);
    assert.deepEqual(types(status), ['FailureTarget=True DeadlineExceeded']);
  });

  it('gives up its pods when it is suspended, without counting them, and starts anew afterwards', () => {
    const { actions, status } = plan(job({ suspend: true }, running), [pod('a')]);
    assert.deepEqual(actions, ['free a', 'delete a', 'tell Suspended']);
    assert.deepEqual(types(status), ['Suspended=True JobSuspended']);
    assert.deepEqual(status.uncountedTerminatedPods, {});
    const resumed = plan(job({}, status), []);
    assert.deepEqual(resumed.actions, ['create', 'create', 'tell Resumed']);
    assert.equal(resumed.status.startTime, '2026-01-01T12:00:00Z');
  });

  it('deletes what it had given up before a crash', () => {
    const pods = [pod('a'), pod('b'), pod('given-up', { tracked: false })];
    assert.deepEqual(plan(job({}, running), pods).actions, ['delete given-up']);
  });

  it('replaces a deleted pod at once, or once it has ended if it shall', () => {
    const pods = [pod('a', { deleting: true }), pod('b')];
    const atOnce = plan(job({ backoffLimit: 9 }, running), pods);
    assert.deepEqual(atOnce.status.uncountedTerminatedPods, { failed: ['uid-a'] });
    assert.deepEqual(atOnce.actions, ['create']);
    const later = plan(job({ podReplacementPolicy: 'Failed' }, running), pods);
    assert.deepEqual([later.actions, later.status.uncountedTerminatedPods], [[], {}]);
  });

  it('goes with its pods when its time to live is over', () => {
    const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: START }];
    const finished: JobStatus = { ...running, conditions };
    assert.equal(plan(job({ ttlSecondsAfterFinished: 61 }, finished)).wakeAtMs, NOW_MS + 1_000);
    assert.deepEqual(plan(job({ ttlSecondsAfterFinished: 60 }, finished)).actions, ['delete sum']);
    assert.deepEqual(plan(job({}, finished)).actions, []);
  });
});

describe('an Indexed Job', () => {
  it('gives each pod its index: name, hostname, label, annotation and variable', () => {
    const [first, second] = plan(job(indexed)).created;
    assert.match(first?.metadata.name ?? '', /^sum-0-[a-z0-9]{5}$/);
    assert.equal(second?.spec?.hostname, 'sum-1');
    assert.equal(second?.metadata.labels?.[COMPLETION_INDEX], '1');
    assert.equal(second?.metadata.annotations?.[COMPLETION_INDEX], '1');
    assert.equal(second?.spec?.containers?.[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX');
  });

  it('makes pods for the lowest indexes that are open, and deletes second ones', () => {
    const status: JobStatus = { ...running, completedIndexes: '0', succeeded: 1 };
    const { created } = plan(job(indexed, status), [pod('a', { index: 2 })]);
    assert.deepEqual(
      created.map(({ spec }) => spec?.hostname),
      ['sum-1'],
    );
    const twice = plan(job(indexed, status), [pod('a', { index: 2 }), pod('b', { index: 2 })]);
    assert.equal(twice.actions.length, 2);
    assert.match(twice.actions[1] ?? '', /^delete/);
  });

  it('keeps succeeded indexes as ranges, and frees a pod once its index is written', () => {
    const status: JobStatus = { ...running, completedIndexes: '0,1', succeeded: 2 };
    const pods = [pod('b', { index: 1, phase: 'Succeeded' }), pod('c', { index: 2, phase: 'Succeeded' })];
    const { actions, status: next } = plan(job({ ...indexed, completions: 5 }, status), pods);
    assert.deepEqual(actions, ['free b', 'create', 'create']);
    assert.deepEqual([next.completedIndexes, next.succeeded], ['0-2', 3]);
  });

  it('counts attempts by index, and goes on with the others when one is lost', () => {
    const spec: JobSpec = { ...indexed, backoffLimitPerIndex: 1, backoffLimit: 99 };
    const once = plan(job(spec, running), [pod('a', { index: 0, phase: 'Failed', failures: 0 })]);
    assert.deepEqual(
      once.created.map(({ metadata }) => metadata.annotations?.[INDEX_FAILURES]),
      ['1', '0'],
    );
    const twice = plan(job(spec, running), [pod('a', { index: 0, phase: 'Failed', failures: 1 })]);
    assert.equal(twice.status.failedIndexes, '0');
    assert.deepEqual(
      twice.created.map(({ spec: made }) => made?.hostname),
      ['sum-1', 'sum-2'],
    );
  });

  it('holds the last failed pod of an index until another has taken its place', () => {
    const spec: JobSpec = {
      ...indexed,
      backoffLimitPerIndex: 3,
      completions: 1,
      parallelism: 1,
      backoffLimit: 99,
    };
    const status: JobStatus = { ...running, uncountedTerminatedPods: { failed: ['uid-a'] } };
    const failed = pod('a', { index: 0, phase: 'Failed', failures: 0, endedMs: NOW_MS });
    assert.deepEqual(plan(job(spec, status), [failed]).actions, []);
    assert.deepEqual(plan(job(spec, status), [failed, pod('b', { index: 0, failures: 1 })]).actions, [
      'free a',
    ]);
  });

  it('fails once every index has ended and one is lost, or too many are', () => {
    const spec: JobSpec = { ...indexed, backoffLimitPerIndex: 0, backoffLimit: 99 };
    const ended: JobStatus = { ...running, completedIndexes: '0,2', succeeded: 2, failedIndexes: '1' };
    assert.equal(types(plan(job(spec, ended)).status)[0], 'FailureTarget=True FailedIndexes');
    const lost: JobStatus = { ...running, failedIndexes: '0,1' };
    assert.equal(
      types(plan(job({ ...spec, maxFailedIndexes: 1 }, lost)).status)[0],
      'FailureTarget=True MaxFailedIndexesExceeded',
    );
  });

  it('succeeds by its success policy: what still runs is deleted and counts for nothing', () => {
    const spec: JobSpec = {
      ...indexed,
      successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
    };
    const { actions, status } = plan(job(spec, { ...running, completedIndexes: '1' }), [
      pod('a', { index: 0 }),
    ]);
    assert.deepEqual(types(status), ['SuccessCriteriaMet=True SuccessPolicy']);
    assert.deepEqual(actions, ['free a', 'delete a']);
    assert.equal(status.failed, undefined);
  });
});

describe('a pod failure policy', () => {
  const policy = (action: string): JobSpec => ({
    podReplacementPolicy: 'Failed',
    podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] },
  });
  const failing = pod('a', { phase: 'Failed', exitCode: 42 });

  it('may fail the Job at once', () => {
    const { status } = plan(job(policy('FailJob'), running), [failing]);
    assert.deepEqual(types(status), ['FailureTarget=True PodFailurePolicy']);
    assert.equal(
      status.conditions?.[0]?.message,
      'Container c for pod default/a failed with exit code 42 matching FailJob rule at index 0',
    );
  });

  it('may ignore a failure: the pod is replaced and counts for nothing', () => {
    const { actions, status } = plan(job({ ...policy('Ignore'), backoffLimit: 0 }, running), [failing]);
    assert.deepEqual(actions, ['free a', 'create', 'create']);
    assert.deepEqual(status.uncountedTerminatedPods, {});
  });

  it('only counts what no rule matches', () => {
    const other = pod('a', { phase: 'Failed', exitCode: 1 });
    const { status } = plan(job(policy('FailJob'), running), [other]);
    assert.deepEqual(status.uncountedTerminatedPods, { failed: ['uid-a'] });
  });
});

describe('planning a Job', () => {
  const traits = fc.record({
    phase: fc.constantFrom('Pending', 'Running', 'Failed', 'Succeeded'),
    deleting: fc.boolean(),
    tracked: fc.boolean(),
    index: fc.nat(4),
  });

  it('has no more pods at work than may be, in whatever order they are seen, and plans the same again', () => {
    fc.assert(
      fc.property(
        fc.array(traits, { maxLength: 10 }),
        fc.record({
          parallelism: fc.nat(4),
          completions: fc.nat(5),
          mode: fc.constantFrom('Indexed', 'NonIndexed'),
        }),
        (list, { parallelism, completions, mode }) => {
          const object = job({ parallelism, completions, completionMode: mode, backoffLimit: 99 }, running);
          const pods = list.map((trait, i) => pod(`p${i}`, trait));
          const first = plan(object, pods);
          assert.deepEqual(plan(object, [...pods].reverse()), first);
          const before = list.filter(
            ({ phase, deleting, tracked }) =>
              !deleting && tracked && (phase === 'Pending' || phase === 'Running'),
          ).length;
          const created = first.created.length;
          assert.ok(created === 0 || before + created <= parallelism);
          assert.ok(!(created > 0 && mode === 'NonIndexed' && before + created > completions));
        },
      ),
    );
  });
});
