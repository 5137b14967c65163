/** The key that signs ServiceAccount tokens. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pemBlocks, publicKeyId, publicKeyOf, publicKeyPem } from '@reckon/pki/pem.ts';
import { pkiFiles } from '../pki/cluster-pki.ts';
import { requireSettings } from '../state/cluster.ts';
import { PUBLIC_MODE, writeFileAtomically } from '../state/files.ts';
import { layoutOf } from '../state/layout.ts';

export interface RotateTokensOptions {
  /** Tokens of the keys before are refused from now on. */
  readonly drop: boolean;
}

export interface RotatedTokens {
  /** Of the key that signs now: `kid` in tokens and in `/openid/v1/jwks`. */
  readonly keyId: string;
  /** Earlier keys whose tokens are still good. */
  readonly kept: number;
}

/**
 * A new key, while the cluster runs: API servers see the file change within a second. Of the keys before, only the
 * public halves stay, so that what they signed is good until it expires, and nobody can sign with them any more.
 */
export function rotateTokens(stateDir: string, { drop }: RotateTokensOptions): RotatedTokens {
  const layout = layoutOf(stateDir);
  requireSettings(layout);
  const { serviceAccountKey, serviceAccountPublicKey } = pkiFiles(layout.pkiDir);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const earlier = drop
    ? []
    : pemBlocks(readFileSync(serviceAccountKey, 'utf8')).map(publicKeyOf).map(publicKeyPem);
  writeFileAtomically(serviceAccountPublicKey, publicKeyPem(publicKey), PUBLIC_MODE);
  const signer = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  writeFileAtomically(serviceAccountKey, [signer, ...earlier].join(''));
  return { keyId: publicKeyId(publicKey), kept: earlier.length };
}
