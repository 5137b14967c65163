/**
 * The ciphertext of a confidential body. AES-256-GCM with a random nonce; whose object it is is authenticated with it,
 * so that a row's bytes cannot be moved to another object unnoticed.
 *
 *   1 byte   version: which kind of key opens it
 *   4 bytes  id of that key, big-endian
 *   12 bytes nonce
 *   n bytes  ciphertext
 *   16 bytes tag
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ApiError, type ObjectKey } from '@reckon/api';

export const KEY_BYTES = 32;
/** The first byte: a data key (keys of objects, and bodies that older versions have written), or an object's own. */
export const BY = { dataKey: 1, objectKey: 2 } as const;
const KEY_ID_AT = 1;
const NONCE_AT = 5;
const NONCE_BYTES = 12;
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

export interface Key {
  readonly by: (typeof BY)[keyof typeof BY];
  readonly id: number;
  readonly key: Uint8Array;
}

/** The object that a body belongs to. */
export interface Owner {
  readonly key: ObjectKey;
  readonly uid: string;
}

export function seal(body: Uint8Array, owner: Owner, key: Key): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.key, nonce).setAAD(Buffer.from(ownerText(owner)));
  const sealed = Buffer.allocUnsafe(CIPHERTEXT_AT + body.length + TAG_BYTES);
  writeHead(sealed, key);
  sealed.set(nonce, NONCE_AT);
  sealed.set(cipher.update(body), CIPHERTEXT_AT);
  cipher.final();
  sealed.set(cipher.getAuthTag(), CIPHERTEXT_AT + body.length);
  return sealed;
}

function writeHead(sealed: Buffer, { by, id }: Omit<Key, 'key'>): void {
  sealed.writeUInt8(by, 0);
  sealed.writeUInt32BE(id, KEY_ID_AT);
}

/** Stands where a ciphertext was: it names the object's key, and holds nothing. */
export function emptyEnvelope(objectKeyId: number): Buffer {
  const empty = Buffer.alloc(CIPHERTEXT_AT + TAG_BYTES);
  writeHead(empty, { by: BY.objectKey, id: objectKeyId });
  return empty;
}

/** Which key opens it. */
export function sealedBy(sealed: Uint8Array): Omit<Key, 'key'> {
  const by = Object.values(BY).find((one) => one === sealed[0]);
  if (sealed.length < CIPHERTEXT_AT + TAG_BYTES || by === undefined) throw broken();
  return { by, id: new DataView(sealed.buffer, sealed.byteOffset, sealed.length).getUint32(KEY_ID_AT) };
}

/** InternalError if it is not what was sealed for this owner. */
export function open(sealed: Uint8Array, owner: Owner, { key }: Pick<Key, 'key'>): Uint8Array {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(NONCE_AT, CIPHERTEXT_AT), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(ownerText(owner))).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(CIPHERTEXT_AT, end)), decipher.final()]);
  } catch (error) {
    throw broken(error);
  }
}

/** No two have the same: none of the parts contains a slash. */
export function ownerText({ key, uid }: Owner): string {
  return `${key.resource}/${key.namespace}/${key.name}/${uid}`;
}

export function broken(cause?: unknown): ApiError {
  return new ApiError('InternalError', 'a confidential object cannot be decrypted', {}, { cause });
}
