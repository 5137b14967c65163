/**
 * The log lies in partitions of a fixed number of revisions, made ahead of need, so that old history can be dropped
 * without touching a row. A partition is made aside and then attached, which does not stop those who write.
 */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './schema/tables.ts';

export const PARTITION_REVISIONS = 1_000_000;
/** Serializes the API servers that make partitions; any number that nothing else uses. */
const ADVISORY_LOCK = 7_356_201_450_118_301;

/** Makes partitions until the log has room beyond `rev` for a whole one. Returns the first revision without room. */
export async function ensurePartitions(
  db: Kysely<Tables>,
  { rev, size }: { readonly rev: number; readonly size: number },
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK}::bigint)`.execute(transaction);
    let end = await firstRevisionWithoutRoom(transaction);
    while (end <= rev + size) {
      await makePartition(transaction, { from: end, to: end + size });
      end += size;
    }
    return end;
  });
}

async function firstRevisionWithoutRoom(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ readonly bound: string }>`
    select pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'log'::regclass`.execute(db);
  return Math.max(0, ...rows.map(({ bound }) => upperBound(bound)));
}

/** `FOR VALUES FROM ('0') TO ('1000000')` */
function upperBound(expression: string): number {
  const match = /TO \('(\d+)'\)$/.exec(expression);
  if (!match)
    throw new Error(`a partition of the log has the bounds ${expression}, which nobody understands`);
  return Number(match[1]);
}

async function makePartition(
  db: Kysely<Tables>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const name = sql.id(`log_from_${from}`);
  await sql`create table ${name} (like log including all, check (rev >= ${sql.lit(from)} and rev < ${sql.lit(to)}))`.execute(
    db,
  );
  await sql`alter table log attach partition ${name} for values from (${sql.lit(from)}) to (${sql.lit(to)})`.execute(
    db,
  );
}
