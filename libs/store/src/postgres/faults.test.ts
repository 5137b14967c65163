import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { type Clock, systemClock } from '@reckon/service';
import { waitForHead } from '../testing/contract/following.ts';
import {
  change,
  commit,
  committed,
  creation,
  pod,
  snapshotOf,
  transaction,
  wholeLog,
} from '../testing/contract/harness.ts';
import { createDatabaseOn, databaseUrl } from '../testing/databases.ts';
import { SocketProxy } from '../testing/socket-proxy.ts';
import { ThrowAwayPostgres } from '../testing/throw-away-postgres.ts';
import { storesOn } from '../testing/worlds.ts';
import type { Store, Transaction } from '../types.ts';

type TestContext = { after(fn: () => Promise<void>): void };

async function postgresFor(
  t: TestContext,
): Promise<{ postgres: ThrowAwayPostgres; url: string; name: string }> {
  const postgres = await ThrowAwayPostgres.create();
  t.after(() => postgres.remove());
  const url = await createDatabaseOn(postgres.address);
  return { postgres, url, name: new URL(url).pathname.slice(1) };
}

/** All the limits come eight times as soon. */
const hastyClock: Clock = {
  ...systemClock,
  monotonicMs: () => systemClock.monotonicMs() * 8,
  after: (delayMs, callback) => systemClock.after(delayMs / 8, callback),
};

/** A client that writes its own object again and again and keeps what it was told. */
interface Told {
  readonly requestId: string;
  readonly answer: { readonly rev: number } | { readonly failure: ApiError['reason'] };
}

async function writeUntil(
  store: Store,
  { name, signal }: { name: string; signal: AbortSignal },
): Promise<Told[]> {
  const told: Told[] = [];
  const key = pod(name);
  let rev = 0;
  while (!signal.aborted) {
    const one: Transaction = transaction([rev === 0 ? creation({ key }) : change('update', rev, { key })]);
    const { requestId } = one.provenance;
    try {
      const result = await store.commit(one);
      // Nobody else writes this object: a conflict would be a lie.
      assert.ok(result.ok, `${name} was told of a conflict`);
      rev = result.lastRev;
      told.push({ requestId, answer: { rev } });
    } catch (error) {
      assert.ok(error instanceof ApiError);
      assert.ok(error.reason === 'ServiceUnavailable' || error.reason === 'Timeout', error.message);
      told.push({ requestId, answer: { failure: error.reason } });
      // After a Timeout one must look.
      if (error.reason === 'Timeout') rev = (await store.get(key))?.rev ?? 0;
      await systemClock.sleep(20);
    }
  }
  return told;
}

test('L5: every acknowledged write survives kill -9 of Postgres, and every answer is the truth', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const { open } = storesOn(url, t);
  const stores = [await open(), await open()];
  const ended = new AbortController();
  const clients = stores.flatMap((store, s) =>
    Array.from({ length: 8 }, (_, i) =>
      writeUntil(store, { name: `client-${s}-${i}`, signal: ended.signal }),
    ),
  );
  for (let crash = 0; crash < 3; crash++) {
    const [store] = stores;
    assert.ok(store);
    const { rev } = store.lastHead();
    await waitForHead(store, (head) => head.rev > rev + 100);
    await postgres.kill();
    await postgres.start();
  }
  const [store, other] = stores;
  assert.ok(store && other);
  const { rev } = store.lastHead();
  await waitForHead(store, (head) => head.rev > rev + 100);
  ended.abort();
  const told = (await Promise.all(clients)).flat();

  const log = await wholeLog(store);
  assert.deepEqual(
    log.map((record) => record.rev),
    Array.from({ length: log.length }, (_, i) => i + 1),
  );
  const revs = new Map(log.map((record) => [record.provenance.requestId, record.rev]));
  assert.equal(revs.size, log.length, 'a write happened twice');
  for (const { requestId, answer } of told) {
    if ('rev' in answer) assert.equal(revs.get(requestId), answer.rev);
    else if (answer.failure === 'ServiceUnavailable') assert.equal(revs.get(requestId), undefined);
  }
  const fold = new Map(log.map((record) => [record.key.name, record.rev]));
  assert.deepEqual(new Map([...(await snapshotOf(other)).values()].map((o) => [o.key.name, o.rev])), fold);
});

