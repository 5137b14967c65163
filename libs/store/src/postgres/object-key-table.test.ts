import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLogger, systemClock } from '@reckon/service';
import pg from 'pg';
import { createDatabase } from '../testing/databases.ts';
import { storesOn } from '../testing/worlds.ts';
import { PostgresObjectKeyTable } from './object-key-table.ts';
import { Reader } from './reader.ts';

const ownerOf = (name: string) => ({
  key: { resource: 'secrets', namespace: 'default', name },
  uid: `uid-of-${name}`,
});

describe('the keys of objects', () => {
  async function world(t: { after(fn: () => Promise<void>): void }) {
    const url = await createDatabase();
    // Brings the tables.
    await storesOn(url, t).open();
    const address = { url };
    const reader = new Reader({ address, clock: systemClock, log: silentLogger, patienceMs: 0 });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    t.after(async () => {
      await client.end();
      await reader.close();
    });
    const table = new PostgresObjectKeyTable(reader);
    return {
      ensure: (sealed: string, ...names: readonly string[]) =>
        table.ensure(names.map((name) => ({ ...ownerOf(name), sealed: Buffer.from(sealed), madeRev: 7 }))),
      /** A row that was written anew lies elsewhere, by another transaction. */
      versions: async () =>
        (await client.query('select name, ctid::text, xmin::text from object_keys order by name')).rows,
    };
  }

  const told = (keys: readonly { readonly key: { readonly name: string }; readonly sealed?: Uint8Array }[]) =>
    Object.fromEntries(keys.map(({ key, sealed }) => [key.name, Buffer.from(sealed ?? []).toString()]));

  test('are made once, and only read after that: a write to an object that has one writes no row', async (t) => {
    const { ensure, versions } = await world(t);
    assert.deepEqual(told(await ensure('first', 'a')), { a: 'first' });
    const before = await versions();
    assert.deepEqual(told(await ensure('second', 'a')), { a: 'first' });
    assert.deepEqual(await versions(), before);
    assert.deepEqual(told(await ensure('third', 'a', 'b')), { a: 'first', b: 'third' });
    assert.deepEqual((await versions())[0], before[0]);
  });

  test('are one for each object, however many make it at once', async (t) => {
    const { ensure, versions } = await world(t);
    const names = ['a', 'b', 'c'];
    const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => ensure(`of ${i}`, ...names)));
    for (const answer of answers) assert.deepEqual(told(answer), told(answers[0] ?? []));
    assert.equal((await versions()).length, names.length);
  });
});
