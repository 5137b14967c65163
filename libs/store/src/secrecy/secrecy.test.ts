import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { rotateDataKeys } from '../postgres/rotate-data-keys.ts';
import { change, commit, committed, creation, decoded, pod } from '../testing/contract/harness.ts';
import { createDatabaseOn } from '../testing/databases.ts';
import { ThrowAwayPostgres } from '../testing/throw-away-postgres.ts';
import { storesOn } from '../testing/worlds.ts';
import { BY, open, seal, sealedBy } from './envelope.ts';
import { FileKeyProvider } from './file-key-provider.ts';

const secret = { resource: 'secrets', namespace: 'default', name: 'password' };

test('L7: nothing of a confidential object lies on the disk of Postgres in the clear', async (t) => {
  const postgres = await ThrowAwayPostgres.create();
  t.after(() => postgres.remove());
  const store = await storesOn(await createDatabaseOn(postgres.address), t).open();
  const [hidden, shown] = ['correct-horse-battery-staple', 'this-may-be-seen'];
  const confidential = { key: secret, confidential: true };
  await committed(
    commit(store, creation({ ...confidential, value: hidden }), creation({ key: pod('a'), value: shown })),
  );
  const refused = await commit(store, creation({ ...confidential, value: `${hidden}-again` }));
  assert.ok(!refused.ok);
  await committed(commit(store, change('update', 1, { ...confidential, value: `${hidden}-2` })));
  await committed(commit(store, change('delete', 3, { ...confidential, value: `${hidden}-2` })));
  assert.deepEqual((await store.history(secret)).map(decoded), [`${hidden}-2`, `${hidden}-2`, hidden]);
  await store.close();
  await postgres.stop();
  // WAL, tables and logs: whatever a copy of the disk, or a backup, would hold.
  const filesWith = (text: string) => grep(text, postgres.directory);
  assert.notDeepEqual(filesWith(shown), []);
  assert.deepEqual(filesWith(hidden), []);
});

test('L7: ciphertext belongs to one object: moved to another one it does not open', () => {
  const dataKey = { by: BY.dataKey, id: 7, key: randomBytes(32) };
  const owner = { key: secret, uid: 'u1' };
  const body = Buffer.from('{"data":{}}');
  const sealed = seal(body, owner, dataKey);
  assert.deepEqual(open(sealed, owner, dataKey), body);
  assert.notDeepEqual(seal(body, owner, dataKey), sealed);
  for (const other of [
    { ...owner, uid: 'u2' },
    { ...owner, key: { ...secret, name: 'other' } },
    { ...owner, key: { ...secret, namespace: 'other' } },
    { ...owner, key: { ...secret, resource: 'configmaps' } },
  ]) {
    assert.throws(() => open(sealed, other, dataKey), { reason: 'InternalError' });
  }
  for (let at = 5; at < sealed.length; at += 7) {
    const broken = Buffer.from(sealed);
    broken.writeUInt8((broken.readUInt8(at) + 1) % 256, at);
    assert.throws(() => open(broken, owner, dataKey), { reason: 'InternalError' });
  }
});

test('L7: without the wrapping key, or with another one, secrets stay closed and everything else works', async (t) => {
  const postgres = await ThrowAwayPostgres.create();
  t.after(() => postgres.remove());
  const url = await createDatabaseOn(postgres.address);
  const keyed = storesOn(url, t);
  const store = await keyed.open();
  await committed(
    commit(
      store,
      creation({ key: secret, value: 'hidden', confidential: true }),
      creation({ key: pod('a') }),
    ),
  );
  const other = await storesOn(url, t).open();
  await assert.rejects(other.get(secret), { reason: 'InternalError', message: /wrapped by key/ });
  assert.equal((await other.get(pod('a')))?.rev, 2);
  const none = await keyed.open({ keys: undefined });
  await assert.rejects(none.get(secret), { reason: 'InternalError' });
  await assert.rejects(commit(none, creation({ key: { ...secret, name: 'b' }, confidential: true })), {
    reason: 'InternalError',
  });
  assert.equal((await none.readLog({ after: 0, withholdConfidential: true })).records.length, 2);
  const again = await keyed.open();
  assert.equal(decoded(await again.get(secret)), 'hidden');
});