test('an outage is ServiceUnavailable, never a conflict or an empty answer, and ends by itself', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const store = await storesOn(url, t).open({ patienceMs: 200 });
  const key = pod('a');
  const rev = await committed(commit(store, creation({ key })));
  await postgres.kill();
  const unavailable = { name: 'ApiError', reason: 'ServiceUnavailable' };
  const attempts = [
    commit(store, change('update', rev, { key })),
    commit(store, creation({ key })),
    store.get(key),
    store.head(),
    store.readLog({ after: 0 }),
    store.history(key),
    store.listAt({ rev, resource: 'pods' }),
    store.getAt(key, rev),
    store.snapshot(),
    store.records([1]),
    store.revisionAt(0),
  ];
  await Promise.all(attempts.map((attempt) => assert.rejects(attempt, unavailable)));
  // Patience is over: now it is said at once.
  await assert.rejects(commit(store, creation({ key: pod('b') })), unavailable);
  await postgres.start();
  await waitForCommit(store, pod('c'));
  assert.equal((await store.get(key))?.rev, rev);
  assert.equal(await store.get(pod('b')), undefined);
});

test('a restart of Postgres within the patience of a request is not noticed', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const store = await storesOn(url, t).open({ patienceMs: 30_000 });
  await committed(commit(store, creation({ key: pod('a') })));
  await postgres.stop();
  const write = commit(store, creation({ key: pod('b') }));
  const read = store.get(pod('a'));
  await postgres.start();
  assert.equal(await committed(write), 2);
  assert.equal((await read)?.rev, 1);
});

