/**
 * Writes the log up to a revision, and the state it folds to, into a fresh database: a log of its own from then on,
 * with an id of its own. Superseded heartbeats, of which only their place is left, become ranges. Short statements,
 * paged; where it reads from, others may write.
 */
import { ApiError, type Revision } from '@reckon/api';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { FoldProgress } from '../fold/fold-log.ts';
import type { FoldedObject } from '../fold/types.ts';
import { clientConfig, type DatabaseAddress, openPool } from './connect.ts';
import { migrate } from './migrate.ts';
import { ensurePartitions, PARTITION_REVISIONS } from './partitions.ts';
import { readHead } from './reads/head.ts';
import type { Tables } from './schema/tables.ts';

const PAGE_REVISIONS = 500;

export interface CopyLogOptions {
  readonly from: DatabaseAddress;
  /** Empty: anything that is there is refused. */
  readonly into: DatabaseAddress;
  readonly rev: Revision;
  /** The fold at `rev`. */
  readonly objects: ReadonlyMap<string, FoldedObject>;
  readonly freshLogId: string;
  readonly onProgress?: ((progress: FoldProgress) => void) | undefined;
}

export async function copyLog(options: CopyLogOptions): Promise<void> {
  const source = connect(options.from);
  const target = connect(options.into);
  try {
    await migrate(target);
    await copy(source, target, options);
  } finally {
    await Promise.all([source.destroy(), target.destroy()]);
  }
}

function connect(address: DatabaseAddress): Kysely<Tables> {
  const pool = openPool({ ...clientConfig(address, 'copy'), max: 1 });
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

async function copy(source: Kysely<Tables>, target: Kysely<Tables>, options: CopyLogOptions): Promise<void> {
  const { rev, objects, freshLogId, onProgress } = options;
  const present = await target.selectFrom('log_head').select('rev').executeTakeFirst();
  if (present) throw new ApiError('Conflict', 'the database has a log already');
  const { floor } = await readHead(source);
  await ensurePartitions(target, { rev, size: PARTITION_REVISIONS });
  const ranges = new Ranges();
  let after = 0;
  while (after < rev) {
    const page = await readPage(source, { after, rev, floor });
    ranges.add(page.pieces);
    await insertEvents(target, page.rows);
    after = page.through;
    onProgress?.({ done: after, total: rev });
  }
  await insertRanges(target, ranges.all());
  await copyKeys(source, target, rev);
  const floors = await source.selectFrom('log_floors').selectAll().where('floor', '<=', rev).execute();
  if (floors.length > 0) await target.insertInto('log_floors').values(floors).execute();
  const kept = [...objects.values()].filter((object) => object.kept).map((object) => object.rev);
  for (let at = 0; at < kept.length; at += PAGE_REVISIONS)
    await sql`
      insert into objects (rev, confidential, resource, namespace, name, uid, body)
      select rev, confidential, resource, namespace, name, uid, body from log
      where body is not null and rev = any (${sql.val(kept.slice(at, at + PAGE_REVISIONS))}::bigint[])`.execute(
      target,
    );
  // Last: a database with a head is a whole one.
  await sql`
    insert into log_head (log_id, rev, at, floor)
    select ${freshLogId}, ${rev}, greatest(
      (select max(at) from log where rev > ${rev - 1_000_000}), (select max(last_at) from log_ranges), 'epoch'
    ), ${Math.min(floor, rev)}`.execute(target);
}

interface Piece {
  readonly firstRev: Revision;
  readonly lastRev: Revision;
  readonly firstAtUs: number;
  readonly lastAtUs: number;
}

/** Runs of revisions without rows, joined where they touch. */
class Ranges {
  readonly #all: Piece[] = [];

  add(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      const last = this.#all.at(-1);
      if (last && last.lastRev + 1 === piece.firstRev)
        this.#all[this.#all.length - 1] = { ...last, lastRev: piece.lastRev, lastAtUs: piece.lastAtUs };
      else this.#all.push(piece);
    }
  }

  all(): readonly Piece[] {
    return this.#all;
  }
}

interface Row {
  readonly rev: number;
  readonly prev_rev: number;
  readonly at_us: number;
  readonly cause: number | null;
  readonly schema_version: number;
  readonly op: number;
  readonly confidential: boolean;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly actor: string;
  readonly request_id: string;
  readonly because: string | null;
  readonly via: string | null;
  readonly body: Buffer | null;
}

interface Page {
  readonly through: Revision;
  readonly rows: readonly Row[];
  readonly pieces: readonly Piece[];
}

