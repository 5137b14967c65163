import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLogger, VirtualClock } from '@reckon/service';
import { Layout } from '../host/layout.ts';
import { pod as podWith } from '../pod/testing/pods.ts';
import { writeAtomicDir } from './atomic-dir.ts';
import { checkedPath, configMapPayload, type Payload, secretPayload } from './payload.ts';
import { Volumes } from './volumes.ts';

function payload(files: Readonly<Record<string, string>>, mode = 0o644): Payload {
  return new Map(Object.entries(files).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));
}

describe('a directory that changes all at once', () => {
  let dir = '';
  let version = 0;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'reckon-atomic-'));
  });
  after(() => rm(dir, { recursive: true }));
  const write = (files: Payload) =>
    writeAtomicDir(files, { dir, fsGroup: undefined, version: `v${version++}` });
  const visible = async () => (await readdir(dir)).filter((name) => !name.startsWith('..')).sort();

  it('shows files and directories through one link', async () => {
    assert.equal(await write(payload({ a: '1', 'deep/b': '2' })), true);
    assert.deepEqual(await visible(), ['a', 'deep']);
    assert.equal(await readFile(join(dir, 'deep/b'), 'utf8'), '2');
    assert.equal(await readlink(join(dir, 'a')), '..data/a');
    assert.equal(await readlink(join(dir, '..data')), '..v0');
  });

  it('is not touched when nothing changes', async () => {
    assert.equal(await write(payload({ a: '1', 'deep/b': '2' })), false);
    assert.equal(await readlink(join(dir, '..data')), '..v0');
  });

  it('loses what is gone, and keeps no old version', async () => {
    assert.equal(await write(payload({ a: 'new', c: '3' }, 0o600)), true);
    assert.deepEqual(await visible(), ['a', 'c']);
    assert.equal((await stat(join(dir, 'a'))).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(dir)).filter((name) => name.startsWith('..')).sort(), ['..data', '..v2']);
  });

  it('is whole again after a writer was interrupted', async () => {
    await symlink('..nowhere', join(dir, '..data_tmp'));
    await write(payload({ a: 'again' }));
    assert.equal(await readFile(join(dir, 'a'), 'utf8'), 'again');
    assert.deepEqual(await visible(), ['a']);
  });
});

describe('the files of a volume', () => {
  const configMap = {
    data: { b: 'text', a: 'x' },
    binaryData: { raw: Buffer.from([0, 255]).toString('base64') },
  };
  const shown = (files: Payload) =>
    [...files].map(([path, { mode }]) => `${path} ${mode.toString(8)}`).sort();

  it('are all keys, or those that are chosen, with their modes', () => {
    assert.deepEqual(shown(configMapPayload('c', configMap, {})), ['a 644', 'b 644', 'raw 644']);
    const items = [
      { key: 'a', path: 'x/y', mode: 0o400 },
      { key: 'b', path: 'z' },
    ];
    assert.deepEqual(shown(configMapPayload('c', configMap, { items, defaultMode: 0o600 })), [
      'x/y 400',
      'z 600',
    ]);
    assert.deepEqual([...(configMapPayload('c', configMap, {}).get('raw')?.content ?? [])], [0, 255]);
  });

  it('what is missing is named, unless it is optional', () => {
    const items = [{ key: 'none', path: 'p' }];
    assert.throws(() => configMapPayload('c', undefined, {}), { message: 'configmap "c" not found' });
    assert.throws(() => secretPayload('s', undefined, {}), { message: 'secret "s" not found' });
    assert.throws(
      () => configMapPayload('c', configMap, { items }),
      /references non-existent config key: none/,
    );
    assert.equal(configMapPayload('c', undefined, { optional: true }).size, 0);
    assert.equal(configMapPayload('c', configMap, { items, optional: true }).size, 0);
  });

  it('never lie outside the volume', () => {
    assert.equal(checkedPath('a//./b'), 'a/b');
    for (const path of ['', '/etc/passwd', '../x', 'a/../../x', '..data/x'])
      assert.throws(() => checkedPath(path), /invalid path/);
  });
});

describe('the volumes of a pod', () => {
  it('are whole when their renewal falls into their making', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'reckon-volumes-'));
    try {
      const data = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key-${i}`, `value ${i}`]));
      const volumes = new Volumes({
        layout: new Layout(stateDir),
        objects: { use: async <T>() => ({ metadata: {}, data }) as T },
        tokens: { get: () => assert.fail('no token is asked for'), release: () => {} },
        clock: new VirtualClock(),
        log: silentLogger,
        allocatable: () => ({}),
      });
      const pod = podWith({ spec: { volumes: [{ name: 'config', configMap: { name: 'app' } }] } });
      await Promise.all([volumes.prepare(pod), volumes.refresh(pod), volumes.refresh(pod)]);
      const files = await readdir(volumes.pathOf(pod, 'config'));
      assert.equal(files.filter((name) => !name.startsWith('..')).length, 20);
      assert.equal(files.filter((name) => name.startsWith('..')).length, 2, `${files}`);
    } finally {
      await rm(stateDir, { recursive: true });
    }
  });
});
