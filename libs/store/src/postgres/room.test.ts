import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApiError } from '@reckon/api';
import { systemClock } from '@reckon/service';
import pg from 'pg';
import { commit, committed, creation, pod, stateAt, wholeLog } from '../testing/contract/harness.ts';
import { createDatabase, createDatabaseOn } from '../testing/databases.ts';
import { ThrowAwayPostgres } from '../testing/throw-away-postgres.ts';
import { storesOn } from '../testing/worlds.ts';

test('the log grows over its partitions, made ahead of need, without anybody noticing', async (t) => {
  const { open } = storesOn(await createDatabase(), t);
  const stores = [await open({ partitionRevisions: 20 }), await open({ partitionRevisions: 20 })];
  const [store] = stores;
  assert.ok(store);
  await Promise.all(
    stores.flatMap((one, s) =>
      Array.from({ length: 150 }, (_, i) => committed(commit(one, creation({ key: pod(`p-${s}-${i}`) })))),
    ),
  );
  const log = await wholeLog(store, 50);
  assert.deepEqual(
    log.map(({ rev }) => rev),
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  assert.equal((await stateAt(store, 150)).length, 150);
  assert.equal((await store.history(pod('p-0-0'))).length, 1);
});

test('a log without room makes some instead of refusing', async (t) => {
  const url = await createDatabase();
  const store = await storesOn(url, t).open({ partitionRevisions: 10 });
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  // As if the head had outrun those who make room.
  await admin.query('update log_head set rev = 500');
  await admin.end();
  assert.equal(await committed(commit(store, creation({ key: pod('a') }))), 501);
});

test('what retention has taken is said to be expired, never told as if nothing had been', async (t) => {
  const url = await createDatabase();
  const store = await storesOn(url, t).open();
  for (let i = 0; i < 6; i++) await committed(commit(store, creation({ key: pod(`p${i}`) })));
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('update log_head set floor = 3');
  await admin.query('delete from log where rev <= 3');
  await admin.end();
  const expired = { reason: 'Expired' };
  await assert.rejects(store.readLog({ after: 2 }), expired);
  await assert.rejects(store.getAt(pod('p0'), 2), expired);
  await assert.rejects(store.listAt({ rev: 2, resource: 'pods' }), expired);
  assert.deepEqual(
    (await store.readLog({ after: 3 })).records.map(({ rev }) => rev),
    [4, 5, 6],
  );
  assert.equal((await store.get(pod('p0')))?.rev, 1);
});

const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root: mounts a small file system' };

test(
  'a full disk is said clearly, loses nothing that was acknowledged, and mends itself',
  asRoot,
  async (t) => {
    const mount = mkdtempSync(join(tmpdir(), 'reckon-small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', mount]);
    t.after(async () => {
      execFileSync('umount', ['-l', mount]);
      rmSync(mount, { recursive: true });
    });
    // The WAL lies elsewhere, as it should: Postgres itself gives up when that has no room.
    const tables = join(mount, 'tables');
    mkdirSync(tables);
    chownSync(tables, 65534, 65534);
    const postgres = await ThrowAwayPostgres.create();
    t.after(() => postgres.remove());
    const url = await createDatabaseOn(postgres.address);
    const name = new URL(url).pathname.slice(1);
    const admin = await postgres.connect('postgres');
    await admin.query(`create tablespace small location '${tables}'`);
    await admin.query(`alter database ${name} set tablespace small`);
    await admin.end();
    const store = await storesOn(url, t).open();
    const body = 'x'.repeat(1000);
    const write = (i: number) => commit(store, creation({ key: pod(`p${i}`), value: `${body}${i}` }));
    let i = 0;
    while (i < 50) await committed(write(i++));
    fill(join(mount, 'filler'));
    const failure = await firstFailure(async () => {
      await committed(write(i));
      i++;
    });
    assert.equal(failure.reason, 'ServiceUnavailable');
    assert.match(failure.message, /no space left/);
    assert.equal((await store.get(pod('p0')))?.rev, 1);
    unlinkSync(join(mount, 'filler'));
    await systemClock.sleep(0);
    assert.equal(await committed(write(i)), i + 1);
    assert.equal((await wholeLog(store)).length, i + 1);
  },
);

/** Takes whatever room there is. */
function fill(path: string): void {
  for (let size = 64 * 1024 * 1024; size >= 4096; size /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}

async function firstFailure(attempt: () => Promise<void>): Promise<ApiError> {
  for (let tries = 0; tries < 2000; tries++) {
    try {
      await attempt();
    } catch (error) {
      assert.ok(error instanceof ApiError);
      return error;
    }
  }
  throw new Error('it never failed');
}