test('a connection that Postgres ends costs nobody anything', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const { open } = storesOn(url, t);
  const [store, other] = [await open(), await open()];
  const ended = new AbortController();
  const clients = Array.from({ length: 4 }, (_, i) =>
    writeUntil(store, { name: `client-${i}`, signal: ended.signal }),
  );
  const admin = await postgres.connect(new URL(url).pathname.slice(1));
  for (let i = 0; i < 10; i++) {
    const { rev } = store.lastHead();
    await waitForHead(store, (head) => head.rev > rev + 10);
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'reckon-%'`,
    );
  }
  await admin.end();
  ended.abort();
  const told = (await Promise.all(clients)).flat();
  assert.ok(told.every(({ answer }) => 'rev' in answer));
  assert.deepEqual(
    told.map(({ answer }) => ('rev' in answer ? answer.rev : 0)).sort((a, b) => a - b),
    (await wholeLog(other)).map((record) => record.rev),
  );
});

test('a read that is on its way when Postgres dies is told of the outage, and the process lives', async (t) => {
  const { postgres, url, name } = await postgresFor(t);
  const { open } = storesOn(url, t);
  const store = await open();
  await commit(store, creation({ key: pod('read') }));
  const [locker, watcher] = [await postgres.connect(name), await postgres.connect(name)];
  // They die with it.
  for (const client of [locker, watcher]) client.on('error', () => undefined);
  // Nobody reads past this lock, so the read waits while Postgres dies.
  await locker.query('begin; lock table objects in access exclusive mode');
  const read = assert.rejects(store.get(pod('read')), { reason: 'ServiceUnavailable' });
  const waiting = `select from pg_stat_activity where application_name = 'reckon-read' and wait_event_type = 'Lock'`;
  while ((await watcher.query(waiting)).rowCount === 0);
  await postgres.kill();
  await read;
  await postgres.start();
  assert.equal((await store.get(pod('read')))?.rev, 1);
});

test('an answer that was lost is found again: the write is told once, as it happened', async (t) => {
  const { postgres, name } = await postgresFor(t);
  const proxy = await SocketProxy.create(postgres.directory);
  t.after(() => proxy.close());
  const { open } = storesOn(databaseUrl({ ...postgres.address, host: proxy.directory }, name), t);
  const store = await open();
  await committed(commit(store, creation({ key: pod('present') })));
  const told: number[] = [];
  store.onCommit((records) => told.push(...records.map((record) => record.rev)));
  // The answer names the columns that our function gives.
  const lost = proxy.loseAnswer(
    (answer) => answer.includes('CommandComplete') || answer.includes('SELECT 1'),
  );
  const [a, refused, b] = await Promise.all([
    commit(store, creation({ key: pod('a') })),
    commit(store, creation({ key: pod('present') })),
    commit(store, creation({ key: pod('b') })),
    lost,
  ]);
  assert.ok(a.ok && b.ok && !refused.ok);
  assert.deepEqual([a.lastRev, b.lastRev, refused.conflict.current?.rev], [2, 3, 1]);
  assert.deepEqual(told, [2, 3]);
  const log = await wholeLog(store);
  assert.deepEqual(
    log.map((record) => [record.rev, record.key.name, record.atMs]),
    [
      [1, 'present', log[0]?.atMs],
      [2, 'a', a.atMs],
      [3, 'b', b.atMs],
    ],
  );
});

test('a request that arrives late, after its connection was given up, changes nothing', async (t) => {
  const { postgres, url, name } = await postgresFor(t);
  const proxy = await SocketProxy.create(postgres.directory);
  t.after(() => proxy.close());
  const { open } = storesOn(databaseUrl({ ...postgres.address, host: proxy.directory }, name), t);
  const store = await open();
  await committed(commit(store, creation({ key: pod('first') })));
  const kept = proxy.keepRequest((request) => request.includes('late-comer'));
  const answer = commit(store, creation({ key: pod('late-comer') }));
  const release = await kept;
  assert.equal(await committed(answer), 2);
  const rev = await committed(commit(store, change('delete', 2, { key: pod('late-comer') })));
  await release();
  const watcher = await storesOn(url, t).open();
  assert.equal((await watcher.head()).rev, rev);
  assert.equal(await watcher.get(pod('late-comer')), undefined);
});

test('a Postgres that does not answer any more is given up in time, and nobody is told a lie', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const store = await storesOn(url, t).open({ clock: hastyClock, patienceMs: 2000 });
  await committed(commit(store, creation({ key: pod('a') })));
  postgres.pause();
  const doubtful = commit(store, creation({ key: pod('b') }));
  await assert.rejects(doubtful, { reason: 'Timeout', message: /may or may not have happened/ });
  await assert.rejects(commit(store, creation({ key: pod('c') })), { reason: 'ServiceUnavailable' });
  postgres.resume();
  await waitForCommit(store, pod('d'));
  assert.equal(await store.get(pod('c')), undefined);
});

test('L1: a database that was put back behind our back gets another log id, so that no revision means two things', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const { open } = storesOn(url, t);
  const store = await open({ patienceMs: 30_000 });
  for (let i = 0; i < 5; i++) await committed(commit(store, creation({ key: pod(`p${i}`) })));
  const { logId } = await store.head();
  await postgres.stop();
  const restore = postgres.backup();
  await postgres.start();
  for (let i = 5; i < 10; i++) await committed(commit(store, creation({ key: pod(`p${i}`) })));
  assert.equal((await store.head()).logId, logId);
  await postgres.stop();
  restore();
  const stale = store.commit(transaction([creation({ key: pod('stale') })], { logId }));
  const replaced = waitForHead(store, (head) => head.logId !== logId);
  await postgres.start();
  assert.equal((await replaced).rev, 5);
  await assert.rejects(stale, { reason: 'Gone' });
  assert.equal(await committed(commit(store, creation({ key: pod('p5') }))), 6);
});

test('L1: it is noticed even if others have written to the older copy before us', async (t) => {
  const { postgres, url, name } = await postgresFor(t);
  const proxy = await SocketProxy.create(postgres.directory);
  t.after(() => proxy.close());
  const { open } = storesOn(databaseUrl({ ...postgres.address, host: proxy.directory }, name), t);
  const store = await open({ patienceMs: 30_000 });
  await committed(commit(store, creation({ key: pod('a') })));
  const { logId } = await store.head();
  await postgres.stop();
  const restore = postgres.backup();
  await postgres.start();
  await committed(commit(store, creation({ key: pod('b') })));
  proxy.refuse();
  await postgres.stop();
  restore();
  await postgres.start();
  const other = await storesOn(url, t).open();
  for (let i = 0; i < 5; i++) await committed(commit(other, creation({ key: pod(`other-${i}`) })));
  assert.equal((await other.head()).logId, logId);
  const replaced = waitForHead(other, (head) => head.logId !== logId);
  proxy.admit();
  const fresh = await waitForHead(store, (head) => head.logId !== logId);
  assert.deepEqual(await replaced, fresh);
  assert.equal(await committed(commit(other, creation({ key: pod('c') }))), 7);
});

test('leadership is lost with the connection, and somebody else gets it', async (t) => {
  const { postgres, url } = await postgresFor(t);
  const { open } = storesOn(url, t);
  const [store, other] = [await open(), await open()];
  const ended = new AbortController();
  t.after(async () => ended.abort());
  const leadership = await store.leaderLock('relay').acquire(ended.signal);
  const next = other.leaderLock('relay').acquire(ended.signal);
  const lost = new Promise((resolve) => leadership.lost.addEventListener('abort', resolve));
  await postgres.kill();
  await lost;
  await postgres.start();
  const again = await next;
  assert.equal(again.lost.aborted, false);
  await again.release();
});

/** Tries until it succeeds: there is no other event that tells from outside. */
async function waitForCommit(store: Store, key: ReturnType<typeof pod>): Promise<void> {
  for (;;) {
    try {
      const result = await commit(store, creation({ key }));
      assert.ok(result.ok);
      return;
    } catch (error) {
      assert.ok(error instanceof ApiError && error.reason === 'ServiceUnavailable');
      await systemClock.sleep(20);
    }
  }
}
