/** What every event log must do: the one on NATS and its twin in memory. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ApiError, type LogRecord, type Revision } from '@reckon/api';
import { systemClock } from '@reckon/service';
import type { LogFeed, Relay } from '../types.ts';
import { MemorySource } from './memory-source.ts';

export interface EventLogWorld {
  readonly feed: LogFeed;
  relay(source: MemorySource): Relay;
  /** Nobody can reach it any more. */
  goAway(): Promise<void>;
  /** What it held is still there. */
  comeBack(): Promise<void>;
  /** It has lost all that it held, while everybody is connected. */
  forget(): Promise<void>;
}

/** What a test of an event log works with. */
export interface EventLogTools {
  readonly world: () => EventLogWorld;
  readonly source: () => MemorySource;
  /** Stopped when the test ends. */
  readonly startRelay: () => Relay;
  readonly collect: (
    through: Revision,
    start?: Revision,
    resources?: readonly string[],
  ) => Promise<LogRecord[]>;
}

/** Resolves once the relay says that it has published up to `rev`. */
export function published(relay: Relay, rev: Revision): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      const { publishedRev, stream } = relay.status();
      if (publishedRev < rev || !stream) return;
      end();
      resolve();
    };
    const end = relay.onStatus(check);
    check();
  });
}

export function revs(records: readonly LogRecord[]): Revision[] {
  return records.map(({ rev }) => rev);
}

export function upTo(from: Revision, to: Revision): Revision[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** A fresh source and no relay for each test of the enclosing suite. */
export function eventLogTools(world: () => EventLogWorld): EventLogTools {
  let source: MemorySource;
  let relays: Relay[] = [];
  let count = 0;

  beforeEach(() => {
    source = new MemorySource(`t${++count}`);
  });

  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    relays = [];
  });

  return {
    world,
    source: () => source,
    startRelay: () => {
      const relay = world().relay(source);
      relays.push(relay);
      relay.start();
      return relay;
    },
    /** Follows until `through`, starting over when it goes away, and checks that no gap hides. */
    collect: async (through, start = 0, resources) => {
      const records: LogRecord[] = [];
      const { logId } = source.lastHead();
      const abort = new AbortController();
      let at = start;
      while (at < through) {
        try {
          for await (const chunk of world().feed.follow({ logId, after: at, resources }, abort.signal)) {
            assert.equal(chunk.after, at, 'the chunk follows the one before');
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
    },
  };
}

export function testEventLogContract(name: string, getWorld: () => EventLogWorld): void {
  describe(`${name}: what every event log does`, () => {
    const { world, source, startRelay, collect } = eventLogTools(getWorld);

    it('L6: carries every record as the log has it, in order, and from any revision', async () => {
      source().append(3, (rev) => ({
        provenance: {
          actor: 'jürgen 100%',
          requestId: `r${rev}`,
          cause: rev - 1,
          because: 'weil es\nsein muss ',
        },
      }));
      await published(startRelay(), 3);
      source().append(200);
      const expected = source().records.map(({ confidential: _, ...record }) => record);
      const records = (await collect(203)).map((record) => ({
        ...record,
        body: Buffer.from(record.body ?? []),
      }));
      assert.deepEqual(records, expected);
      assert.deepEqual(revs(await collect(203, 150)), upTo(151, 203));
    });

    it('a feed of some resources still says how far it is', async () => {
      source().append(10, (rev) =>
        rev % 5 === 0 ? { key: { resource: 'pods', namespace: 'a', name: 'p' } } : {},
      );
      await published(startRelay(), 10);
      assert.deepEqual(revs(await collect(10, 0, ['pods'])), [5, 10]);
    });

    it('L7: bodies of secrets do not travel, nor do large ones', async () => {
      source().append(1, () => ({ confidential: true }));
      source().append(1, () => ({ body: Buffer.alloc(600 * 1024, 'x') }));
      await published(startRelay(), 2);
      assert.deepEqual(
        (await collect(2)).map(({ body }) => body),
        [undefined, undefined],
      );
    });

    it('L1: two relays at once neither reorder nor double', async () => {
      source().append(500);
      const both = [startRelay(), startRelay()];
      for (let i = 0; i < 20; i++) {
        source().append(50);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(both.map((relay) => published(relay, 1_500)));
      assert.deepEqual(revs(await collect(1_500)), upTo(1, 1_500));
    });

    it('a log that was put back behind our back gets a new id before anything of it is published', async () => {
      source().append(30);
      const first = startRelay();
      await published(first, 30);
      await first.stop();
      const before = source().lastHead().logId;
      source().truncate(20);
      source().append(15, (rev) => ({ uid: `other-${rev}` }));
      const second = startRelay();
      await published(second, 35);
      assert.notEqual(source().lastHead().logId, before);
      assert.equal(source().replacements.length, 1);
      assert.match(source().replacements[0] ?? '', /holds events up to 30 that the log does not have/);
      const records = await collect(35);
      assert.deepEqual(
        records.slice(20).map(({ uid }) => uid),
        upTo(21, 35).map((rev) => `other-${rev}`),
      );
    });

    it('a feed of another log, or of none, says that it is not there', async () => {
      const abort = new AbortController();
      const feed = world().feed.follow({ logId: 'nobody', after: 0 }, abort.signal);
      await assert.rejects(
        async () => {
          for await (const _ of feed) assert.fail('there is nothing to read');
        },
        { reason: 'ServiceUnavailable' },
      );
    });

    it('what was committed while it was away comes when it is back, and a reader misses nothing', async () => {
      source().append(100);
      const relay = startRelay();
      await published(relay, 100);
      const reading = collect(300);
      await world().goAway();
      source().append(100);
      await world().comeBack();
      source().append(100);
      await published(relay, 300);
      assert.deepEqual(revs(await reading), upTo(1, 300));
    });

    it('L6: what it has lost while all run is made anew from the log, without anybody asking', async () => {
      source().append(20);
      const relay = startRelay();
      await published(relay, 20);
      const lost = new Promise<void>((resolve) => {
        const end = relay.onStatus(({ publishedRev }) => {
          if (publishedRev !== 0) return;
          end();
          resolve();
        });
      });
      await world().forget();
      await lost;
      await published(relay, 20);
      assert.deepEqual(revs(await collect(20)), upTo(1, 20));
      source().append(5);
      await published(relay, 25);
      assert.deepEqual(revs(await collect(25, 18)), upTo(19, 25));
    });

    it('a stream begins a bounded way before the head, and what it lacks shows as a gap', async () => {
      source().append(25_000);
      await published(startRelay(), 25_000);
      const { logId } = source().lastHead();
      const abort = new AbortController();
      for await (const chunk of world().feed.follow({ logId, after: 7 }, abort.signal)) {
        assert.equal(chunk.after, 15_000);
        break;
      }
    });

    it('a reader that has had enough is let go', async () => {
      source().append(5);
      await published(startRelay(), 5);
      const { logId } = source().lastHead();
      const abort = new AbortController();
      const seen: Revision[] = [];
      for await (const { records, through } of world().feed.follow({ logId, after: 0 }, abort.signal)) {
        seen.push(...revs(records));
        if (through === 5) abort.abort();
      }
      assert.deepEqual(seen, upTo(1, 5));
    });
  });
}
