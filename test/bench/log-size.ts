/**
 * What a long log costs: durable writes into an empty one and into one of a million revisions, by turns on one
 * Postgres, and how fast that one verifies (L1 and L3) and replays. `[REVISIONS] [SECONDS]`: default 1,000,000 and 5.
 */
import { silentLogger, systemClock } from '@reckon/service';
import { checkState, digestOfFold, digestOfRecorded, foldLog, Ledger } from '@reckon/store';
import { createDatabaseOn } from '@reckon/store/testing/databases.ts';
import { ThrowAwayPostgres } from '@reckon/store/testing/throw-away-postgres.ts';
import pg from 'pg';
import { type Figures, measure, sampleObject } from './store/load.ts';
import { contenderOn } from './store/reckon.ts';

const REVISIONS = Number(process.argv[2] ?? 1_000_000);
const DURATION_MS = Number(process.argv[3] ?? 5) * 1000;
const OBJECTS = 10_000;
const STEP = 20_000;
const CLIENTS = [1, 64] as const;
const ROUNDS = 3;
const VERIFY_TARGET = 100_000;

const postgres = await ThrowAwayPostgres.create();
try {
  const empty = await createDatabaseOn(postgres.address);
  const full = await createDatabaseOn(postgres.address);
  await fill(full);
  await compareWrites(empty, full);
  await measureVerify(full);
} finally {
  await postgres.remove();
}

/** Objects that are changed in turn, each a pod of 2 KB; as if the log had grown, but without the wait. */
async function fill(url: string): Promise<void> {
  const startMs = systemClock.monotonicMs();
  // Makes the head row and the first partitions, and ends.
  await (await contenderOn(url)).close();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const body = sampleObject('checkout').toString();
  const values = [OBJECTS, body];
  for (let from = 1; from <= REVISIONS; from += STEP) {
    const to = Math.min(REVISIONS, from + STEP - 1);
    await admin.query(
      `insert into log (rev, prev_rev, at, cause, schema_version, op, confidential, resource, namespace, name, uid,
         actor, request_id, because, body)
       select r, case when r > $1::int then r - $1::int else 0 end,
         timestamptz '2026-01-01' + r * interval '1 millisecond', null, 1,
         case when r > $1::int then 1 else 0 end, false, 'pods', 'ns-' || r % $1::int / 100, 'pod-' || r % $1::int,
         'uid-' || r % $1::int, 'bench', 'request-' || r, null, convert_to(r || $2::text, 'UTF8')
       from generate_series(${from}::bigint, ${to}::bigint) r`,
      values,
    );
  }
  await admin.query(
    `insert into objects select rev, confidential, resource, namespace, name, uid, body from log where rev > $1`,
    [REVISIONS - OBJECTS],
  );
  await admin.query('update log_head set rev = $1, at = clock_timestamp()', [REVISIONS]);
  await admin.query('vacuum analyze');
  await admin.query('checkpoint');
  await admin.end();
  const seconds = (systemClock.monotonicMs() - startMs) / 1000;
  console.log(`a log of ${REVISIONS} revisions of ${OBJECTS} objects, made in ${seconds.toFixed(0)} s`);
}

/** By turns, so that both meet the machine in the same mood; the median of the rounds counts. */
async function compareWrites(empty: string, full: string): Promise<void> {
  for (const clients of CLIENTS) {
    const figures: { empty: Figures[]; full: Figures[] } = { empty: [], full: [] };
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, url] of [
        ['empty', empty],
        ['full', full],
      ] as const) {
        const contender = await contenderOn(url);
        const write = (object: string, rev: number) => contender.write(`${name}-${round}-${object}`, rev);
        figures[name].push(await measure({ ...contender, write }, clients, DURATION_MS));
        await contender.close();
      }
    const [one, other] = [median(figures.empty), median(figures.full)];
    console.log(line('writes into an empty log', one));
    const ratio = other.perSecond / one.perSecond;
    console.log(
      `${line(`writes into one of ${REVISIONS}`, other)}   ${(ratio * 100).toFixed(0)} % of the rate`,
    );
  }
}

function median(figures: readonly Figures[]): Figures {
  const [middle] = [...figures]
    .sort((a, b) => a.perSecond - b.perSecond)
    .slice(Math.floor(figures.length / 2));
  if (!middle) throw new Error('nothing was measured');
  return middle;
}

function line(name: string, { clients, perSecond, p50Ms, p99Ms }: Figures): string {
  return [
    name.padEnd(32),
    `${clients} client${clients === 1 ? '' : 's'}`.padStart(11),
    `${perSecond.toFixed(0)}/s`.padStart(9),
    `p50 ${p50Ms.toFixed(2)} ms`.padStart(14),
    `p99 ${p99Ms.toFixed(2)} ms`.padStart(15),
  ].join('');
}

async function measureVerify(url: string): Promise<void> {
  const ledger = new Ledger({ database: { url }, clock: systemClock, log: silentLogger });
  const { rev } = await ledger.head();
  const startMs = systemClock.monotonicMs();
  const folded = await foldLog(ledger, rev);
  const breaks = [...folded.breaks, ...(await checkState(ledger, folded))];
  const verifyMs = systemClock.monotonicMs() - startMs;
  if (breaks.length > 0) throw new Error(`the log is broken: ${breaks[0]?.message}`);
  const rate = (rev * 1000) / verifyMs;
  const verdict = rate >= VERIFY_TARGET ? 'met' : 'MISSED';
  console.log(
    `verify of ${rev} revisions: ${(verifyMs / 1000).toFixed(1)} s, ${rate.toFixed(0)} revisions/s   target ≥ ${VERIFY_TARGET}/s: ${verdict}`,
  );
  const proofMs = systemClock.monotonicMs();
  const result = await digestOfFold(ledger, folded.objects);
  if (result.digest !== (await digestOfRecorded(ledger, rev)).digest) throw new Error('the states differ');
  const proof = systemClock.monotonicMs() - proofMs;
  console.log(`proof of a replay of ${result.objects} objects: ${(proof / 1000).toFixed(1)} s`);
  await ledger.close();
}
