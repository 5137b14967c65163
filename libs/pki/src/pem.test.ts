import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { isPrivateKey, pemBlocks, publicKeyId, publicKeyOf, publicKeyPem } from './pem.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const sec1 = privateKey.export({ format: 'pem', type: 'sec1' }).toString();

describe('a file of keys', () => {
  it('holds blocks in their order, whatever stands between them', () => {
    const blocks = pemBlocks(`a note\n${privatePem}\nanother\n${publicKeyPem(publicKey)}`);
    assert.deepEqual(blocks, [
      { label: 'PRIVATE KEY', text: privatePem },
      { label: 'PUBLIC KEY', text: publicKeyPem(publicKey) },
    ]);
    assert.deepEqual(blocks.map(isPrivateKey), [true, false]);
    assert.deepEqual(pemBlocks('nothing'), []);
    assert.deepEqual(pemBlocks(privatePem.slice(0, -20)), [], 'a block without an end is none');
  });

  it('says of either half which public key it is, and names it by its digest', () => {
    const [first, second] = pemBlocks(sec1 + publicKeyPem(publicKey));
    assert.ok(first && second);
    assert.ok(isPrivateKey(first));
    const digest = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }));
    const name = digest.digest('base64url');
    assert.deepEqual([first, second].map(publicKeyOf).map(publicKeyId), [name, name]);
  });
});