test('the wrapping key is read from a file, and a wrong one is refused', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-key-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'key');
  writeFileSync(path, `${randomBytes(32).toString('base64')}\n`);
  const keys = await FileKeyProvider.read(path);
  const dataKey = randomBytes(32);
  const wrapped = await keys.wrap(dataKey);
  assert.deepEqual(
    Buffer.from(await (await FileKeyProvider.read(path)).unwrap(wrapped, keys.keyId)),
    dataKey,
  );
  const other = new FileKeyProvider(randomBytes(32));
  await assert.rejects(other.unwrap(wrapped, keys.keyId), { reason: 'InternalError' });
  await assert.rejects(other.unwrap(wrapped, other.keyId), { reason: 'InternalError' });
  writeFileSync(path, 'c2hvcnQ=');
  await assert.rejects(FileKeyProvider.read(path), { reason: 'InternalError' });
});

test('keys rotate while servers run: what was sealed stays readable, and needs the old wrapping key no more', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reckon-key-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'key');
  const lineOf = (key: Buffer) => `${key.toString('base64')}\n`;
  const replace = (content: string) => {
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  };
  const [before, after] = [randomBytes(32), randomBytes(32)];
  replace(lineOf(before));
  const postgres = await ThrowAwayPostgres.create();
  t.after(() => postgres.remove());
  const url = await createDatabaseOn(postgres.address);
  const world = storesOn(url, t);
  const running = await world.open({ keys: await FileKeyProvider.read(path) });
  const write = (name: string) =>
    committed(commit(running, creation({ key: { ...secret, name }, value: name, confidential: true })));
  await write('old');

  replace(lineOf(before) + lineOf(after));
  const keys = await FileKeyProvider.read(path);
  assert.equal((await rotateDataKeys({ database: { url }, keys })).rewrapped, 1);
  await write('new');
  replace(lineOf(after));
  await write('newest');

  const fresh = await world.open({ keys: new FileKeyProvider(after) });
  for (const store of [running, fresh])
    for (const name of ['old', 'new', 'newest'])
      assert.equal(decoded(await store.get({ ...secret, name })), name);
  const late = await world.open({ keys: new FileKeyProvider(before) });
  await assert.rejects(late.get({ ...secret, name: 'old' }), { message: /wrapped by key/ });
  const bodies = await Promise.all(['old', 'new', 'newest'].map((name) => sealedBodyOf(url, name)));
  assert.deepEqual(
    bodies.map((body) => sealedBy(body).by),
    bodies.map(() => BY.objectKey),
  );
  const sealed = await Promise.all(['old', 'new', 'newest'].map((name) => sealedKeyOf(url, name)));
  const [first, second, third] = sealed.map((key) => sealedBy(key).id);
  assert.notEqual(first, second);
  assert.equal(second, third);
});

const sealedBodyOf = (url: string, name: string) =>
  bytesOf(url, 'select body as bytes from objects where name = $1', name);
const sealedKeyOf = (url: string, name: string) =>
  bytesOf(url, 'select sealed as bytes from object_keys where name = $1', name);

async function bytesOf(url: string, statement: string, name: string): Promise<Uint8Array> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: Buffer }>(statement, [name]);
    return rows[0]?.bytes ?? new Uint8Array();
  } finally {
    await client.end();
  }
}

function grep(text: string, directory: string): string[] {
  try {
    return execFileSync('grep', ['-rlaF', text, directory], { encoding: 'utf8' }).trim().split('\n');
  } catch {
    // grep says 1 for nothing found.
    return [];
  }
}
