/**
 * Makes all that one confidential object ever was unreadable, in every incarnation of its name, by destroying the keys
 * that it was sealed with. The log keeps its events, and shows in their place that there is nothing to be seen. What
 * was written before objects had keys of their own is overwritten. Copies of the database that were made before hold
 * both the ciphertext and the key: they are to be destroyed, too.
 */
import { ApiError, type ObjectKey } from '@reckon/api';
import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely';
import { BY, emptyEnvelope } from '../secrecy/envelope.ts';
import { SHREDDED_ANNOTATION } from '../secrecy/shredded.ts';
import { clientConfig, type DatabaseAddress, openPool } from './connect.ts';
import type { Tables } from './schema/tables.ts';

export interface ShredOptions {
  readonly database: DatabaseAddress;
  /** There must be no such object any more. */
  readonly key: ObjectKey;
  /** Of what is shown in its place. */
  readonly apiVersion: string;
  readonly kind: string;
}

export interface Shredded {
  /** Objects that have borne the name. */
  readonly incarnations: number;
  /** Events of the log whose objects cannot be read any more. */
  readonly events: number;
}

interface Incarnation {
  readonly uid: string;
  readonly events: number;
  /** RFC 3339. */
  readonly since: string;
}

/** NotFound: the log knows no confidential object of that name. Conflict: the object still lives. */
export async function shredObject(options: ShredOptions): Promise<Shredded> {
  const pool = openPool({ ...clientConfig(options.database, 'shred'), max: 1 });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    const shredded = await db.transaction().execute((transaction) => shred(transaction, options));
    // The row with the key is only marked as dead until somebody tidies up.
    await sql`vacuum object_keys`.execute(db);
    return shredded;
  } finally {
    await db.destroy();
  }
}

async function shred(db: Kysely<Tables>, options: ShredOptions): Promise<Shredded> {
  const { resource, namespace, name } = options.key;
  // Nobody commits meanwhile: who wrote the object before has been seen, and nobody can write it after.
  const { rows } = await sql<{ readonly at: string }>`
    select ${utc(sql`clock_timestamp()`)} as at from log_head for update`.execute(db);
  const at = rows[0]?.at ?? '';
  const living = await db
    .selectFrom('objects')
    .select('uid')
    .where('resource', '=', resource)
    .where('namespace', '=', namespace)
    .where('name', '=', name)
    .executeTakeFirst();
  if (living) throw new ApiError('Conflict', `${resource} "${name}" is still there`);
  const { rows: incarnations } = await sql<Incarnation>`
    select uid, count(*)::int as events, ${utc(sql`min(at)`)} as since from log
    where resource = ${resource} and namespace = ${namespace} and name = ${name} and confidential and body is not null
    group by uid`.execute(db);
  if (incarnations.length === 0)
    throw new ApiError('NotFound', `the log knows nothing confidential of ${resource} "${name}"`);
  for (const incarnation of incarnations) await shredIncarnation(db, options, { ...incarnation, at });
  const events = incarnations.reduce((sum, one) => sum + one.events, 0);
  return { incarnations: incarnations.length, events };
}

async function shredIncarnation(
  db: Kysely<Tables>,
  { key, apiVersion, kind }: ShredOptions,
  { uid, since, at }: Incarnation & { readonly at: string },
): Promise<void> {
  const { resource, namespace, name } = key;
  const annotations = { [SHREDDED_ANNOTATION]: at };
  const metadata = { name, ...(namespace && { namespace }), uid, creationTimestamp: since, annotations };
  const shown = Buffer.from(JSON.stringify({ apiVersion, kind, metadata }));
  const { rows } = await sql<{ readonly id: number }>`
    insert into object_keys as k (uid, resource, namespace, name, made_rev, shown_instead)
    select ${uid}, ${resource}, ${namespace}, ${name}, h.rev, ${shown} from log_head h
    on conflict (resource, namespace, name, uid) do update
      set sealed = null, shown_instead = coalesce(k.shown_instead, excluded.shown_instead)
    returning id`.execute(db);
  const [row] = rows;
  if (!row) throw new ApiError('InternalError', 'the key of the object was not replaced');
  await sql`
    update log set body = ${emptyEnvelope(row.id)}
    where resource = ${resource} and namespace = ${namespace} and name = ${name} and uid = ${uid}
      and confidential and get_byte(body, 0) = ${BY.dataKey}`.execute(db);
}

/** RFC 3339. */
function utc(time: RawBuilder<unknown>): RawBuilder<string> {
  return sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}
