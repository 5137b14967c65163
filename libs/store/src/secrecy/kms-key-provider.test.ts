import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemClock, VirtualClock } from '@reckon/service';
import { rotateDataKeys } from '../postgres/rotate-data-keys.ts';
import { change, commit, committed, creation, decoded } from '../testing/contract/harness.ts';
import { createDatabase } from '../testing/databases.ts';
import { KmsPlugin } from '../testing/kms-plugin.ts';
import { storesOn } from '../testing/worlds.ts';
import { FileKeyProvider } from './file-key-provider.ts';
import { KmsKeyProvider } from './kms-key-provider.ts';

const directory = mkdtempSync(join(tmpdir(), 'reckon-kms-'));
after(() => rmSync(directory, { recursive: true }));
const secret = { resource: 'secrets', namespace: 'default', name: 'password' };

const pluginAt = (name: string) => new KmsPlugin(join(directory, name));

describe('a key management service', () => {
  it('protects secrets, takes over from a file, and rotates its own key', async (t) => {
    const plugin = pluginAt('whole.sock');
    await plugin.start();
    t.after(() => plugin.stop());
    const url = await createDatabase();
    const world = storesOn(url, t);
    const file = new FileKeyProvider(randomBytes(32));
    const first = await world.open({ keys: file });
    await committed(commit(first, creation({ key: secret, value: 'by-file', confidential: true })));

    const clock = new VirtualClock(systemClock.nowMs());
    const kms = await KmsKeyProvider.connect({ socket: plugin.socket, clock, before: file });
    t.after(() => kms.close());
    assert.equal(kms.keyId, 'kms:key-1');
    const second = await world.open({ keys: kms });
    assert.equal(decoded(await second.get(secret)), 'by-file');
    await committed(
      commit(second, change('update', 1, { key: secret, value: 'by-kms', confidential: true })),
    );

    plugin.rotate();
    await clock.advance(60_000);
    await kms.refresh();
    assert.equal((await rotateDataKeys({ database: { url }, keys: kms })).rewrapped, 2);
    const alone = await KmsKeyProvider.connect({ socket: plugin.socket, clock });
    t.after(() => alone.close());
    assert.equal(alone.keyId, 'kms:key-2');
    const third = await world.open({ keys: alone });
    assert.equal(decoded(await third.get(secret)), 'by-kms');
    assert.deepEqual((await third.history(secret)).map(decoded), ['by-kms', 'by-file']);
  });

  it('that goes away makes nobody wait, but is told of within seconds', async (t) => {
    const plugin = pluginAt('told.sock');
    await plugin.start();
    const clock = new VirtualClock(systemClock.nowMs());
    const kms = await KmsKeyProvider.connect({ socket: plugin.socket, clock });
    t.after(() => kms.close());
    await kms.check();
    assert.equal(plugin.calls, 1, 'it has just said so');
    plugin.healthz = 'out of order';
    await kms.check();
    await clock.advance(3_000);
    await assert.rejects(kms.check(), /it says of itself: out of order/);
    plugin.healthz = 'ok';
    await kms.check();
    plugin.stop();
    await clock.advance(3_000);
    await assert.rejects(kms.check(), /the key management service fails/);
  });

  it('that goes away stops nobody for three minutes, and then says so', async (t) => {
    const plugin = pluginAt('away.sock');
    await plugin.start();
    const clock = new VirtualClock(systemClock.nowMs());
    const kms = await KmsKeyProvider.connect({ socket: plugin.socket, clock });
    t.after(() => kms.close());
    await kms.refresh();
    assert.equal(plugin.calls, 1);
    plugin.stop();
    await clock.advance(61_000);
    await kms.refresh();
    await clock.advance(120_000);
    await assert.rejects(kms.refresh(), /the key management service fails/);
    await assert.rejects(kms.wrap(randomBytes(32)), { reason: 'InternalError' });
  });

  for (const [sentence, wrong, why] of [
    ['is not well', { healthz: 'out of order' }, /it says of itself: out of order/],
    ['speaks another version', { version: 'v1' }, /it speaks version v1 of the protocol, not v2/],
    ['names no key', { keyId: '' }, /it does not name the key in use/],
  ] as const)
    it(`that ${sentence} is not begun with`, async (t) => {
      const plugin = pluginAt(`${sentence.replaceAll(' ', '-')}.sock`);
      Object.assign(plugin, wrong);
      await plugin.start();
      t.after(() => plugin.stop());
      const clock = new VirtualClock(systemClock.nowMs());
      await assert.rejects(KmsKeyProvider.connect({ socket: plugin.socket, clock }), why);
    });
});
