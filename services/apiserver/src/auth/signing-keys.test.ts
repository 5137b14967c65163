import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { publicKeyPem as publicPem } from '@reckon/pki/pem.ts';
import { SeededRandom, VirtualClock } from '@reckon/service';
import { ServiceAccountTokens } from './service-account-tokens.ts';
import { SigningKeyFile, signingKeysOf } from './signing-keys.ts';

const directory = mkdtempSync(join(tmpdir(), 'reckon-keys-'));
after(() => rmSync(directory, { recursive: true }));

const newPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secretPem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }).toString();

function replace(path: string, ...blocks: readonly string[]): void {
  writeFileSync(`${path}.new`, blocks.join(''));
  renameSync(`${path}.new`, path);
}

describe('the keys of ServiceAccount tokens', () => {
  it('are one that signs and others that verify', () => {
    const [a, b] = [newPair(), newPair()];
    const keys = signingKeysOf(secretPem(a.privateKey) + publicPem(b.publicKey));
    assert.deepEqual(keys, {
      privateKeyPem: secretPem(a.privateKey),
      verificationKeysPem: [publicPem(b.publicKey)],
    });
    assert.throws(() => signingKeysOf(publicPem(b.publicKey)), /one private key .* not 0/);
    assert.throws(() => signingKeysOf(secretPem(a.privateKey) + secretPem(b.privateKey)), /not 2/);
  });

  it('can be replaced while the server runs: what was signed before is good until its key is dropped', async () => {
    const path = join(directory, 'sa.key');
    const [first, second] = [newPair(), newPair()];
    replace(path, secretPem(first.privateKey));
    const file = new SigningKeyFile(path, []);
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const tokens = new ServiceAccountTokens({
      ...file.initial,
      changedKeys: () => file.changed(),
      issuer: 'https://issuer',
      audiences: ['https://issuer'],
      clock,
      random: new SeededRandom(1),
      uidOf: () => 'uid',
      confirm: async () => {},
    });
    const issue = async () => {
      const claims = { namespace: 'default', serviceAccount: 'robot', serviceAccountUid: 'uid' };
      const { token } = await tokens.issue({ ...claims, audiences: [], expirationSeconds: 3_600 });
      return token;
    };
    const isGood = async (token: string) => (await tokens.authenticateToken(token)) !== undefined;
    const old = await issue();
    assert.ok(await isGood(old));

    replace(path, secretPem(second.privateKey), publicPem(first.publicKey));
    const fresh = await issue();
    assert.deepEqual([await isGood(old), await isGood(fresh)], [true, true]);
    const kids = [old, fresh].map(
      (token) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid,
    );
    const published = (await tokens.keySet()).keys.map(({ kid }) => kid);
    assert.deepEqual(published, kids.reverse());

    replace(path, secretPem(second.privateKey));
    await clock.advance(1_000);
    assert.deepEqual([await isGood(old), await isGood(fresh)], [false, true]);
    assert.equal((await tokens.keySet()).keys.length, 1);
  });
});