async function readPage(
  db: Kysely<Tables>,
  { after, rev, floor }: { readonly after: Revision; readonly rev: Revision; readonly floor: Revision },
): Promise<Page> {
  const at = sql<number>`(extract(epoch from at) * 1000000)::float8`;
  const { rows } = await sql<Row>`
    select rev, prev_rev, ${at} as at_us, cause, schema_version, op, confidential, resource, namespace, name, uid,
      actor, request_id, because, via, body
    from log where rev > ${after} and rev <= ${rev} order by rev limit ${PAGE_REVISIONS}`.execute(db);
  const last = rows.length === PAGE_REVISIONS ? rows.at(-1) : undefined;
  const through = last?.rev ?? rev;
  const { rows: taken } = await sql<Piece>`
    select greatest(first_rev, ${after}::bigint + 1) as "firstRev", least(last_rev, ${through}::bigint) as "lastRev",
      (extract(epoch from first_at) * 1000000)::float8 as "firstAtUs",
      (extract(epoch from case when last_rev > ${through}::bigint then first_at else last_at end) * 1000000)::float8
        as "lastAtUs"
    from log_ranges where last_rev > ${after}::bigint and first_rev <= ${through}::bigint`.execute(db);
  const isKept = (row: Row) => row.body !== null || row.rev <= floor;
  const superseded = rows
    .filter((row) => !isKept(row))
    .map((row) => ({ firstRev: row.rev, lastRev: row.rev, firstAtUs: row.at_us, lastAtUs: row.at_us }));
  return {
    through,
    rows: rows.filter(isKept),
    pieces: [...taken, ...superseded].sort((a, b) => a.firstRev - b.firstRev),
  };
}

const TIME = (column: string) => sql`timestamptz 'epoch' + ${sql.ref(column)} * interval '1 microsecond'`;

async function insertEvents(db: Kysely<Tables>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <K extends keyof Row>(name: K) => sql.val(rows.map((row) => row[name]));
  await sql`
    insert into log (rev, prev_rev, at, cause, schema_version, op, confidential, resource, namespace, name, uid, actor,
      request_id, because, via, body)
    select r.rev, r.prev_rev, ${TIME('r.at_us')}, r.cause, r.schema_version, r.op, r.confidential, r.resource,
      r.namespace, r.name, r.uid, r.actor, r.request_id, r.because, r.via, r.body
    from unnest(${column('rev')}::bigint[], ${column('prev_rev')}::bigint[], ${column('at_us')}::bigint[],
      ${column('cause')}::bigint[], ${column('schema_version')}::int[], ${column('op')}::smallint[],
      ${column('confidential')}::boolean[], ${column('resource')}::text[], ${column('namespace')}::text[],
      ${column('name')}::text[], ${column('uid')}::text[], ${column('actor')}::text[],
      ${column('request_id')}::text[], ${column('because')}::text[], ${column('via')}::text[],
      ${column('body')}::bytea[])
      as r(rev, prev_rev, at_us, cause, schema_version, op, confidential, resource, namespace, name, uid, actor,
        request_id, because, via, body)`.execute(db);
}

async function insertRanges(db: Kysely<Tables>, ranges: readonly Piece[]): Promise<void> {
  for (let at = 0; at < ranges.length; at += PAGE_REVISIONS) {
    const some = ranges.slice(at, at + PAGE_REVISIONS);
    const column = (name: keyof Piece) => sql.val(some.map((piece) => piece[name]));
    await sql`
      insert into log_ranges (first_rev, last_rev, first_at, last_at)
      select r.first_rev, r.last_rev, ${TIME('r.first_at_us')}, ${TIME('r.last_at_us')}
      from unnest(${column('firstRev')}::bigint[], ${column('lastRev')}::bigint[], ${column('firstAtUs')}::bigint[],
        ${column('lastAtUs')}::bigint[]) as r(first_rev, last_rev, first_at_us, last_at_us)`.execute(db);
  }
}

/** Wrapped as they are: what wraps them is not in the database. */
async function copyKeys(source: Kysely<Tables>, target: Kysely<Tables>, rev: Revision): Promise<void> {
  const keys = await source
    .selectFrom('data_keys')
    .select(['id', 'wrapped', 'key_id', 'made_rev'])
    .where('made_rev', '<=', rev)
    .execute();
  for (const { id, wrapped, key_id, made_rev } of keys)
    await sql`
      insert into data_keys (id, wrapped, key_id, made_rev) overriding system value
      values (${id}, ${wrapped}, ${key_id}, ${made_rev})`.execute(target);
  await sql`
    select setval(pg_get_serial_sequence('data_keys', 'id'), (select max(id) from data_keys))
    where exists (select from data_keys)`.execute(target);
  await copyObjectKeys(source, target, rev);
}

async function copyObjectKeys(source: Kysely<Tables>, target: Kysely<Tables>, rev: Revision): Promise<void> {
  const columns = [
    'id',
    'uid',
    'resource',
    'namespace',
    'name',
    'sealed',
    'shown_instead',
    'made_rev',
  ] as const;
  for (let after = 0; ; ) {
    const page = await source
      .selectFrom('object_keys')
      .select(columns)
      .where('id', '>', after)
      .where('made_rev', '<=', rev)
      .orderBy('id')
      .limit(PAGE_REVISIONS)
      .execute();
    const last = page.at(-1);
    if (!last) break;
    after = last.id;
    const rows = page.map((row) => sql`(${sql.join(columns.map((column) => sql.val(row[column])))})`);
    await sql`
      insert into object_keys (${sql.join(columns.map((column) => sql.ref(column)))}) overriding system value
      values ${sql.join(rows)}`.execute(target);
  }
  await sql`
    select setval(pg_get_serial_sequence('object_keys', 'id'), (select max(id) from object_keys))
    where exists (select from object_keys)`.execute(target);
}
