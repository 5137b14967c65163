/** The log in Postgres and its way out through NATS together, both real, with two API servers' stores and relays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import { NatsLogFeed, NatsRelay } from '@reckon/eventlog';
import { ThrowAwayNats } from '@reckon/eventlog/testing/throw-away-nats.ts';
import { systemClock } from '@reckon/service';
import type { PostgresStore } from '@reckon/store';
import { waitForHead } from '@reckon/store/testing/contract/following.ts';
import {
  change,
  commit,
  committed,
  creation,
  pod,
  wholeLog,
} from '@reckon/store/testing/contract/harness.ts';
import { createDatabaseOn } from '@reckon/store/testing/databases.ts';
import { ThrowAwayPostgres } from '@reckon/store/testing/throw-away-postgres.ts';
import { storesOn } from '@reckon/store/testing/worlds.ts';

type TestContext = { after(fn: () => Promise<void>): void };

async function worldFor(t: TestContext) {
  const nats = await ThrowAwayNats.start();
  t.after(() => nats.dispose());
  const postgres = await ThrowAwayPostgres.create();
  t.after(() => postgres.remove());
  const { open } = storesOn(await createDatabaseOn(postgres.address), t);
  const startRelay = (store: PostgresStore, lock = store.leaderLock('relay')) => {
    const relay = new NatsRelay({ nats: nats.options, source: store, lock, clock: systemClock });
    t.after(() => relay.stop());
    relay.start();
    return relay;
  };
  return { nats, postgres, open, startRelay };
}

function published(
  relay: NatsRelay,
  wanted: (status: ReturnType<NatsRelay['status']>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!relay.status().stream || !wanted(relay.status())) return;
      end();
      resolve();
    };
    const end = relay.onStatus(check);
    check();
  });
}

/** Follows NATS, filling gaps from the log, until `through`. */
async function follow(feed: NatsLogFeed, store: PostgresStore, through: Revision): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const abort = new AbortController();
  let at = 0;
  while (at < through) {
    const { logId } = store.lastHead();
    try {
      for await (const chunk of feed.follow({ logId, after: at }, abort.signal)) {
        if (chunk.after > at)
          records.push(...(await store.readLog({ after: at, through: chunk.after })).records);
        records.push(...chunk.records);
        at = chunk.through;
        if (at >= through) break;
      }
    } catch (error) {
      assert.equal(ApiError.from(error).reason, 'ServiceUnavailable');
      await systemClock.sleep(50);
    }
  }
  return records;
}

const plain = ({ rev, atMs, uid, op, prevRev, body, provenance }: LogRecord) => ({
  ...{ rev, atMs, uid, op, prevRev, body: body && Buffer.from(body).toString() },
  ...{ actor: provenance.actor, requestId: provenance.requestId },
});

const nobodyWaits = {
  acquire: async () => ({ lost: new AbortController().signal, release: async () => undefined }),
};

test('L6: what NATS holds is the log, with two API servers that both relay and both servers killed', async (t) => {
  const { nats, postgres, open, startRelay } = await worldFor(t);
  const stores = [await open({ patienceMs: 30_000 }), await open({ patienceMs: 30_000 })];
  const relays = stores.map((store) => startRelay(store, nobodyWaits));
  const writing = stores.map(async (store, s) => {
    const key = pod(`busy-${s}`);
    let rev = await committed(commit(store, creation({ key })));
    for (let i = 0; i < 300; i++)
      rev = await committed(commit(store, change('update', rev, { key, value: { i } })));
  });
  const [store, other] = stores;
  assert.ok(store && other);
  const following = follow(new NatsLogFeed(nats.options), store, 602);
  await waitForHead(store, ({ rev }) => rev >= 100);
  await nats.kill();
  await waitForHead(store, ({ rev }) => rev >= 200);
  await postgres.kill();
  await nats.boot();
  await postgres.start();
  await Promise.all(writing);
  await Promise.all(relays.map((relay) => published(relay, ({ publishedRev }) => publishedRev === 602)));
  assert.deepEqual((await following).map(plain), (await wholeLog(other)).map(plain));
});

test('L6: one relay publishes at a time, and another goes on when its API server is gone', async (t) => {
  const { open, nats, startRelay } = await worldFor(t);
  const [first, second] = [await open(), await open()];
  const relays = [startRelay(first)];
  await published(relays[0] as NatsRelay, () => true);
  const next = startRelay(second);
  await committed(commit(second, creation({ key: pod('a') })));
  assert.equal(next.status().leading, false);
  await relays[0]?.stop();
  await committed(commit(second, creation({ key: pod('b') })));
  await published(next, ({ publishedRev }) => publishedRev === 2);
  const names = (await follow(new NatsLogFeed(nats.options), second, 2)).map(({ key }) => key.name);
  assert.deepEqual(names, ['a', 'b']);
});

test('L6: a database put back to an older copy gets a new log id by what NATS remembers, though all else forgot', async (t) => {
  const { postgres, nats, open, startRelay } = await worldFor(t);
  const before = await open({ patienceMs: 30_000 });
  const relay = startRelay(before);
  for (let i = 0; i < 5; i++) await committed(commit(before, creation({ key: pod(`p${i}`) })));
  await published(relay, ({ publishedRev }) => publishedRev === 5);
  const { logId } = before.lastHead();
  await postgres.stop();
  const restore = postgres.backup();
  await postgres.start();
  await published(relay, () => true);
  for (let i = 5; i < 10; i++) await committed(commit(before, creation({ key: pod(`p${i}`) })));
  await published(relay, ({ publishedRev }) => publishedRev === 10);
  await relay.stop();
  await before.close();
  await postgres.stop();
  restore();
  await postgres.start();
  const after = await open();
  // The older copy goes on, past what NATS has, before anybody compares the two.
  for (let i = 0; i < 8; i++) await committed(commit(after, creation({ key: pod(`q${i}`) })));
  assert.equal(after.lastHead().logId, logId);
  const again = startRelay(after);
  await published(again, (status) => status.publishedRev === 13 && status.logId !== logId);
  assert.notEqual(after.lastHead().logId, logId);
  const records = await follow(new NatsLogFeed(nats.options), after, 13);
  assert.deepEqual(records.map(plain), (await wholeLog(after)).map(plain));
});
