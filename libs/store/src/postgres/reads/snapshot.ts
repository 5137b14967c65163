/**
 * All objects at one revision R, without holding a transaction open: an object whose present row is at or before R is
 * the one that lived at R. Any other one that lived at R has been replaced since, by an event after R whose
 * predecessor, at or before R, is what it was.
 */
import type { Revision } from '@reckon/api';
import { type Kysely, sql } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { Snapshot, StoredObject } from '../../types.ts';
import type { Reader } from '../reader.ts';
import type { Tables } from '../schema/tables.ts';
import { checkAfter, readHead } from './head.ts';
import { OBJECT_COLUMNS, type ObjectRow, objectsOf, PAGE_BYTES } from './rows.ts';

const PAGE_OBJECTS = 2000;
const PAGE_REVISIONS = 5000;

export async function readSnapshot(reader: Reader, secrecy: Secrecy): Promise<Snapshot> {
  const { logId, rev, atMs } = await reader.read(readHead);
  return { head: { logId, rev, atMs }, pages: pages({ reader, secrecy, rev }) };
}

interface Source {
  readonly reader: Reader;
  readonly secrecy: Secrecy;
  readonly rev: Revision;
}

async function* pages(source: Source): AsyncGenerator<readonly StoredObject[]> {
  const given = new Set<Revision>();
  for await (const page of unchangedPages(source)) {
    for (const { rev } of page) given.add(rev);
    yield page;
  }
  yield* replacedPages(source, given);
}

async function* unchangedPages({ reader, secrecy, rev }: Source): AsyncGenerator<readonly StoredObject[]> {
  let after = { resource: '', namespace: '', name: '' };
  for (;;) {
    const rows = await reader.read((db) => selectUnchanged(db, rev, after));
    const last = rows.at(-1);
    if (!last) return;
    yield await objectsOf(rows, secrecy);
    after = last;
  }
}

function selectUnchanged(
  db: Kysely<Tables>,
  rev: Revision,
  after: { readonly resource: string; readonly namespace: string; readonly name: string },
): Promise<ObjectRow[]> {
  const next = db
    .selectFrom('objects')
    .select(OBJECT_COLUMNS)
    .where(sql<boolean>`(resource, namespace, name) > (${after.resource}, ${after.namespace}, ${after.name})`)
    .where('rev', '<=', rev)
    .orderBy('resource')
    .orderBy('namespace')
    .orderBy('name')
    .limit(PAGE_OBJECTS);
  const sized = db
    .selectFrom(next.as('n'))
    .selectAll()
    .select(sql<number>`sum(octet_length(body)) over (order by resource, namespace, name)`.as('bytes'));
  return db
    .selectFrom(sized.as('s'))
    .select(OBJECT_COLUMNS)
    .where(sql<boolean>`bytes - octet_length(body) < ${PAGE_BYTES}`)
    .orderBy('resource')
    .orderBy('namespace')
    .orderBy('name')
    .execute();
}

async function* replacedPages(
  { reader, secrecy, rev }: Source,
  given: ReadonlySet<Revision>,
): AsyncGenerator<readonly StoredObject[]> {
  const end = (await reader.read(readHead)).rev;
  for (let after = rev; after < end; after += PAGE_REVISIONS) {
    const window = { after, through: Math.min(end, after + PAGE_REVISIONS) };
    const rows = await reader.read(async (db) => {
      checkAfter(await readHead(db), rev);
      return selectReplaced(db, rev, window);
    });
    const missed = rows.filter((row) => !given.has(row.rev));
    const kept = missed.flatMap(({ body, ...row }) => (body ? [{ ...row, body }] : []));
    const superseded = missed.filter((row) => !row.body);
    const heartbeats = superseded.length > 0 ? await reader.read((db) => selectPresent(db, superseded)) : [];
    if (kept.length + heartbeats.length > 0) yield await objectsOf([...kept, ...heartbeats], secrecy);
  }
}

/** What lived at `rev` and was replaced within the window. */
function selectReplaced(
  db: Kysely<Tables>,
  rev: Revision,
  window: { readonly after: Revision; readonly through: Revision },
) {
  return db
    .selectFrom('log as later')
    .innerJoin('log as then', 'then.rev', 'later.prev_rev')
    .select(OBJECT_COLUMNS.map((column) => `then.${column}` as const))
    .where('later.rev', '>', window.after)
    .where('later.rev', '<=', window.through)
    .where('later.prev_rev', '>', 0)
    .where('later.prev_rev', '<=', rev)
    .execute();
}

/** Heartbeats whose body of that time is gone: as they are now, unless they are gone too. */
function selectPresent(db: Kysely<Tables>, rows: readonly Omit<ObjectRow, 'body'>[]): Promise<ObjectRow[]> {
  return db
    .selectFrom('objects')
    .select(OBJECT_COLUMNS)
    .where(
      sql<boolean>`(resource, namespace, name, uid) in (select * from unnest(
        ${sql.val(rows.map((row) => row.resource))}::text[], ${sql.val(rows.map((row) => row.namespace))}::text[],
        ${sql.val(rows.map((row) => row.name))}::text[], ${sql.val(rows.map((row) => row.uid))}::text[]))`,
    )
    .execute();
}
