import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rfc3339 } from '@reckon/api';
import { type Action, CRON_JOBS, JOBS } from '@reckon/client';
import type { CronJobSpec, CronJobStatus } from '@reckon/proto/reckon/api/batch/v1/cron_job.ts';
import fc from 'fast-check';
import type { StoredJob } from '../resources.ts';
import { controlledBy, job, NOW_MS, stored } from '../testing/objects.ts';
import { VirtualCluster } from '../testing/virtual-cluster.ts';
import { planCronJob } from './plan.ts';
import { SCHEDULED_AT } from './types.ts';

const MINUTE_MS = 60_000;

function cronJob(
  spec: CronJobSpec = {},
  status: CronJobStatus = { lastScheduleTime: '2026-01-01T11:59:00Z' },
) {
  return stored({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: job().spec }, ...spec },
    status,
  });
}

const owner = cronJob();

function run(name: string, condition?: 'Complete' | 'Failed', minutesAgo = 5): StoredJob {
  const time = rfc3339(NOW_MS - minutesAgo * MINUTE_MS);
  const conditions = condition ? [{ type: condition, status: 'True' }] : [];
  const completed = condition === 'Complete' ? { completionTime: time } : {};
  const base = job({}, { startTime: time, conditions, ...completed });
  return {
    ...base,
    metadata: {
      ...base.metadata,
      name,
      uid: `uid-${name}`,
      ownerReferences: controlledBy(owner),
      annotations: { [SCHEDULED_AT]: time },
    },
  };
}

function plan(
  spec: CronJobSpec = {},
  options: {
    jobs?: readonly StoredJob[];
    status?: CronJobStatus;
    strangers?: readonly string[];
    now?: number;
  } = {},
) {
  const { jobs = [], status, strangers = [], now = NOW_MS } = options;
  const desired = cronJob(spec, status);
  const made = planCronJob({ desired, observed: { jobs, strangers: new Set(strangers) }, now, failures: [] });
  return {
    actions: made.actions.map(textOf),
    status: made.status?.status as CronJobStatus | undefined,
    wakeAtMs: made.wakeAtMs,
    raw: made.actions,
  };
}

function textOf(action: Action): string {
  if (action.type === 'event') return `tell ${action.event.reason}`;
  if (action.type === 'delete') return `delete ${action.target.name}`;
  if (action.type !== 'transact') return action.type;
  const [create] = action.operations;
  return create?.verb === 'create' ? `start ${create.object.metadata?.name}` : 'transact';
}

const THIS_MINUTE = `tick-${NOW_MS / MINUTE_MS}`;

