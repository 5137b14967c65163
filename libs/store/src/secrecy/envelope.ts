/**
 * The ciphertext of a confidential body. AES-256-GCM with a random nonce; whose object it is is authenticated with it,
 * so that a row's bytes cannot be moved to another object unnoticed.
 *
 *   1 byte   version
 *   4 bytes  id of the data key, big-endian
 *   12 bytes nonce
 *   n bytes  ciphertext
 *   16 bytes tag
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ApiError, type ObjectKey } from '@reckon/api';

export const DATA_KEY_BYTES = 32;
const VERSION = 1;
const KEY_ID_AT = 1;
const NONCE_AT = 5;
const NONCE_BYTES = 12;
const CIPHERTEXT_AT = NONCE_AT + NONCE_BYTES;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

export interface DataKey {
  readonly id: number;
  readonly key: Uint8Array;
}

/** The object that a body belongs to. */
export interface Owner {
  readonly key: ObjectKey;
  readonly uid: string;
}

export function seal(body: Uint8Array, owner: Owner, dataKey: DataKey): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, dataKey.key, nonce).setAAD(ownerBytes(owner));
  const sealed = Buffer.allocUnsafe(CIPHERTEXT_AT + body.length + TAG_BYTES);
  sealed.writeUInt8(VERSION, 0);
  sealed.writeUInt32BE(dataKey.id, KEY_ID_AT);
  sealed.set(nonce, NONCE_AT);
  sealed.set(cipher.update(body), CIPHERTEXT_AT);
  cipher.final();
  sealed.set(cipher.getAuthTag(), CIPHERTEXT_AT + body.length);
  return sealed;
}

/** Which data key opens it. */
export function dataKeyIdOf(sealed: Uint8Array): number {
  if (sealed.length < CIPHERTEXT_AT + TAG_BYTES || sealed[0] !== VERSION) throw broken();
  return new DataView(sealed.buffer, sealed.byteOffset, sealed.length).getUint32(KEY_ID_AT);
}

/** InternalError if it is not what was sealed for this owner. */
export function open(sealed: Uint8Array, owner: Owner, dataKey: DataKey): Uint8Array {
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(ALGORITHM, dataKey.key, sealed.subarray(NONCE_AT, CIPHERTEXT_AT), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(ownerBytes(owner)).setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(CIPHERTEXT_AT, end)), decipher.final()]);
  } catch (error) {
    throw broken(error);
  }
}

/** None of the parts contains a slash. */
function ownerBytes({ key, uid }: Owner): Uint8Array {
  return Buffer.from(`${key.resource}/${key.namespace}/${key.name}/${uid}`);
}

function broken(cause?: unknown): ApiError {
  return new ApiError('InternalError', 'a confidential object cannot be decrypted', {}, { cause });
}
