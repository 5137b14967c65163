import { ApiError, type ObjectKey, type Revision } from '@reckon/api';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Secrecy } from '../../secrecy/secrecy.ts';
import type { StoredObject } from '../../types.ts';
import type { Tables } from '../schema/tables.ts';
import { checkRevision, readHeadOf } from './head.ts';
import { OBJECT_COLUMNS, type ObjectRow, objectsOf } from './rows.ts';

const UPDATE = 1;
const DELETE = 2;
const HEARTBEATS = 'leases.coordination.k8s.io';

export async function getObject(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  key: ObjectKey,
): Promise<StoredObject | undefined> {
  const row = await db
    .selectFrom('objects')
    .select(OBJECT_COLUMNS)
    .where('resource', '=', key.resource)
    .where('namespace', '=', key.namespace)
    .where('name', '=', key.name)
    .executeTakeFirst();
  return row && (await objectsOf([row], secrecy))[0];
}

/** As it was: its last event up to that revision. */
export async function getObjectAt(
  db: Kysely<Tables>,
  secrecy: Secrecy,
  { key, rev }: { readonly key: ObjectKey; readonly rev: Revision },
): Promise<StoredObject | undefined> {
  checkRevision(await readHeadOf(db, [key.resource]), rev);
  const row = await db
    .selectFrom('log')
    .select([...OBJECT_COLUMNS, 'op'])
    .where('resource', '=', key.resource)
    .where('namespace', '=', key.namespace)
    .where('name', '=', key.name)
    .where('rev', '<=', rev)
    .orderBy('rev', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row || row.op === DELETE) {
    await assertNoneTaken(db, { resource: key.resource, rev, names: [key] });
    return undefined;
  }
  return (await objectsOf([withBody(row)], secrecy))[0];
}

/**
 * A heartbeat whose superseded revisions have become a range seems not to have been there: its next event says that it
 * replaced one of them. Only Leases beat (design: "The log").
 */
export async function assertNoneTaken(
  db: Kysely<Tables>,
  at: {
    readonly resource: string;
    readonly rev: Revision;
    readonly names: readonly { readonly namespace: string; readonly name: string }[];
  },
): Promise<void> {
  if (at.resource !== HEARTBEATS || at.names.length === 0) return;
  const { rows } = await sql<{ readonly name: string }>`
    select n.name from unnest(${sql.val(at.names.map(({ namespace }) => namespace))}::text[],
      ${sql.val(at.names.map(({ name }) => name))}::text[]) as n(namespace, name)
    cross join lateral (
      select l.prev_rev from log l
      where l.resource = ${at.resource} and l.namespace = n.namespace and l.name = n.name and l.rev > ${at.rev}
      order by l.rev limit 1
    ) next
    where next.prev_rev > 0 and not exists (select from log p where p.rev = next.prev_rev) limit 1`.execute(
    db,
  );
  const [taken] = rows;
  if (taken)
    throw new ApiError(
      'Expired',
      `${taken.name} at revision ${at.rev} is no longer kept: it was a heartbeat`,
    );
}

export function withBody<Row extends { readonly rev: number; readonly body: Buffer | null }>(
  row: Row,
): Row & { readonly body: Buffer } {
  const { body } = row;
  if (!body)
    throw new ApiError('Expired', `the object of revision ${row.rev} is no longer kept: it was a heartbeat`);
  return { ...row, body };
}

/**
 * One statement finds the names, and what each was at the revision. Near the head the names are those there are now and
 * those that have changed since; farther back, those that have ended since and did not begin since.
 */
export function selectObjectsAt(
  db: Kysely<Tables>,
  request: {
    readonly rev: Revision;
    readonly resource: string;
    readonly namespace: string;
    readonly after: { readonly namespace: string; readonly name: string };
    readonly limit: number;
    readonly near: boolean;
  },
) {
  const { rev, resource, near } = request;
  return sql<Omit<ObjectRow, 'body'> & { readonly body: Buffer | null; readonly op: number }>`
    with names as (${near ? namesNear(request) : namesThatLived(request)})
    select ${resource} as resource, n.namespace, n.name, o.uid, o.rev, o.confidential, o.op, o.body
    from (select * from names limit ${request.limit}) n
    left join lateral (
      select l.uid, l.rev, l.confidential, l.op, case when l.op <> ${DELETE} then l.body end as body
      from log l
      where l.resource = ${resource} and l.namespace = n.namespace and l.name = n.name and l.rev <= ${rev}
      order by l.rev desc limit 1
    ) o on true
    order by n.namespace, n.name`.execute(db);
}

interface NamesRequest {
  readonly rev: Revision;
  readonly resource: string;
  readonly namespace: string;
  readonly after: { readonly namespace: string; readonly name: string };
  readonly limit: number;
}

/** All that changed since: more than lived then, but found by revision, however long the log. */
function namesNear(request: NamesRequest): RawBuilder<unknown> {
  const { rev, limit } = request;
  return sql`
    select namespace, name from (
      (select namespace, name from objects o where ${isAmong(request, 'o')} order by namespace, name limit ${limit})
      union
      select namespace, name from log l where l.rev > ${rev} and ${isAmong(request, 'l')}
    ) u order by namespace, name limit ${limit}`;
}

/**
 * What comes first after the revision tells who lived at it: an end says that the name was borne, a beginning that it
 * was not; where neither came, whoever bears it now did then. Only what came since is asked, so it does not matter what
 * retention has taken from before. Both halves are read from the index by key, in its order.
 */
function namesThatLived(request: NamesRequest): RawBuilder<unknown> {
  const { rev, resource, namespace, limit } = request;
  // In one namespace the rows are in order by name alone; asked for both, Postgres would sort them all for each page.
  const order = namespace === '' ? sql`namespace, name` : sql`name`;
  return sql`
    (
      select namespace, name from objects o
      where ${isAmong(request, 'o')} and not exists (
        select from log l
        where l.resource = ${resource} and l.namespace = o.namespace and l.name = o.name
          and l.rev > ${rev} and l.op <> ${UPDATE}
      )
      order by ${order} limit ${limit}
    )
    union all
    (
      select namespace, name from (
        select distinct on (${order}) namespace, name, op from log l
        where ${isAmong(request, 'l')} and rev > ${rev} and op <> ${UPDATE}
        order by ${order}, rev
      ) first
      where op = ${DELETE} order by ${order} limit ${limit}
    )
    order by ${order} limit ${limit}`;
}

/** With both an equality and a row comparison on the namespace the index would be walked from its beginning. */
function isAmong({ resource, namespace, after }: NamesRequest, table: 'o' | 'l'): RawBuilder<unknown> {
  const column = (name: string) => sql.ref(`${table}.${name}`);
  return sql`${column('resource')} = ${resource} and ${
    namespace === ''
      ? sql`(${column('namespace')}, ${column('name')}) > (${after.namespace}, ${after.name})`
      : sql`${column('namespace')} = ${namespace} and ${column('name')} > ${after.name}`
  }`;
}
