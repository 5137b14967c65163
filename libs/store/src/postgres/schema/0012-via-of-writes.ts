import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Each write may say itself by which verb it was asked for, where that is not what its transaction says: `reckon_commit`
 * of 0010 takes that as `w_via`, null if no write does. It comes last and may be left out, so that API servers of the
 * version before go on writing while the new ones come.
 */
const CHANGES: readonly (readonly [before: string, after: string])[] = [
  ['c_rev bigint[], OUT', 'c_rev bigint[], w_via text[] default null, OUT'],
  [
    'if v_failed is not null then\n',
    `if v_failed is not null then
    if w_via is not null then
      select array_agg(w.via order by w.i) into w_via
      from unnest(w_tx, w_via) with ordinality as w(tx, via, i)
      where w.tx <> all (v_failed);
    end if;
`,
  ],
  ['t_via[w.tx], w.body', 'coalesce(w_via[w.i::int], t_via[w.tx]), w.body'],
];

async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ told: string }>`
    select pg_get_functiondef('reckon_commit'::regproc) as told`.execute(db);
  let told = rows[0]?.told ?? '';
  for (const [before, after] of CHANGES) {
    if (!told.includes(before)) throw new Error(`reckon_commit does not say "${before}"`);
    told = told.replace(before, after);
  }
  await sql`drop function reckon_commit`.execute(db);
  await sql.raw(told).execute(db);
  await sql`
    comment on column cluster.history.via is
      'the verb of the API by which it was asked for: patch, apply, update/status, create/eviction, transact/patch; null: not known'
  `.execute(db);
}

export const viaOfWrites: Migration = { up };
