/**
 * What looking back costs in a long log: the history of one object, and the list of 1,000 pods as they were, where pods
 * are changed (`shop`) and where they come and go (`churn`). `[REVISIONS]`: default 1,000,000.
 */
import { silentLogger, systemClock, systemRandom } from '@reckon/service';
import { type ListCursor, PostgresStore } from '@reckon/store';
import { createDatabaseOn } from '@reckon/store/testing/databases.ts';
import { ThrowAwayPostgres } from '@reckon/store/testing/throw-away-postgres.ts';
import pg from 'pg';
import { sampleObject } from './store/load.ts';

const REVISIONS = Number(process.argv[2] ?? 1_000_000);
/** Live pods in each of the two namespaces. */
const LIVE = 1_000;
/** Events of a pod that comes and goes. */
const LIFE = 5;
const STEP = 20_000;
const ROUNDS = 20;

const postgres = await ThrowAwayPostgres.create();
try {
  const url = await createDatabaseOn(postgres.address);
  const store = await open(url);
  await fill(url);
  await store.close();
  const reader = await open(url);
  const pod = (namespace: string, n: number) => ({ resource: 'pods', namespace, name: `pod-${n}` });
  await figures('history of one object, whole', 50, (round) =>
    reader.history(pod('shop', round * 7), { limit: 10_000 }),
  );
  await figures('history of one object, last 100', 50, (round) => reader.history(pod('shop', round * 7)));
  await figures('history of what was deleted', 50, (round) => reader.history(pod('churn', round * 7)));
  for (const [when, ago] of [
    ['a moment ago', 2_000],
    ['long ago', REVISIONS / 2 - 5 * LIVE],
  ] as const)
    for (const namespace of ['shop', 'churn'])
      await figures(`at ${when}: 1,000 pods of ${namespace}`, 300, () =>
        listAt(reader, namespace, REVISIONS - ago),
      );
  await reader.close();
} finally {
  await postgres.remove();
}

function open(url: string): Promise<PostgresStore> {
  const parts = { clock: systemClock, random: systemRandom, log: silentLogger };
  return PostgresStore.open({ database: { url }, ...parts });
}

/** All pages, as a list of the API reads them. */
async function listAt(store: PostgresStore, namespace: string, rev: number): Promise<readonly unknown[]> {
  const objects: unknown[] = [];
  let after: ListCursor | undefined;
  do {
    const page = await store.listAt({ rev, resource: 'pods', namespace, after });
    objects.push(...page.objects);
    after = page.next;
  } while (after);
  return objects;
}

async function figures(
  name: string,
  targetMs: number,
  work: (round: number) => Promise<readonly unknown[]>,
): Promise<void> {
  const tookMs: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = systemClock.monotonicMs();
    found = (await work(round)).length;
    tookMs.push(systemClock.monotonicMs() - startedMs);
  }
  tookMs.sort((a, b) => a - b);
  const at = (share: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0;
  const verdict = at(0.5) <= targetMs ? 'met' : 'MISSED';
  console.log(
    [
      name.padEnd(40),
      `${found}`.padStart(7),
      `p50 ${at(0.5).toFixed(1)} ms`.padStart(15),
      `p99 ${at(0.99).toFixed(1)} ms`.padStart(15),
      `   target ≤ ${targetMs} ms: ${verdict}`,
    ].join(''),
  );
}

/**
 * Even revisions change a pod of `shop`, one after the other; odd ones are the life of pods of `churn`: created,
 * changed and deleted, with about as many alive at any time.
 */
async function fill(url: string): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  const body = sampleObject('checkout').toString();
  for (let from = 1; from <= REVISIONS; from += STEP)
    await admin.query(
      `insert into log (rev, prev_rev, at, cause, schema_version, op, confidential, resource, namespace, name, uid,
         actor, request_id, because, body)
       select r, greatest(0, case when even then r - 2 * $1::int else case when step = 0 then 0 else r - 2 * $1::int end end),
         timestamptz '2026-01-01' + r * interval '1 millisecond', nullif(r - 1, 0), 1,
         case when even then case when r <= 2 * $1::int then 0 else 1 end
           when step = 0 then 0 when step = $3::int - 1 then 2 else 1 end,
         false, 'pods', case when even then 'shop' else 'churn' end,
         'pod-' || case when even then k % $1::int else k % $1::int + $1::int * (k / ($1::int * $3::int)) end, 'uid',
         'bench', 'request-' || r, null, convert_to($2::text, 'UTF8')
       from (select r, r % 2 = 0 as even, r / 2 as k, (r / 2) / $1::int % $3::int as step
             from generate_series($4::bigint, $5::bigint) r) s`,
      [LIVE, body, LIFE, from, Math.min(REVISIONS, from + STEP - 1)],
    );
  await admin.query(
    `insert into objects select rev, confidential, resource, namespace, name, uid, body from
       (select distinct on (namespace, name) * from log where rev > $1 order by namespace, name, rev desc) l where op <> 2`,
    [REVISIONS - 2 * LIVE * LIFE],
  );
  await admin.query('update log_head set rev = $1, at = clock_timestamp()', [REVISIONS]);
  await admin.query('vacuum analyze');
  await admin.query('checkpoint');
  const { rows } = await admin.query('select count(distinct name) as names from log where namespace = $1', [
    'churn',
  ]);
  await admin.end();
  const seconds = ((systemClock.monotonicMs() - startedMs) / 1_000).toFixed(0);
  console.log(`a log of ${REVISIONS} revisions, ${rows[0]?.names} pods came and went, made in ${seconds} s`);
}
