import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * `reckon_register` begins an epoch of a writer. Whatever the connection before still has under way can no longer
 * commit after this returns, so what it says of the last batch is final.
 *
 * `reckon_verify` is told the newest event that the caller knows to be durable. If the log does not have that event,
 * the database was put back to an older copy behind our back; the revisions that follow will mean other things than
 * they meant before, so the log gets a new id. Every connection that may bring news of the head begins with it, so
 * that news of the older copy cannot pass for what was known before.
 *
 * `reckon_replace_log_id` does that on demand, unless somebody else already has.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
create function reckon_replace_log_id(
  p_expected text, p_fresh text, out o_log_id text, out o_rev bigint, out o_at_us bigint
) language plpgsql as $body$
begin
  select h.log_id, h.rev, (extract(epoch from h.at) * 1000000)::bigint into o_log_id, o_rev, o_at_us
  from log_head h for update;
  if o_log_id = p_expected then
    o_log_id := p_fresh;
    update log_head set log_id = p_fresh;
    perform pg_notify('reckon_head', o_log_id || ' ' || o_rev || ' ' || o_at_us);
  end if;
end
$body$`.execute(db);

  await sql`
create function reckon_verify(
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
  ) then
    select r.o_log_id, r.o_rev, r.o_at_us into o_log_id, o_rev, o_at_us
    from reckon_replace_log_id(o_log_id, p_fresh_log_id) r;
  end if;
end
$body$`.execute(db);

  await sql`
create function reckon_register(
  p_writer text, p_fresh_log_id text, p_known_log_id text, p_known_rev bigint, p_known_at_us bigint,
  out o_log_id text, out o_rev bigint, out o_at_us bigint,
  out o_epoch bigint, out o_batch bigint, out o_first bigint, out o_batch_at_us bigint, out o_failed int[]
) language plpgsql as $body$
begin
  insert into log_head (log_id, rev, at) values (p_fresh_log_id, 0, clock_timestamp()) on conflict do nothing;
  -- Waits for whatever an older epoch has under way.
  perform from log_head for update;
  select v.o_log_id, v.o_rev, v.o_at_us into o_log_id, o_rev, o_at_us
  from reckon_verify(p_fresh_log_id, p_known_log_id, p_known_rev, p_known_at_us) v;
  insert into writers as w (id, epoch, batch, first_rev, at, failed) values (p_writer, 1, 0, 0, clock_timestamp(), '{}')
  on conflict (id) do update set epoch = w.epoch + 1
  returning w.epoch, w.batch, w.first_rev, (extract(epoch from w.at) * 1000000)::bigint, w.failed
  into o_epoch, o_batch, o_first, o_batch_at_us, o_failed;
  delete from writers where at < clock_timestamp() - interval '1 day' and id <> p_writer;
end
$body$`.execute(db);

  // Time never goes back along the log, so a moment is found by halving.
  await sql`
create function reckon_revision_at(p_at timestamptz) returns bigint language plpgsql stable as $body$
declare
  v_low bigint;
  v_high bigint;
  v_middle bigint;
begin
  select floor, rev into v_low, v_high from log_head;
  while v_low < v_high loop
    v_middle := (v_low + v_high + 1) / 2;
    if (select l.at from log l where l.rev = v_middle) <= p_at then
      v_low := v_middle;
    else
      v_high := v_middle - 1;
    end if;
  end loop;
  return v_low;
end
$body$`.execute(db);
}

export const writers: Migration = { up };
