import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger, systemClock } from '@reckon/service';
import pg from 'pg';
import { Ledger } from '../postgres/ledger.ts';
import { change, commit, committed, creation, pod } from '../testing/contract/harness.ts';
import { createDatabase } from '../testing/databases.ts';
import { storesOn } from '../testing/worlds.ts';
import { checkState, foldLog } from './fold-log.ts';
import { differences, digestOfFold, digestOfRecorded } from './state-digest.ts';

type TestContext = { after(fn: () => Promise<void>): void };

const LEASE = { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', name: 'node' };

/** 1-3: a, b, c made; 4: a changed; 5: b gone; 6: b made again; 7-9: a lease that beats. */
async function worldFor(t: TestContext) {
  const url = await createDatabase();
  const store = await storesOn(url, t).open();
  const ledger = new Ledger({ database: { url }, clock: systemClock, log: silentLogger });
  t.after(() => ledger.close());
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  t.after(() => admin.end());
  for (const name of ['a', 'b', 'c']) await committed(commit(store, creation({ key: pod(name) })));
  await committed(commit(store, change('update', 1, { key: pod('a'), value: { changed: true } })));
  await committed(commit(store, change('delete', 2, { key: pod('b') })));
  await committed(commit(store, creation({ key: pod('b'), uid: 'another' })));
  await committed(commit(store, creation({ key: LEASE, heartbeat: true })));
  for (const rev of [7, 8])
    await committed(commit(store, change('update', rev, { key: LEASE, heartbeat: true, value: { rev } })));
  const verify = async () => {
    const folded = await foldLog(ledger, (await ledger.head()).rev);
    const breaks = [...folded.breaks, ...(await checkState(ledger, folded))];
    return breaks.map(({ invariant, rev, message }) => `${invariant} ${rev}: ${message}`);
  };
  return { store, ledger, admin, verify };
}

test('a log that nobody has touched breaks nothing', async (t) => {
  const { verify } = await worldFor(t);
  assert.deepEqual(await verify(), []);
});

const tamperings: readonly (readonly [string, string, RegExp])[] = [
  ['a revision that is gone', 'delete from log where rev = 4', /^L1 4: revision 4 is missing$/],
  ['revisions that are gone', 'delete from log where rev in (2, 3)', /^L1 2: revisions 2 to 3 are missing$/],
  [
    'time that goes back',
    "update log set at = at - interval '1 hour' where rev = 5",
    /^L1 5: .* before its pre/,
  ],
  [
    'an event that replaces another',
    'update log set prev_rev = 3 where rev = 4',
    /^L3 4: .*replaces revision 3/,
  ],
  ['an object that was another', "update log set uid = 'x' where rev = 5", /^L3 5: .* has the uid x/],
  ['a lost object', 'update log set body = null where rev = 3', /^L3 3: revision 3 has lost its object pods/],
  [
    'a changed event',
    "update log set body = 'x' where rev = 6",
    /^L3 6: the state has .* not as that revision/,
  ],
  [
    'a changed object',
    "update objects set body = 'x' where name = 'c'",
    /^L3 3: the state has pods\/default\/c/,
  ],
  ['a lost row', "delete from objects where name = 'a'", /^L3 4: the state lacks pods\/default\/a/],
  ['an object put back', "update objects set rev = 1 where name = 'a'", /^L3 1: the state has .*not as/],
  [
    'an object that nobody made',
    "insert into objects select rev, confidential, resource, namespace, 'ghost', uid, body from objects where name = 'c'",
    /^L3 3: the state has pods\/default\/ghost/,
  ],
  ['a heartbeat that is gone', 'delete from log where rev = 8', /^L1 8: revision 8 is missing$/],
  ['the latest heartbeat lost', 'update log set body = null where rev = 9', /^L3 9: the state has leases/],
];

for (const [what, statement, expected] of tamperings)
  test(`verification names the revision of ${what}`, async (t) => {
    const { admin, verify } = await worldFor(t);
    await admin.query(statement);
    const [first] = await verify();
    assert.match(first ?? 'nothing was found', expected);
  });

test('verification holds while others write, and while objects come and go', async (t) => {
  const { store, verify } = await worldFor(t);
  let stop = false;
  const writing = (async () => {
    for (let i = 0; !stop; i++) {
      const key = pod(`busy-${i % 7}-${i}`);
      const rev = await committed(commit(store, creation({ key })));
      const next = await committed(commit(store, change('update', rev, { key, value: { i } })));
      if (i % 3 > 0) await committed(commit(store, change('delete', next, { key })));
    }
  })();
  for (let i = 0; i < 20; i++) assert.deepEqual(await verify(), []);
  stop = true;
  await writing;
});

test('a fold up to any revision is the state that was recorded then', async (t) => {
  const { ledger } = await worldFor(t);
  for (let rev = 0; rev <= 9; rev++) {
    const folded = await digestOfFold(ledger, (await foldLog(ledger, rev)).objects);
    const recorded = await digestOfRecorded(ledger, rev);
    assert.deepEqual(differences(folded, recorded), [], `at ${rev}`);
    assert.equal(folded.digest, recorded.digest);
    assert.equal(folded.objects, [0, 1, 2, 3, 3, 2, 3, 3, 3, 3][rev]);
  }
});

test('revisions that became a range count as there, and what they led to folds', async (t) => {
  const { admin, verify } = await worldFor(t);
  await admin.query(
    'insert into log_ranges select min(rev), max(rev), min(at), max(at) from log where rev in (7, 8)',
  );
  await admin.query('delete from log where rev in (7, 8)');
  assert.deepEqual(await verify(), []);
});
