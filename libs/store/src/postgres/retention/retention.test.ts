import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, systemClock } from '@reckon/service';
import pg from 'pg';
import { checkState, foldLog } from '../../fold/fold-log.ts';
import {
  change,
  commit,
  committed,
  creation,
  pod,
  stateAt,
  wholeLog,
} from '../../testing/contract/harness.ts';
import { createDatabase } from '../../testing/databases.ts';
import { storesOn } from '../../testing/worlds.ts';
import { PostgresLeaderLock } from '../leader-lock.ts';
import { Ledger } from '../ledger.ts';
import type { PostgresStoreOptions } from '../postgres-store.ts';
import { Reader } from '../reader.ts';
import { type Retention, RetentionKeeper } from './retention-keeper.ts';

type TestContext = { after(fn: () => Promise<void>): void };

const DAY_MS = 86_400_000;
const LEASE = { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', name: 'node' };
const EXPIRED = { reason: 'Expired' };
const event = (name: string) => ({ resource: 'events', namespace: 'default', name });

async function worldFor(t: TestContext, options: Partial<PostgresStoreOptions> = {}) {
  const url = await createDatabase();
  const store = await storesOn(url, t).open(options);
  const address = { url };
  const parts = { address, clock: systemClock, log: silentLogger };
  const reader = new Reader({ ...parts, patienceMs: 1000 });
  t.after(() => reader.close());
  const ledger = new Ledger({ database: address, clock: systemClock, log: silentLogger });
  t.after(() => ledger.close());
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  t.after(() => admin.end());
  /** One round, as if it were so much later. */
  const round = (retention: Retention, laterMs = 0) =>
    new RetentionKeeper({
      reader,
      lock: new PostgresLeaderLock({ ...parts, name: 'retention' }),
      clock: { ...clockFunctions, nowMs: () => systemClock.nowMs() + laterMs },
      log: silentLogger,
      retention,
    }).round();
  const verify = async () => {
    const folded = await foldLog(ledger, (await ledger.head()).rev);
    return [...folded.breaks, ...(await checkState(ledger, folded))].map(({ message }) => message);
  };
  const revs = async () =>
    (await admin.query('select rev from log order by rev')).rows.map(({ rev }) => Number(rev));
  return { store, admin, round, verify, revs };
}

const clockFunctions = {
  monotonicMs: () => systemClock.monotonicMs(),
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms, signal),
  after: (ms: number, action: () => void) => systemClock.after(ms, action),
  every: (ms: number, action: () => void) => systemClock.every(ms, action),
};

test('superseded heartbeats become ranges, which count as their revisions; an old one is expired', async (t) => {
  const { store, admin, round, verify, revs } = await worldFor(t);
  await committed(commit(store, creation({ key: LEASE, heartbeat: true })));
  for (let rev = 1; rev <= 3; rev++)
    await committed(commit(store, change('update', rev, { key: LEASE, heartbeat: true })));
  await committed(commit(store, creation({ key: pod('a') })));
  let rev = 4;
  for (let i = 0; i < 3; i++)
    rev = await committed(commit(store, change('update', rev, { key: LEASE, heartbeat: true })));
  await round({});
  assert.deepEqual(await revs(), [1, 2, 3, 4, 5, 6, 7, 8], 'not before they are ten minutes old');
  await round({}, 11 * 60_000);
  assert.deepEqual(await revs(), [5, 8]);
  const ranges = async () =>
    (await admin.query('select first_rev, last_rev from log_ranges order by 1')).rows.map((row) =>
      Object.values(row).map(Number),
    );
  assert.deepEqual(await ranges(), [
    [1, 4],
    [6, 7],
  ]);
  assert.deepEqual(await verify(), []);
  await assert.rejects(store.getAt(LEASE, 3), EXPIRED);
  await assert.rejects(store.listAt({ rev: 3, resource: LEASE.resource }), EXPIRED);
  assert.equal((await store.getAt(LEASE, 8))?.rev, 8);
  assert.equal((await store.getAt(pod('a'), 6))?.rev, 5);
  await committed(commit(store, change('update', 8, { key: LEASE, heartbeat: true })));
  await round({}, 11 * 60_000);
  assert.deepEqual(await ranges(), [
    [1, 4],
    [6, 8],
  ]);
  assert.deepEqual(
    (await wholeLog(store)).map((record) => record.rev),
    [5, 9],
  );
  assert.deepEqual(await verify(), []);
});

test('what is older than the retention is expired first, then gone; every retained state stays', async (t) => {
  const { store, admin, round, verify, revs } = await worldFor(t, { partitionRevisions: 5 });
  for (const name of ['a', 'b', 'c']) await committed(commit(store, creation({ key: pod(name) })));
  for (const [name, rev] of [
    ['a', 1],
    ['a', 4],
    ['b', 2],
  ] as const)
    await committed(commit(store, change('update', rev, { key: pod(name) })));
  await committed(commit(store, change('delete', 3, { key: pod('c') })));
  await admin.query("update log set at = at - interval '2 days' where rev <= 7");
  for (const rev of [5, 8]) await committed(commit(store, change('update', rev, { key: pod('a') })));
  const states = async () => [await stateAt(store, 7), await stateAt(store, 8), await stateAt(store, 9)];
  const before = await states();
  await round({ maxAgeMs: DAY_MS });
  assert.deepEqual(await revs(), [1, 2, 3, 4, 5, 6, 7, 8, 9], 'first it is only expired');
  await assert.rejects(store.readLog({ after: 6 }), /kept after revision 7 only, not after 6/);
  await assert.rejects(store.getAt(pod('a'), 6), /revision 6 is no longer kept, the oldest one is 7/);
  await round({ maxAgeMs: DAY_MS });
  assert.deepEqual(await revs(), [5, 6, 8, 9], 'what a and b were at revision 7, and all that came later');
  assert.deepEqual(await states(), before);
  assert.deepEqual(await verify(), []);
  const { rows } = await admin.query("select relname from pg_class where relname = 'log_from_0'");
  assert.deepEqual(rows, [], 'a part of the log without rows is dropped');
  await committed(commit(store, change('update', 9, { key: pod('a') })));
  assert.deepEqual(await verify(), []);
});

