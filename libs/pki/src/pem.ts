/** Keys as text (PEM, RFC 7468), and what they are called. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';

export interface PemBlock {
  /** `PRIVATE KEY`, `EC PRIVATE KEY`, `PUBLIC KEY`, `CERTIFICATE`… */
  readonly label: string;
  /** The block, its first and last lines included. */
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----\n?/g;

/** In their order; what stands between them is no matter. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ label, text: block }));
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY');
}

/** Of a block that holds a key, public or private, or a certificate: the public key. */
export function publicKeyOf({ text }: PemBlock): KeyObject {
  return createPublicKey(text);
}

/** SubjectPublicKeyInfo. */
export function publicKeyPem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString();
}

/** Names a public key as Kubernetes does, in tokens and in key sets (`kid`): the SHA-256 of its SubjectPublicKeyInfo. */
export function publicKeyId(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url');
}
