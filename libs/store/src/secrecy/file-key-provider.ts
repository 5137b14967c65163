import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ApiError } from '@reckon/api';
import type { KeyProvider } from '../types.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/** Wraps data keys with a key that lies in a file: 32 random bytes, base64. Layout: nonce, ciphertext, tag. */
export class FileKeyProvider implements KeyProvider {
  readonly keyId: string;
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) {
      throw new ApiError('InternalError', `the key that protects secrets must have ${KEY_BYTES} bytes`);
    }
    this.#key = key;
    // Names the key without telling anything of it.
    this.keyId = createHash('sha256').update('reckon wrapping key\0').update(key).digest('hex').slice(0, 16);
  }

  static async read(path: string): Promise<FileKeyProvider> {
    return new FileKeyProvider(Buffer.from((await readFile(path, 'utf8')).trim(), 'base64'));
  }

  async wrap(dataKey: Uint8Array): Promise<Uint8Array> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce);
    return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  }

  async unwrap(wrapped: Uint8Array, keyId: string): Promise<Uint8Array> {
    if (keyId !== this.keyId)
      throw locked(`a data key is wrapped by key ${keyId}, but this is ${this.keyId}`);
    const end = wrapped.length - TAG_BYTES;
    const decipher = createDecipheriv(ALGORITHM, this.#key, wrapped.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(wrapped.subarray(end));
    try {
      return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, end)), decipher.final()]);
    } catch (error) {
      throw locked('a data key cannot be unwrapped', error);
    }
  }
}

function locked(message: string, cause?: unknown): ApiError {
  return new ApiError('InternalError', message, {}, { cause });
}
