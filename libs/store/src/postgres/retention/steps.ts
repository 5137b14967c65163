/**
 * The small steps that take old history out of the log. Each is one short statement on rows that no writer touches any
 * more, so nobody waits for it. What an object was at its last event within the retained past is always kept: the
 * present state, and the state at any retained revision, can be told from what is left.
 */
import type { Revision } from '@reckon/api';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tables } from '../schema/tables.ts';

/** Rows that one step looks at. */
export const STEP_ROWS = 1_000;

/** The rows `gone (rev, at)` become ranges, joined with those that they touch. */
function intoRanges(gone: RawBuilder<unknown>): RawBuilder<{ readonly taken: number }> {
  return sql`
    with gone as (${gone}),
    near as (
      delete from log_ranges where first_rev in (
        select r.first_rev from gone g join log_ranges r on r.last_rev = g.rev - 1
        union select r.first_rev from gone g join log_ranges r on r.first_rev = g.rev + 1
      ) returning first_rev, last_rev, first_at, last_at
    ),
    pieces as (
      select rev as first_rev, rev as last_rev, at as first_at, at as last_at from gone
      union all select first_rev, last_rev, first_at, last_at from near
    ),
    marked as (
      select *, (first_rev is distinct from lag(last_rev) over (order by first_rev) + 1)::int as begins from pieces
    ),
    grouped as (select *, sum(begins) over (order by first_rev) as run from marked),
    made as (
      insert into log_ranges (first_rev, last_rev, first_at, last_at)
      select min(first_rev), max(last_rev), min(first_at), max(last_at) from grouped group by run
    )
    select count(*) as taken from gone`;
}

/** Superseded heartbeats before a moment become ranges. The number of rows taken; 0: there were none. */
export async function takeHeartbeats(db: Kysely<Tables>, beforeMs: number): Promise<number> {
  const { rows } = await intoRanges(sql`
    delete from log where rev in (
      select rev from log where body is null and op <> 2
        and at < timestamptz 'epoch' + ${Math.round(beforeMs)} * interval '1 millisecond'
      order by rev limit ${STEP_ROWS}
    ) returning rev, at`).execute(db);
  return rows[0]?.taken ?? 0;
}

/** Where a walk over the rows of one kind has come to. */
export interface KindCursor {
  readonly namespace: string;
  readonly name: string;
  readonly rev: Revision;
}

/** Of one kind, what is superseded at `floor` becomes ranges. Undefined: that was all. */
export async function takeKind(
  db: Kysely<Tables>,
  {
    resource,
    floor,
    after,
  }: { readonly resource: string; readonly floor: Revision; readonly after: KindCursor },
): Promise<KindCursor | undefined> {
  const { rows: page } = await sql<KindCursor>`
    select namespace, name, rev from log
    where resource = ${resource} and rev <= ${floor}
      and (namespace, name, rev) > (${after.namespace}, ${after.name}, ${after.rev}::bigint)
    order by namespace, name, rev limit ${STEP_ROWS}`.execute(db);
  const revs = page.map(({ rev }) => rev);
  await intoRanges(sql`
    delete from log l where l.rev = any (${sql.val(revs)}::bigint[]) and ${isSuperseded(floor)}
    returning l.rev, l.at`).execute(db);
  return page.length === STEP_ROWS ? page.at(-1) : undefined;
}

/** Of all kinds, what is superseded at `floor` goes. Where it has come to; undefined: that was all. */
export async function dropBefore(
  db: Kysely<Tables>,
  { floor, after }: { readonly floor: Revision; readonly after: Revision },
): Promise<Revision | undefined> {
  const { rows } = await sql<{ readonly rev: number }>`
    select rev from log where rev > ${after} and rev <= ${floor} order by rev limit ${STEP_ROWS}`.execute(db);
  const revs = rows.map(({ rev }) => rev);
  await sql`delete from log l where l.rev = any (${sql.val(revs)}::bigint[]) and ${isSuperseded(floor)}`.execute(
    db,
  );
  if (revs.length === STEP_ROWS) return revs.at(-1);
  await sql`delete from log_ranges where last_rev <= ${floor}`.execute(db);
  await dropObjectKeys(db, floor);
  return undefined;
}

/** Keys of objects of which nothing is left go. A young one may be of a write that is under way. */
async function dropObjectKeys(db: Kysely<Tables>, floor: Revision): Promise<void> {
  await sql`
    delete from object_keys where id in (
      select k.id from object_keys k
      where k.made_rev <= ${floor} and k.made_at < clock_timestamp() - interval '1 hour' and not exists (
        select from log l
        where l.resource = k.resource and l.namespace = k.namespace and l.name = k.name and l.uid = k.uid
      ) limit ${STEP_ROWS}
    )`.execute(db);
}

/** At `floor` the object of the row `l` was something else by then, or gone. */
function isSuperseded(floor: Revision): RawBuilder<boolean> {
  return sql`(l.op = 2 or exists (
    select from log n where n.resource = l.resource and n.namespace = l.namespace and n.name = l.name
      and n.rev > l.rev and n.rev <= ${floor}
  ))`;
}

/** From now on nothing is told of revisions up to here; what is there of them goes in a later round. */
export async function raiseFloor(db: Kysely<Tables>, floor: Revision): Promise<void> {
  await sql`update log_head set floor = ${floor} where floor < ${floor} and rev >= ${floor}`.execute(db);
}

export async function raiseKindFloor(db: Kysely<Tables>, resource: string, floor: Revision): Promise<void> {
  await sql`
    insert into log_floors as f (resource, floor) values (${resource}, ${floor})
    on conflict (resource) do update set floor = greatest(f.floor, excluded.floor)`.execute(db);
}

/** What the retained log takes, in bytes, from a sample of its rows: files keep their size when rows go. */
export async function retainedBytes(
  db: Kysely<Tables>,
  { floor, rev }: { readonly floor: Revision; readonly rev: Revision },
): Promise<number> {
  const samples = 200;
  const step = Math.max(1, Math.floor((rev - floor) / samples));
  const { rows } = await sql<{ readonly bytes: number | null }>`
    select avg(pg_column_size(l.*) + coalesce(pg_column_size(l.body), 0) + 150)::float8 as bytes
    from generate_series(${floor + 1}::bigint, ${rev}::bigint, ${step}::bigint) s(rev) join log l on l.rev = s.rev`.execute(
    db,
  );
  return (rows[0]?.bytes ?? 0) * (rev - floor);
}

/** Drops partitions below the floor in which nothing is left. Gives up at once where it would have to wait. */
export async function dropEmptyPartitions(db: Kysely<Tables>, floor: Revision): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly name: string; readonly bound: string }>`
    select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'log'::regclass`.execute(db);
  const dropped: string[] = [];
  for (const { name, bound } of rows) {
    const end = Number(/TO \('(\d+)'\)$/.exec(bound)?.[1] ?? Number.POSITIVE_INFINITY);
    if (end > floor + 1) continue;
    const { rows: left } = await sql`select from ${sql.id(name)} limit 1`.execute(db);
    if (left.length > 0) continue;
    await db.transaction().execute(async (transaction) => {
      await sql`set local lock_timeout = '100ms'`.execute(transaction);
      await sql`alter table log detach partition ${sql.id(name)}`.execute(transaction);
      await sql`drop table ${sql.id(name)}`.execute(transaction);
    });
    dropped.push(name);
  }
  return dropped;
}
