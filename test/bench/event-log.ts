/** How fast the log goes out: from a source in memory through a relay to NATS, and from NATS to a reader. */
import { NatsLogFeed, NatsRelay } from '@reckon/eventlog';
import { MemorySource, NO_LOCK } from '@reckon/eventlog/testing/memory-source.ts';
import { ThrowAwayNats } from '@reckon/eventlog/testing/throw-away-nats.ts';
import { systemClock } from '@reckon/service';
import { sampleObject } from './store/load.ts';

const RECORDS = 10_000;
const LIVE_RECORDS = 500;
const TARGET_PER_SECOND = 15_000;

const nats = await ThrowAwayNats.start();
const source = new MemorySource('bench');
const relay = new NatsRelay({ nats: nats.options, source, lock: NO_LOCK, clock: systemClock });
try {
  const body = sampleObject('checkout');
  source.append(RECORDS, () => ({ body }));
  const startMs = systemClock.monotonicMs();
  relay.start();
  await publishedUpTo(RECORDS);
  const published = (RECORDS * 1000) / (systemClock.monotonicMs() - startMs);
  const verdict = published >= TARGET_PER_SECOND ? 'met' : 'MISSED';
  console.log(`published  ${published.toFixed(0)}/s of ${body.length} bytes   target ≥ 15,000/s: ${verdict}`);

  const readMs = systemClock.monotonicMs();
  const abort = new AbortController();
  for await (const { through } of new NatsLogFeed(nats.options).follow(
    { logId: 'bench', after: 0 },
    abort.signal,
  )) {
    if (through === RECORDS) break;
  }
  console.log(`read       ${((RECORDS * 1000) / (systemClock.monotonicMs() - readMs)).toFixed(0)}/s`);

  const latenciesMs: number[] = [];
  for (let i = 1; i <= LIVE_RECORDS; i++) {
    const sentMs = systemClock.monotonicMs();
    source.append(1, () => ({ body }));
    await publishedUpTo(RECORDS + i);
    latenciesMs.push(systemClock.monotonicMs() - sentMs);
  }
  latenciesMs.sort((x, y) => x - y);
  const p50Ms = latenciesMs[LIVE_RECORDS / 2] ?? Number.NaN;
  console.log(`commit → acknowledged by NATS, one at a time: p50 ${p50Ms.toFixed(2)} ms`);
} finally {
  await relay.stop();
  await nats.dispose();
}

function publishedUpTo(rev: number): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (relay.status().publishedRev < rev) return;
      end();
      resolve();
    };
    const end = relay.onStatus(check);
    check();
  });
}
