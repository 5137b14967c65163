import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { systemClock } from '@reckon/service';
import {
  type EventLogWorld,
  eventLogTools,
  published,
  revs,
  testEventLogContract,
  upTo,
} from '../testing/contract.ts';
import { NO_LOCK } from '../testing/memory-source.ts';
import { ThrowAwayNats } from '../testing/throw-away-nats.ts';
import type { FeedChunk } from '../types.ts';
import { connectNats } from './connection.ts';
import { NatsLogFeed } from './feed.ts';
import { NatsRelay } from './relay.ts';

describe('JetStream', () => {
  let nats: ThrowAwayNats;

  before(async () => {
    nats = await ThrowAwayNats.start();
  });

  after(() => nats.dispose());

  const world = (): EventLogWorld => ({
    feed: new NatsLogFeed(nats.options),
    relay: (source) => new NatsRelay({ nats: nats.options, source, lock: NO_LOCK, clock: systemClock }),
    goAway: () => nats.kill(),
    comeBack: () => nats.boot(),
    forget: () =>
      onServer(async (manager) => {
        for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
      }),
  });

  async function onServer(
    work: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<void>,
  ): Promise<void> {
    const connection = await connectNats(nats.options);
    try {
      await work(await jetstreamManager(connection));
    } finally {
      await connection.close();
    }
  }

  testEventLogContract('NATS', world);

  const { source, startRelay, collect } = eventLogTools(world);

  it('a server that has lost its storage gets a new stream', async () => {
    source().append(50);
    const relay = startRelay();
    await published(relay, 50);
    await nats.kill();
    await nats.wipe();
    await nats.boot();
    source().append(1);
    await published(relay, 51);
    assert.deepEqual(revs(await collect(51)), upTo(1, 51));
  });

  it('a purged stream goes on; what is gone from it shows as a gap', async () => {
    source().append(20);
    const relay = startRelay();
    await published(relay, 20);
    const connection = await connectNats(nats.options);
    const manager = await jetstreamManager(connection);
    await manager.streams.purge(relay.status().stream ?? '');
    await connection.close();
    source().append(5);
    await published(relay, 25);
    const abort = new AbortController();
    const chunks: FeedChunk[] = [];
    const { logId } = source().lastHead();
    for await (const chunk of world().feed.follow({ logId, after: 0 }, abort.signal)) {
      chunks.push(chunk);
      if (chunk.through === 25) break;
    }
    assert.equal(chunks[0]?.after, 20);
    assert.deepEqual(revs(chunks.flatMap(({ records }) => records)), upTo(21, 25));
  });

  it('storage put back from an old copy is brought up to date', async () => {
    source().append(30);
    const relay = startRelay();
    await published(relay, 30);
    await nats.kill();
    const copy = await nats.save();
    await nats.boot();
    source().append(30);
    await published(relay, 60);
    await nats.kill();
    await nats.restore(copy);
    await nats.boot();
    source().append(1);
    await published(relay, 61);
    assert.deepEqual(revs(await collect(61)), upTo(1, 61));
  });

  it('what another version has published, and this one cannot read, is not passed over', async () => {
    source().append(2);
    const relay = startRelay();
    await published(relay, 2);
    await relay.stop();
    const connection = await connectNats(nats.options);
    const fields = headers();
    fields.append('Reckon-Rev', '3');
    await connection.request('log.core.pods.default.other', new Uint8Array(), {
      headers: fields,
      timeout: 5_000,
    });
    await connection.close();
    const { logId } = source().lastHead();
    let through = 0;
    await assert.rejects(async () => {
      const feed = world().feed.follow({ logId, after: 0 }, new AbortController().signal);
      for await (const chunk of feed) through = chunk.through;
    }, /revision 3/);
    assert.ok(through <= 2, 'the reader does not believe that there was nothing');
    await world().forget();
  });

  it('the stream of another cluster is left alone', async () => {
    await world().forget();
    source().append(3);
    const relayOf = (clusterId: string) =>
      new NatsRelay({ nats: nats.options, source: source(), lock: NO_LOCK, clock: systemClock, clusterId });
    const theirs = relayOf('theirs');
    theirs.start();
    await published(theirs, 3);
    await theirs.stop();
    await source().replaceLogId({ because: 'another log' });
    const ours = relayOf('ours');
    const trouble = new Promise<string>((resolve) => {
      ours.onStatus((status) => status.trouble && resolve(status.trouble));
    });
    ours.start();
    assert.match(await trouble, /holds a stream of somebody else/);
    await ours.stop();
    await world().forget();
  });
});