test('the key of a Secret goes with the last that is kept of it, and no sooner', async (t) => {
  const { store, admin, round } = await worldFor(t);
  const secret = (name: string) => ({
    key: { resource: 'secrets', namespace: 'default', name },
    confidential: true,
  });
  await committed(commit(store, creation(secret('gone')), creation(secret('lives'))));
  await committed(commit(store, change('delete', 1, secret('gone'))));
  await admin.query("update log set at = at - interval '2 days'");
  await committed(commit(store, creation({ key: pod('a') })));
  const keys = async () =>
    (await admin.query('select name from object_keys order by name')).rows.map(({ name }) => name);
  for (let i = 0; i < 2; i++) await round({ maxAgeMs: DAY_MS });
  assert.deepEqual(await keys(), ['gone', 'lives'], 'a young key may be of a write that is under way');
  await admin.query("update object_keys set made_at = made_at - interval '2 hours'");
  await round({ maxAgeMs: DAY_MS });
  assert.deepEqual(await keys(), ['lives']);
  assert.ok(await store.get(secret('lives').key));
});

test('one kind may be kept for a shorter time than the others, and nobody is told less than all', async (t) => {
  const { store, admin, round, verify, revs } = await worldFor(t);
  await committed(commit(store, creation({ key: pod('a') })));
  await committed(commit(store, creation({ key: event('e') })));
  await committed(commit(store, change('update', 2, { key: event('e') })));
  await committed(commit(store, change('delete', 3, { key: event('e') })));
  await committed(commit(store, change('update', 1, { key: pod('a') })));
  await committed(commit(store, creation({ key: event('f') })));
  await committed(commit(store, change('update', 6, { key: event('f') })));
  await admin.query("update log set at = at - interval '2 hours' where rev <= 7");
  await committed(commit(store, change('update', 7, { key: event('f') })));
  for (let i = 0; i < 2; i++) await round({ kinds: { events: DAY_MS / 24 } });
  assert.deepEqual(await revs(), [1, 5, 7, 8]);
  assert.deepEqual(await verify(), []);
  await assert.rejects(store.getAt(event('e'), 3), EXPIRED);
  await assert.rejects(store.readLog({ after: 0, filter: { resources: ['events'] } }), EXPIRED);
  await assert.rejects(store.readLog({ after: 0 }), EXPIRED);
  const pods = await store.readLog({ after: 0, filter: { resources: ['pods'] } });
  assert.deepEqual(
    pods.records.map(({ rev }) => rev),
    [1, 5],
  );
  assert.equal((await store.getAt(event('f'), 7))?.rev, 7);
  assert.equal((await store.getAt(pod('a'), 3))?.rev, 1);
});

test('a log that has grown over its size loses its oldest part', async (t) => {
  const { store, round, verify, revs } = await worldFor(t);
  let rev = await committed(commit(store, creation({ key: pod('a') })));
  for (let i = 0; i < 99; i++)
    rev = await committed(
      commit(store, change('update', rev, { key: pod('a'), value: { text: 'x'.repeat(1000), i } })),
    );
  for (let i = 0; i < 2; i++) await round({ maxBytes: 40_000 });
  const left = (await revs()).length;
  assert.ok(left > 5 && left < 60, `${left} revisions are left of 100`);
  assert.deepEqual(await verify(), []);
  const settled = await revs();
  for (let i = 0; i < 3; i++) await round({ maxBytes: 40_000 });
  assert.deepEqual(await revs(), settled, 'and no more than that');
});

test('a moment is found although revisions around it have become ranges', async (t) => {
  const { store, admin, round } = await worldFor(t);
  await committed(commit(store, creation({ key: pod('a') })));
  let rev = await committed(commit(store, creation({ key: LEASE, heartbeat: true })));
  for (let i = 0; i < 5; i++)
    rev = await committed(commit(store, change('update', rev, { key: LEASE, heartbeat: true })));
  await committed(commit(store, creation({ key: pod('b') })));
  await admin.query("update log set at = timestamptz '2026-01-01' + rev * interval '1 minute'");
  await round({}, 11 * 60_000);
  const at = (minute: number) => store.revisionAt(Date.UTC(2026, 0, 1, 0, minute));
  assert.deepEqual([await at(1), await at(8), await at(60)], [1, 8, 8]);
  assert.equal(await at(0), 0);
  const between = await at(4);
  assert.ok(
    between >= 1 && between < 7,
    `${between} is neither before nor after the fourth minute's neighbours`,
  );
});
