/** L6 as `reckon verify` checks it: a real stream beside a real log, and what somebody else did to the stream. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, headers } from '@nats-io/transport-node';
import { auditStream, NatsRelay, type StreamAudit } from '@reckon/eventlog';
import { ThrowAwayNats } from '@reckon/eventlog/testing/throw-away-nats.ts';
import { silentLogger, systemClock } from '@reckon/service';
import { Ledger } from '@reckon/store';
import { change, commit, committed, creation, pod } from '@reckon/store/testing/contract/harness.ts';
import { createDatabase } from '@reckon/store/testing/databases.ts';
import { storesOn } from '@reckon/store/testing/worlds.ts';
import pg from 'pg';

type TestContext = { after(fn: () => Promise<void>): void };

const LEASE = { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', name: 'node' };

/** Twelve revisions, published: 1-5 pods, 6 a secret, 7-9 a lease, 10-12 a pod that comes, changes and goes. */
async function worldFor(t: TestContext) {
  const nats = await ThrowAwayNats.start();
  t.after(() => nats.dispose());
  const url = await createDatabase();
  const store = await storesOn(url, t).open();
  const relay = new NatsRelay({
    nats: nats.options,
    source: store,
    lock: store.leaderLock('relay'),
    clock: systemClock,
  });
  t.after(() => relay.stop());
  for (let i = 1; i <= 5; i++) await committed(commit(store, creation({ key: pod(`p${i}`) })));
  const secret = { resource: 'secrets', namespace: 'default', name: 's' };
  await committed(commit(store, creation({ key: secret, confidential: true })));
  await committed(commit(store, creation({ key: LEASE, heartbeat: true })));
  for (const rev of [7, 8])
    await committed(commit(store, change('update', rev, { key: LEASE, heartbeat: true })));
  await committed(commit(store, creation({ key: pod('q') })));
  await committed(commit(store, change('update', 10, { key: pod('q'), value: { changed: true } })));
  await committed(commit(store, change('delete', 11, { key: pod('q') })));
  const published = (rev: number) =>
    new Promise<string>((resolve) => {
      const check = () => {
        const { stream, publishedRev } = relay.status();
        if (!stream || publishedRev !== rev) return;
        end();
        resolve(stream);
      };
      const end = relay.onStatus(check);
      check();
    });
  relay.start();
  const stream = await published(12);
  const ledger = new Ledger({ database: { url }, clock: systemClock, log: silentLogger });
  t.after(() => ledger.close());
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  t.after(() => admin.end());
  const connection = await connect({ servers: nats.options.url });
  t.after(() => connection.close());
  const audit = (): Promise<StreamAudit | undefined> =>
    auditStream({
      nats: nats.options,
      logId: store.lastHead().logId,
      records: (after, through, limits) => ledger.travelling(after, through, limits),
      headRev: async () => (await ledger.head()).rev,
    });
  const told = async () => (await audit())?.breaks.map(({ rev, message }) => `${rev}: ${message}`);
  return { store, relay, admin, connection, stream, audit, told };
}

test('L6 holds for what a relay has published: bodies, secrets, heartbeats and deletions', async (t) => {
  const { audit, stream } = await worldFor(t);
  assert.deepEqual(await audit(), { stream, firstRev: 1, lastRev: 12, breaks: [] });
});

test('L6 holds for a stream that no longer goes back to the beginning', async (t) => {
  const { audit, connection, stream } = await worldFor(t);
  await (await jetstreamManager(connection)).streams.purge(stream, { seq: 5 });
  assert.deepEqual(await audit(), { stream, firstRev: 5, lastRev: 12, breaks: [] });
});

test('a message that was deleted from the middle of the stream is named', async (t) => {
  const { told, connection, stream } = await worldFor(t);
  await (await jetstreamManager(connection)).streams.deleteMessage(stream, 4);
  assert.deepEqual(await told(), ['4: NATS lacks revision 4, though it has earlier and later ones']);
});

test('an event that NATS tells otherwise than the log is named, whichever part of it', async (t) => {
  const { told, admin } = await worldFor(t);
  const cases: readonly (readonly [string, string])[] = [
    ["actor = 'somebody else'", '3: NATS has another actor for revision 3 than the log'],
    ["body = 'x'", '3: NATS has another object for revision 3 than the log'],
    ["name = 'another'", '3: NATS has another object name for revision 3 than the log'],
    ["at = at + interval '1 microsecond'", '3: NATS has another time for revision 3 than the log'],
    ["because = 'of this'", '3: NATS has another reason for revision 3 than the log'],
  ];
  for (const [assignment, expected] of cases) {
    const { rows } = await admin.query('select actor, body, name, at::text, because from log where rev = 3');
    const { actor, body, name, at, because } = rows[0];
    await admin.query(`update log set ${assignment} where rev = 3`);
    assert.deepEqual(await told(), [expected]);
    await admin.query(
      'update log set actor = $1, body = $2, name = $3, at = $4, because = $5 where rev = 3',
      [...[actor, body, name, at, because]],
    );
  }
  assert.deepEqual(await told(), []);
});

test('what somebody else put into the stream is named: a strange message, and a future that the log does not have', async (t) => {
  const { told, connection, relay, store } = await worldFor(t);
  await relay.stop();
  const strange = headers();
  strange.append('Nats-Expected-Last-Sequence', '12');
  await connection.request('log.core.pods.default.x', 'strange', { headers: strange, timeout: 5_000 });
  assert.deepEqual(await told(), ['13: NATS has revisions up to 13, and the log ends at 12']);
  await committed(commit(store, creation({ key: pod('later') })));
  assert.deepEqual(await told(), ['13: NATS holds a strange message in the place of revision 13']);
});