describe('a CronJob', () => {
  it('starts a Job named after the minute, in one write with the time of it, and is woken for the next', () => {
    const { actions, raw, wakeAtMs } = plan();
    assert.deepEqual(actions, [`start ${THIS_MINUTE}`]);
    assert.equal(wakeAtMs, NOW_MS + MINUTE_MS);
    const [start] = raw;
    assert.ok(start?.type === 'transact');
    const [create, update] = start.operations;
    assert.ok(create?.verb === 'create' && update?.verb === 'update');
    assert.equal(create.object.metadata?.annotations?.[SCHEDULED_AT], '2026-01-01T12:00:00Z');
    assert.equal((update.object as typeof owner).status?.lastScheduleTime, '2026-01-01T12:00:00Z');
  });

  it('waits for its first time from its creation on', () => {
    const { actions, wakeAtMs } = plan({ schedule: '30 13 * * *' }, { status: {} });
    assert.deepEqual([actions, wakeAtMs], [[], NOW_MS + 90 * MINUTE_MS]);
  });

  it('runs by the clocks of its time zone, and says so', () => {
    const { raw } = plan({ schedule: '0 13 * * *', timeZone: 'Europe/Vienna' });
    const [start] = raw;
    const [create] = start?.type === 'transact' ? start.operations : [];
    assert.ok(create?.verb === 'create');
    assert.equal(create.object.metadata?.annotations?.[SCHEDULED_AT], '2026-01-01T13:00:00+01:00');
  });

  it('makes up for the last of the runs it missed, once', () => {
    const { actions } = plan(
      { schedule: '56 * * * *' },
      { status: { lastScheduleTime: '2026-01-01T10:00:00Z' } },
    );
    assert.deepEqual(actions, [`start tick-${(NOW_MS - 4 * MINUTE_MS) / MINUTE_MS}`]);
  });

  it('says when it has missed more than a hundred, and still runs', () => {
    const { actions } = plan({}, { status: { lastScheduleTime: '2025-12-31T12:00:00Z' } });
    assert.deepEqual(actions, ['tell TooManyMissedTimes', `start ${THIS_MINUTE}`]);
  });

  it('leaves a run that is too late by its starting deadline, and says so', () => {
    const spec = { schedule: '0 * * * *', startingDeadlineSeconds: 20 };
    const late = plan(spec, { now: NOW_MS + 21_000 });
    assert.deepEqual(late.actions, ['tell MissSchedule']);
    const [event] = late.raw;
    assert.equal(
      event?.type === 'event' && event.event.message,
      'Missed scheduled time to start a job: Thu, 01 Jan 2026 12:00:00 +0000',
    );
    assert.deepEqual(plan(spec, { now: NOW_MS + 10_000 }).actions, [`start ${THIS_MINUTE}`]);
  });

  it('starts beside, after, or instead of a Job that still runs, as its policy says', () => {
    const jobs = [run('tick-before')];
    assert.deepEqual(plan({ concurrencyPolicy: 'Allow' }, { jobs }).actions, [`start ${THIS_MINUTE}`]);
    assert.deepEqual(plan({ concurrencyPolicy: 'Forbid' }, { jobs }).actions, ['tell JobAlreadyActive']);
    assert.deepEqual(plan({ concurrencyPolicy: 'Replace' }, { jobs }).actions, [
      'delete tick-before',
      `start ${THIS_MINUTE}`,
    ]);
    const ended = [run('tick-before', 'Complete')];
    assert.deepEqual(plan({ concurrencyPolicy: 'Forbid' }, { jobs: ended }).actions, [
      `start ${THIS_MINUTE}`,
    ]);
  });

  it('starts nothing while it is suspended', () => {
    const { actions, wakeAtMs } = plan({ suspend: true });
    assert.deepEqual([actions, wakeAtMs], [[], undefined]);
  });

  it('does not start a run whose Job is there, its own or another', () => {
    const own = plan({}, { jobs: [run(THIS_MINUTE)] });
    assert.deepEqual([own.actions, own.status?.lastScheduleTime], [[], '2026-01-01T12:00:00Z']);
    assert.deepEqual(plan({}, { strangers: [THIS_MINUTE] }).actions, ['tell UnexpectedJob']);
  });

  it('forgets the oldest finished Jobs, and tells which are active and when the last succeeded', () => {
    const jobs = [
      ...[1, 2, 3, 4, 5].map((age) => run(`good-${age}`, 'Complete', age * 10)),
      ...[1, 2].map((age) => run(`bad-${age}`, 'Failed', age * 10)),
      run('now'),
    ];
    const { actions, status } = plan({ schedule: '30 * * * *' }, { jobs });
    assert.deepEqual(actions, ['delete good-5', 'delete good-4', 'delete bad-2']);
    assert.equal(status?.lastSuccessfulTime, '2026-01-01T11:50:00Z');
    assert.deepEqual(
      status?.active?.map(({ name }) => name),
      ['now'],
    );
    assert.deepEqual(
      plan({ schedule: '30 * * * *', successfulJobsHistoryLimit: 0 }, { jobs }).actions.length,
      6,
    );
  });

  it('tells of a Job that was active what has become of it, once', () => {
    const jobs = [run('good', 'Complete'), run('bad', 'Failed'), run('going')];
    const active = ['good', 'bad', 'going', 'gone'].map((name) => ({ name, uid: `uid-${name}` }));
    const spec = { schedule: '30 * * * *' };
    const { raw, status } = plan(spec, {
      jobs,
      status: { active, lastScheduleTime: '2026-01-01T11:59:00Z' },
    });
    assert.deepEqual(
      raw.map((action) => action.type === 'event' && `${action.event.reason} ${action.event.message}`),
      [
        'SawCompletedJob Saw completed job: good, condition: Complete',
        'SawCompletedJob Saw completed job: bad, condition: Failed',
        'MissingJob Active job went missing: gone',
      ],
    );
    assert.deepEqual(plan(spec, { jobs, ...(status && { status }) }).actions, []);
  });

  it('misses no Job that it has replaced itself', () => {
    const { raw } = plan({ concurrencyPolicy: 'Replace' }, { jobs: [run('before')] });
    const update = raw.flatMap((action) => (action.type === 'transact' ? action.operations : []))[1];
    assert.ok(update?.verb === 'update');
    assert.deepEqual((update.object as typeof owner).status?.active, undefined);
  });

  it('tells what is wrong with a schedule that cannot be read', () => {
    assert.deepEqual(plan({ schedule: 'now and then' }).actions, ['tell UnparseableSchedule']);
  });

  it('starts at most one run a pass and plans the same in whatever order its Jobs are seen', () => {
    const kinds = fc.constantFrom(undefined, 'Complete' as const, 'Failed' as const);
    const policies = fc.constantFrom('Allow', 'Forbid', 'Replace');
    fc.assert(
      fc.property(
        fc.array(kinds, { maxLength: 8 }),
        policies,
        fc.nat(500),
        (list, concurrencyPolicy, late) => {
          const jobs = list.map((condition, i) => run(`tick-${i}`, condition, i));
          const options = { status: { lastScheduleTime: rfc3339(NOW_MS - late * MINUTE_MS) } };
          const { actions } = plan({ concurrencyPolicy }, { ...options, jobs });
          assert.deepEqual(
            plan({ concurrencyPolicy }, { ...options, jobs: [...jobs].reverse() }).actions,
            actions,
          );
          assert.ok(actions.filter((text) => text.startsWith('start')).length <= 1);
        },
      ),
    );
  });
});

describe('a CronJob in a cluster', () => {
  it('runs every minute, and keeps three of its Jobs', async () => {
    const cluster = new VirtualCluster();
    cluster.outcome = () => 'Succeeded';
    await cluster.start(['node-1']);
    const { apiVersion, kind, spec } = cronJob();
    const metadata = { namespace: 'default', name: 'tick' };
    await cluster.api.create(CRON_JOBS, { apiVersion, kind, metadata, spec });
    await cluster.run(5 * MINUTE_MS + 2_000);
    const { status } = await cluster.api.get(CRON_JOBS, metadata);
    const { items } = await cluster.api.list(JOBS);
    assert.equal(items.length, 3);
    assert.deepEqual([status?.active, status?.lastSuccessfulTime !== undefined], [undefined, true]);
    await cluster.stop();
  });
});
