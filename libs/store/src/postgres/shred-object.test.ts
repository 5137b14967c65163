import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import pg from 'pg';
import { BY, open, seal, sealedBy } from '../secrecy/envelope.ts';
import { FileKeyProvider } from '../secrecy/file-key-provider.ts';
import { SHREDDED_ANNOTATION } from '../secrecy/shredded.ts';
import { change, commit, committed, creation, decoded } from '../testing/contract/harness.ts';
import { createDatabaseOn } from '../testing/databases.ts';
import { ThrowAwayPostgres } from '../testing/throw-away-postgres.ts';
import { storesOn } from '../testing/worlds.ts';
import type { StoredRecord } from '../types.ts';
import { shredObject } from './shred-object.ts';

const secretNamed = (name: string) => ({ resource: 'secrets', namespace: 'default', name });
const secret = secretNamed('password');
const SECRET = { apiVersion: 'v1', kind: 'Secret' };

function shownIn(record: Pick<StoredRecord, 'body'> | undefined) {
  const { apiVersion, kind, metadata } = JSON.parse(Buffer.from(record?.body ?? []).toString());
  const { name, namespace, annotations } = metadata;
  return { apiVersion, kind, name, namespace, isShredded: annotations?.[SHREDDED_ANNOTATION] !== undefined };
}

const NOTHING_LEFT = { ...SECRET, name: 'password', namespace: 'default', isShredded: true };

describe('what is shredded', () => {
  async function world(t: { after(fn: () => Promise<void>): void }) {
    const postgres = await ThrowAwayPostgres.create();
    t.after(() => postgres.remove());
    const url = await createDatabaseOn(postgres.address);
    const keys = new FileKeyProvider(randomBytes(32));
    const stores = storesOn(url, t);
    const store = await stores.open({ keys });
    const query = async (statement: string, values: readonly unknown[] = []) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query(statement, [...values])).rows;
      } finally {
        await client.end();
      }
    };
    return { url, keys, store, stores, query };
  }

  const shred = (url: string, key = secret) => shredObject({ database: { url }, key, ...SECRET });

  test('cannot be read any more with all that is kept: the whole database and every key', async (t) => {
    const { url, keys, store, stores, query } = await world(t);
    const other = secretNamed('other');
    const write = (value: string, key = secret) => creation({ key, value, confidential: true });
    await committed(commit(store, write('first'), write('stays', other)));
    await committed(commit(store, change('update', 1, { key: secret, value: 'second', confidential: true })));
    await committed(commit(store, change('delete', 3, { key: secret, value: 'second', confidential: true })));
    await committed(commit(store, { ...write('third'), uid: 'u2' }));
    const third = change('delete', 5, { key: secret, value: 'third', confidential: true });
    await committed(commit(store, { ...third, uid: 'u2' }));
    assert.deepEqual((await store.history(secret)).map(decoded), [
      'third',
      'third',
      'second',
      'second',
      'first',
    ]);

    assert.deepEqual(await shred(url), { incarnations: 2, events: 5 });
    // Whoever has a dump and the keys opens whatever there is to be opened.
    const dataKeys = new Map<number, Uint8Array>();
    for (const { id, wrapped, key_id } of await query('select * from data_keys'))
      dataKeys.set(id, await keys.unwrap(wrapped, key_id));
    const objectKeys = new Map<number, Uint8Array>();
    for (const { id, uid, sealed, ...key } of await query(
      'select * from object_keys where sealed is not null',
    )) {
      const owner = { key: { resource: key.resource, namespace: key.namespace, name: key.name }, uid };
      objectKeys.set(id, open(sealed, owner, { key: dataKeys.get(sealedBy(sealed).id) ?? new Uint8Array() }));
    }
    const opened: unknown[] = [];
    for (const { body, uid, resource, namespace, name } of await query('select * from log order by rev')) {
      const { by, id } = sealedBy(body);
      const candidates = [...(by === BY.dataKey ? dataKeys : objectKeys).entries()];
      for (const [, key] of candidates.filter(([known]) => known === id))
        opened.push(JSON.parse(String(open(body, { key: { resource, namespace, name }, uid }, { key }))));
    }
    assert.deepEqual(opened, ['stays']);

    for (const reader of [store, await stores.open({ keys })]) {
      assert.deepEqual((await reader.history(secret)).map(shownIn), Array(5).fill(NOTHING_LEFT));
      assert.deepEqual(shownIn(await reader.getAt(secret, 1)), NOTHING_LEFT);
      const { objects } = await reader.listAt({ rev: 3, resource: 'secrets' });
      assert.deepEqual(
        objects.map(({ key }) => key.name),
        ['other', 'password'],
      );
      assert.equal((await reader.readLog({ after: 0 })).records.length, 6);
      assert.equal(decoded(await reader.get(other)), 'stays');
    }
    await committed(commit(store, { ...write('anew'), uid: 'u3' }));
    assert.equal(decoded(await store.get(secret)), 'anew', 'the name can be used again');
  });

  test('may have been written before objects had keys of their own', async (t) => {
    const { url, keys, store, query } = await world(t);
    const owner = { key: secret, uid: 'u-old' };
    const old = creation({ key: secret, value: 'old', confidential: true });
    await committed(
      commit(
        store,
        { ...old, uid: owner.uid },
        creation({ key: secretNamed('other'), value: 'stays', confidential: true }),
      ),
    );
    const [row] = await query('select id, wrapped, key_id from data_keys');
    const dataKey = { by: BY.dataKey, id: row.id, key: await keys.unwrap(row.wrapped, row.key_id) };
    const before = Buffer.from(seal(old.body, owner, dataKey));
    for (const table of ['log', 'objects'])
      await query(`update ${table} set body = $1 where name = 'password'`, [before]);
    await query(`delete from object_keys where name = 'password'`);
    assert.equal(decoded(await store.get(secret)), 'old', 'it is read as ever');

    const removal = change('delete', 1, { key: secret, value: 'old', confidential: true });
    await committed(commit(store, { ...removal, uid: owner.uid }));
    await shred(url);
    assert.deepEqual((await store.history(secret)).map(shownIn), [NOTHING_LEFT, NOTHING_LEFT]);
    const [first] = await query(`select body from log where name = 'password' order by rev`);
    assert.deepEqual(first.body.subarray(5), Buffer.alloc(first.body.length - 5));
    assert.equal(decoded(await store.get(secretNamed('other'))), 'stays');
  });

  test('does not live any more, and was there once', async (t) => {
    const { url, store } = await world(t);
    await assert.rejects(shred(url), { reason: 'NotFound' });
    await committed(commit(store, creation({ key: secret, value: 'lives', confidential: true })));
    await assert.rejects(shred(url), { reason: 'Conflict', message: /still there/ });
    assert.equal(decoded(await store.get(secret)), 'lives');
    const open = creation({ key: { ...secret, resource: 'configmaps' }, value: 'no secret' });
    await committed(commit(store, open));
    await committed(commit(store, change('delete', 2, { key: open.key, value: 'no secret' })));
    await assert.rejects(shred(url, open.key), { reason: 'NotFound' });
  });
});
