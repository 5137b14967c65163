import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * `log_ranges`: revisions whose rows are no longer kept one by one, superseded heartbeats above all: each row stands
 * for all revisions from `first_rev` to `last_rev`, so that the log stays gapless (L1).
 *
 * `log_floors`: of a kind with a retention of its own, the revision up to which its events are no longer kept.
 *
 * With revisions missing, a moment is found by the nearest one that is there, and an event that has become part of a
 * range is still known to have been.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
create table log_ranges (
  first_rev bigint primary key,
  last_rev bigint not null unique,
  first_at timestamptz not null,
  last_at timestamptz not null,
  check (first_rev <= last_rev and first_at <= last_at)
)`.execute(db);
  await sql`create table log_floors (resource text collate "C" primary key, floor bigint not null)`.execute(
    db,
  );

  await sql`
create or replace function reckon_verify(
  p_fresh_log_id text, p_known_log_id text, p_known_rev bigint, p_known_at_us bigint,
  out o_log_id text, out o_rev bigint, out o_at_us bigint
) language plpgsql as $body$
declare
  v_floor bigint;
begin
  select h.log_id, h.rev, (extract(epoch from h.at) * 1000000)::bigint, h.floor
  into o_log_id, o_rev, o_at_us, v_floor from log_head h;
  if o_log_id = p_known_log_id and p_known_rev > v_floor and not exists (
    select from log l
    where l.rev = p_known_rev and (extract(epoch from l.at) * 1000000)::bigint = p_known_at_us
  ) and not exists (
    select from log_ranges r
    where p_known_rev between r.first_rev and r.last_rev
      and p_known_at_us between (extract(epoch from r.first_at) * 1000000)::bigint
        and (extract(epoch from r.last_at) * 1000000)::bigint
  ) then
    select r.o_log_id, r.o_rev, r.o_at_us into o_log_id, o_rev, o_at_us
    from reckon_replace_log_id(o_log_id, p_fresh_log_id) r;
  end if;
end
$body$`.execute(db);

  await sql`
create or replace function reckon_revision_at(p_at timestamptz) returns bigint language plpgsql stable as $body$
declare
  v_low bigint;
  v_high bigint;
  v_middle bigint;
  v_near bigint;
  v_at timestamptz;
begin
  select floor, rev into v_low, v_high from log_head;
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    select l.rev, l.at into v_near, v_at from log l
    where l.rev >= v_middle and l.rev <= v_high order by l.rev limit 1;
    if v_near is null then
      -- Only a range is left up here.
      select r.first_rev, r.first_at into v_near, v_at from log_ranges r
      where r.last_rev >= v_middle order by r.last_rev limit 1;
      v_near := greatest(v_near, v_middle);
    end if;
    if v_at <= p_at then
      v_low := v_near;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  return v_low;
end
$body$`.execute(db);
}

export const ranges: Migration = { up };
