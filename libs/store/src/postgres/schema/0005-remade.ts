import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * `reckon_commit` of 0002, with one thing more: a transaction may end an object and begin another one of the same
 * name, at a later revision. `w_flags` 4 marks such a beginning: it demands nothing of the state before the batch,
 * because the write that ends what has the name does. So objects end before others begin.
 */
const REVISION_OF_WRITE = sql`o_first - 1 + w.i`;

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
create or replace function reckon_commit(
  p_writer text, p_epoch bigint, p_batch bigint, p_log_id text,
  w_tx int[], w_op smallint[], w_flags smallint[], w_expected bigint[], w_schema int[],
  w_resource text[], w_namespace text[], w_name text[], w_uid text[], w_body bytea[],
  t_actor text[], t_request text[], t_cause bigint[], t_because text[],
  c_tx int[], c_resource text[], c_namespace text[], c_name text[], c_rev bigint[],
  out o_first bigint, out o_at_us bigint, out o_conflicts jsonb
) language plpgsql as $body$
declare
  v_log_id text;
  v_rev bigint;
  v_at timestamptz;
  v_failed int[];
  v_count int;
begin
  select h.log_id, h.rev, greatest(h.at, clock_timestamp()) into v_log_id, v_rev, v_at from log_head h for update;
  if v_log_id <> p_log_id then
    raise exception using errcode = 'RK002', message = v_log_id;
  end if;
  o_first := v_rev + 1;
  o_at_us := (extract(epoch from v_at) * 1000000)::bigint;

  select jsonb_agg(to_jsonb(bad)), array_agg(bad.tx) into o_conflicts, v_failed
  from (
    select distinct on (d.tx) d.tx, d.demand, d.i, o.rev, o.uid, o.confidential, encode(o.body, 'base64') as body
    from (
      select w.tx, 0 as demand, w.i, w.resource, w.namespace, w.name, w.expected
      from unnest(w_tx, w_flags, w_resource, w_namespace, w_name, w_expected)
        with ordinality as w(tx, flags, resource, namespace, name, expected, i)
      where w.flags & 4 = 0
      union all
      select c.tx, 1, c.i, c.resource, c.namespace, c.name, c.rev
      from unnest(c_tx, c_resource, c_namespace, c_name, c_rev)
        with ordinality as c(tx, resource, namespace, name, rev, i)
    ) d
    left join objects o on o.resource = d.resource and o.namespace = d.namespace and o.name = d.name
    where coalesce(o.rev, 0) <> d.expected
    order by d.tx, d.demand, d.i
  ) bad;

  if v_failed is not null then
    select coalesce(array_agg(w.tx order by w.i), '{}'), array_agg(w.op order by w.i), array_agg(w.flags order by w.i),
      array_agg(w.expected order by w.i), array_agg(w.schema order by w.i), array_agg(w.resource order by w.i),
      array_agg(w.namespace order by w.i), array_agg(w.name order by w.i), array_agg(w.uid order by w.i),
      array_agg(w.body order by w.i)
    into w_tx, w_op, w_flags, w_expected, w_schema, w_resource, w_namespace, w_name, w_uid, w_body
    from unnest(w_tx, w_op, w_flags, w_expected, w_schema, w_resource, w_namespace, w_name, w_uid, w_body)
      with ordinality as w(tx, op, flags, expected, schema, resource, namespace, name, uid, body, i)
    where w.tx <> all (v_failed);
  end if;

  v_count := cardinality(w_tx);
  if v_count = 0 then
    return;
  end if;

  insert into log (rev, prev_rev, at, cause, schema_version, op, confidential, resource, namespace, name, uid, actor,
    request_id, because, body)
  select ${REVISION_OF_WRITE}, w.expected, v_at, t_cause[w.tx], w.schema, w.op, w.flags & 1 <> 0, w.resource,
    w.namespace, w.name, w.uid, t_actor[w.tx], t_request[w.tx], t_because[w.tx], w.body
  from unnest(w_tx, w_op, w_flags, w_expected, w_schema, w_resource, w_namespace, w_name, w_uid, w_body)
    with ordinality as w(tx, op, flags, expected, schema, resource, namespace, name, uid, body, i);

  if 2 = any (w_op) then
    delete from objects o
    using unnest(w_op, w_resource, w_namespace, w_name) as w(op, resource, namespace, name)
    where w.op = 2 and o.resource = w.resource and o.namespace = w.namespace and o.name = w.name;
  end if;
  if 0 = any (w_op) then
    insert into objects (rev, confidential, resource, namespace, name, uid, body)
    select ${REVISION_OF_WRITE}, w.flags & 1 <> 0, w.resource, w.namespace, w.name, w.uid, w.body
    from unnest(w_op, w_flags, w_resource, w_namespace, w_name, w_uid, w_body)
      with ordinality as w(op, flags, resource, namespace, name, uid, body, i)
    where w.op = 0;
  end if;
  if 1 = any (w_op) then
    update objects o set rev = ${REVISION_OF_WRITE}, confidential = w.flags & 1 <> 0, body = w.body
    from unnest(w_op, w_flags, w_resource, w_namespace, w_name, w_body)
      with ordinality as w(op, flags, resource, namespace, name, body, i)
    where w.op = 1 and o.resource = w.resource and o.namespace = w.namespace and o.name = w.name;
  end if;
  if 2 = any (w_flags) or 3 = any (w_flags) then
    update log l set body = null
    from unnest(w_flags, w_expected) as w(flags, expected)
    where w.flags & 2 <> 0 and w.expected > 0 and l.rev = w.expected;
  end if;

  update log_head set rev = v_rev + v_count, at = v_at;
  update writers set batch = p_batch, first_rev = o_first, at = v_at, failed = coalesce(v_failed, '{}')
  where id = p_writer and epoch = p_epoch;
  if not found then
    raise exception using errcode = 'RK001', message = 'this writer has been fenced off';
  end if;
  perform pg_notify('reckon_head', v_log_id || ' ' || (v_rev + v_count) || ' ' || o_at_us);
end
$body$`.execute(db);
}

export const remadeInOneCommit: Migration = { up };
