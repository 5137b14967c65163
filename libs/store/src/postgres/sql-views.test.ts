import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, commit, committed, creation } from '../testing/contract/harness.ts';
import { createDatabase } from '../testing/databases.ts';
import { storesOn } from '../testing/worlds.ts';
import { queryViews } from './query-views.ts';
import { KIND_VIEWS } from './schema/kind-views.ts';

const pod = (name: string) => ({ resource: 'pods', namespace: 'shop', name });
const secret = { resource: 'secrets', namespace: 'shop', name: 'password' };
const lease = { resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', name: 'n1' };

function podValue(name: string, phase: string): object {
  return {
    kind: 'Pod',
    metadata: { name, creationTimestamp: '2026-01-01T12:00:00Z', labels: { app: 'web' } },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'web:v1' }] },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ restartCount: 2 }],
    },
  };
}

async function filled(t: { after(fn: () => Promise<void>): void }) {
  const url = await createDatabase();
  const store = await storesOn(url, t).open();
  await committed(commit(store, creation({ key: pod('a'), value: podValue('a', 'Pending') })));
  await committed(commit(store, change('update', 1, { key: pod('a'), value: podValue('a', 'Running') })));
  await committed(
    commit(store, creation({ key: secret, value: { data: { word: 'sesame' } }, confidential: true })),
  );
  await committed(commit(store, creation({ key: lease, value: { n: 1 }, heartbeat: true })));
  await committed(commit(store, change('update', 4, { key: lease, value: { n: 2 }, heartbeat: true })));
  await committed(commit(store, creation({ key: pod('odd'), value: { text: 'nul \u0000 byte' } })));
  const ask = async (statement: string) => (await queryViews({ url }, statement)).rows;
  return { url, ask };
}

test('what there is and what was is read as SQL', async (t) => {
  const { ask } = await filled(t);
  assert.deepEqual(
    await ask(
      "select namespace, name, phase, node, ready, restarts, images, labels ->> 'app' from pods where name = 'a'",
    ),
    [['shop', 'a', 'Running', 'n1', true, 2, ['web:v1'], 'web']],
  );
  assert.deepEqual(
    await ask('select revision, actor, verb, resource, name, via from history order by revision limit 3'),
    [
      [1, 'tester', 'create', 'pods', 'a', null],
      [2, 'tester', 'update', 'pods', 'a', null],
      [3, 'tester', 'create', 'secrets', 'password', null],
    ],
  );
  assert.deepEqual(
    await ask(
      `select previous_object #>> '{status,phase}', object #>> '{status,phase}' from history where revision = 2`,
    ),
    [['Pending', 'Running']],
  );
  assert.deepEqual(await ask('select count(*) from history where revision > revision_at(now())'), [[0]]);
  assert.deepEqual(await ask("select count(*) from history where revision > revision_at('2020-01-01')"), [
    [6],
  ]);
});

test('rows without a body, secrets and texts that are no JSON for Postgres break no view', async (t) => {
  const { ask } = await filled(t);
  assert.deepEqual(await ask('select revision, object from history where revision >= 3 order by revision'), [
    [3, null],
    [4, null],
    [5, { n: 2 }],
    [6, null],
  ]);
  for (const { view } of [{ view: 'objects' }, { view: 'history' }, ...KIND_VIEWS])
    await ask(`select * from ${view}`);
  assert.deepEqual(await ask('select namespace, name, changed_by, object, labels from secrets'), [
    ['shop', 'password', 'tester', null, null],
  ]);
});

test('a reader can neither see ciphertext or keys nor write', async (t) => {
  const { ask } = await filled(t);
  const refused = (statement: string, message: RegExp) => assert.rejects(ask(statement), { message });
  for (const name of ['log', 'objects', 'data_keys', 'log_head', 'writers'])
    await refused(`select * from public.${name}`, /permission denied/);
  await refused('delete from history', /permission denied/);
  await refused('create table mine (n int)', /read-only|permission denied/);
  await refused('selec 1', /syntax error/);
});

test('every view and every column says what it is', async (t) => {
  const { ask } = await filled(t);
  const silent = await ask(`
    select c.relname, a.attname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'cluster'::regnamespace and c.relkind = 'v'
      and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)`);
  assert.deepEqual(silent, []);
});
