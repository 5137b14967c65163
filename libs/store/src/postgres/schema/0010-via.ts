import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { HISTORY } from './0007-sql-views.ts';

/**
 * By which verb of the API a change was asked for. `reckon_commit` of 0005 takes it after `t_because` and writes it down;
 * all else in it stays, so that it is not told a third time.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table log add column via text collate "C"`.execute(db);
  await sql`
do $do$
declare
  v_before text := pg_get_functiondef('reckon_commit'::regproc);
  v_after text := v_before;
  v_change text[];
begin
  foreach v_change slice 1 in array array[
    ['t_because text[], ', 't_because text[], t_via text[], '],
    ['request_id, because, body)', 'request_id, because, via, body)'],
    ['t_because[w.tx], w.body', 't_because[w.tx], t_via[w.tx], w.body']
  ] loop
    if position(v_change[1] in v_after) = 0 then
      raise exception 'reckon_commit does not say "%"', v_change[1];
    end if;
    v_after := replace(v_after, v_change[1], v_change[2]);
  end loop;
  execute 'drop function ' || 'reckon_commit'::regproc::oid::regprocedure;
  execute v_after;
end
$do$`.execute(db);
  await sql
    .raw(`create or replace view cluster.history as ${HISTORY.select}, l.via ${HISTORY.from}`)
    .execute(db);
  await sql`
    comment on column cluster.history.via is
      'the verb of the API by which it was asked for: patch, apply, update/status, create/eviction; null: not known'
  `.execute(db);
}

export const via: Migration = { up };
