import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { KIND_VIEWS, type KindColumn } from './kind-views.ts';

/**
 * The cluster and its history as SQL: the schema `cluster`, and the role `reckon_reader` that may read it and nothing
 * else. Bodies of secrets (ciphertext) are in no view, and neither role nor views reach the keys (L7).
 */
async function up(db: Kysely<unknown>): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run('create schema cluster');
  await run(
    `comment on schema cluster is 'The cluster and its history, for reading. Times are with time zone.'`,
  );
  await run(AS_JSON);
  await run(REVISION_AT);
  await run(`create view cluster.history as ${HISTORY.select} ${HISTORY.from}`);
  for (const [column, comment] of Object.entries(HISTORY_COMMENTS))
    await run(`comment on column cluster.history.${column} is ${quoted(comment)}`);
  await run(`comment on view cluster.history is 'Every change to every object. One row a revision.'`);
  await run(objectsView({ view: 'objects', resource: undefined, columns: [] }));
  await describe(run, { view: 'objects', what: 'Every object there is now, of all kinds.', columns: [] });
  for (const { view, resource, columns = [] } of KIND_VIEWS) {
    await run(objectsView({ view, resource, columns }));
    await describe(run, { view, what: `The ${resource} there are now.`, columns });
  }
  await run(READER);
}

export const sqlViews: Migration = { up };

/** Null for a heartbeat without body, and for the rare text that Postgres cannot keep as JSON (U+0000). */
const AS_JSON = `
create function cluster.as_json(body bytea) returns jsonb
language plpgsql immutable strict as $body$
begin
  return convert_from(body, 'UTF8')::jsonb;
exception when untranslatable_character or invalid_text_representation then
  return null;
end
$body$`;

/** Of the owner's rights: a reader sees neither the log nor its head. */
const REVISION_AT = `
create function cluster.revision_at(moment timestamptz) returns bigint
language plpgsql stable security definer set search_path from current as $body$
begin
  return reckon_revision_at(moment);
end
$body$;
comment on function cluster.revision_at is 'The last revision that is not after a moment: compare revisions with it, which is quick, instead of times'`;

/** The columns of `cluster.history` as first made, and where they come from. */
export const HISTORY = {
  select: `
select
  l.rev as revision, l.at, l.actor, (array['create', 'update', 'delete'])[l.op + 1] as verb,
  l.resource, l.namespace, l.name, l.uid, l.cause, l.because, l.request_id,
  nullif(l.prev_rev, 0) as previous_revision,
  case when not l.confidential then cluster.as_json(l.body) end as object,
  (select case when not p.confidential then cluster.as_json(p.body) end from log p where p.rev = l.prev_rev)
    as previous_object`,
  from: 'from log l',
};

const HISTORY_COMMENTS: { readonly [column: string]: string } = {
  revision: 'the resourceVersion: total order, in order of commit',
  at: 'when it was committed',
  actor: 'the user who did it',
  verb: 'create, update or delete',
  resource: 'plural with its group: pods, deployments.apps',
  namespace: 'empty for what belongs to the whole cluster',
  name: 'name of the object',
  uid: 'tells objects apart that had the same name one after the other',
  cause: 'the revision that made the actor act; null: a request of its own',
  because: 'why, in a sentence; null: nobody said',
  request_id: 'the request it was part of',
  previous_revision: 'the revision of the object that this one replaced; null: it was new',
  object:
    'the object after the change (of a delete: the last one); null for secrets and superseded heartbeats',
  previous_object: 'the object before the change; null likewise',
};

const COMMON: readonly KindColumn[] = [
  { name: 'namespace', value: 'o.namespace', comment: 'empty for what belongs to the whole cluster' },
  { name: 'name', value: 'o.name', comment: 'name of the object' },
  { name: 'uid', value: 'o.uid', comment: 'metadata.uid' },
  { name: 'revision', value: 'o.rev', comment: 'of its last change' },
  {
    name: 'changed_at',
    value: '(select l.at from log l where l.rev = o.rev)',
    comment: 'when it was changed last',
  },
  {
    name: 'changed_by',
    value: '(select l.actor from log l where l.rev = o.rev)',
    comment: 'the user who changed it last',
  },
  {
    name: 'created_at',
    value: `(j.object #>> '{metadata,creationTimestamp}')::timestamptz`,
    comment: 'metadata.creationTimestamp; null for secrets',
  },
  { name: 'labels', value: `j.object #> '{metadata,labels}'`, comment: 'metadata.labels' },
  { name: 'annotations', value: `j.object #> '{metadata,annotations}'`, comment: 'metadata.annotations' },
];
const RESOURCE: KindColumn = {
  name: 'resource',
  value: 'o.resource',
  comment: 'plural with its group: pods, deployments.apps',
};
const OBJECT: KindColumn = {
  name: 'object',
  value: 'j.object',
  comment: 'the whole object; null for secrets',
};

interface ViewRequest {
  readonly view: string;
  /** Undefined: all kinds. */
  readonly resource: string | undefined;
  readonly columns: readonly KindColumn[];
}

/** The JSON is made once a row: `offset 0` keeps the planner from making it again for each column. */
function objectsView({ view, resource, columns }: ViewRequest): string {
  const all = columnsOf(view, columns).map(({ name, value }) => `${value} as ${name}`);
  return `
create view cluster.${view} as
select ${all.join(', ')}
from objects o
cross join lateral (
  select case when not o.confidential then cluster.as_json(o.body) end as object offset 0
) j
${resource === undefined ? '' : `where o.resource = ${quoted(resource)}`}`;
}

function columnsOf(view: string, columns: readonly KindColumn[]): readonly KindColumn[] {
  return [...(view === 'objects' ? [RESOURCE] : []), ...COMMON, ...columns, OBJECT];
}

async function describe(
  run: (text: string) => Promise<unknown>,
  {
    view,
    what,
    columns,
  }: { readonly view: string; readonly what: string; readonly columns: readonly KindColumn[] },
): Promise<void> {
  await run(`comment on view cluster.${view} is ${quoted(what)}`);
  for (const { name, comment } of columnsOf(view, columns))
    await run(`comment on column cluster.${view}.${name} is ${quoted(comment)}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Roles belong to the whole server: another database may have made it already. Where the owner may make none, an
 * administrator does it (`create role reckon_reader`) and grants it the same.
 */
const READER = `
do $body$
begin
  begin
    create role reckon_reader nologin;
  exception when duplicate_object or unique_violation then null;
  end;
  grant usage on schema cluster to reckon_reader;
  grant select on all tables in schema cluster to reckon_reader;
  execute format('grant reckon_reader to %I', current_user);
exception when insufficient_privilege or undefined_object then
  raise warning 'the role reckon_reader could not be made: %', sqlerrm;
end
$body$`;
