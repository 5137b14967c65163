import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { ApiError } from '@reckon/api';
import type { KeyProvider } from '../types.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';

/**
 * Wraps data keys with keys that lie in a file: 32 random bytes each, base64, a line each. The last one is in use, the
 * ones before are kept for reading. Layout of what is wrapped: nonce, ciphertext, tag.
 */
export class FileKeyProvider implements KeyProvider {
  #keys: ReadonlyMap<string, Uint8Array>;
  #keyId: string;
  #file: { readonly path: string; readonly version: string } | undefined;

  /** Oldest first. */
  constructor(...keys: readonly Uint8Array[]) {
    [this.#keys, this.#keyId] = ringOf(keys);
  }

  static async read(path: string): Promise<FileKeyProvider> {
    const version = await versionOf(path);
    const provider = new FileKeyProvider(...(await readKeys(path)));
    provider.#file = { path, version };
    return provider;
  }

  get keyId(): string {
    return this.#keyId;
  }

  async refresh(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const version = await versionOf(file.path);
    if (version === file.version) return;
    [this.#keys, this.#keyId] = ringOf(await readKeys(file.path));
    this.#file = { path: file.path, version };
  }

  async wrap(dataKey: Uint8Array): Promise<Uint8Array> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#keyNamed(this.#keyId), nonce);
    return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
  }

  async unwrap(wrapped: Uint8Array, keyId: string): Promise<Uint8Array> {
    if (!this.#keys.has(keyId)) await this.refresh();
    const end = wrapped.length - TAG_BYTES;
    const nonce = wrapped.subarray(0, NONCE_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv(ALGORITHM, this.#keyNamed(keyId), nonce, options);
    decipher.setAuthTag(wrapped.subarray(end));
    try {
      return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, end)), decipher.final()]);
    } catch (error) {
      throw locked('a data key cannot be unwrapped', error);
    }
  }

  #keyNamed(keyId: string): Uint8Array {
    const key = this.#keys.get(keyId);
    if (key) return key;
    const known = [...this.#keys.keys()].join(', ');
    throw locked(`a data key is wrapped by key ${keyId}, but this is ${known}`);
  }
}

function ringOf(keys: readonly Uint8Array[]): readonly [ReadonlyMap<string, Uint8Array>, string] {
  if (keys.length === 0 || keys.some((key) => key.length !== KEY_BYTES))
    throw locked(`each key that protects secrets must have ${KEY_BYTES} bytes`);
  const ring = new Map(keys.map((key) => [idOf(key), key]));
  return [ring, [...ring.keys()].at(-1) ?? ''];
}

/** Names the key without telling anything of it. */
function idOf(key: Uint8Array): string {
  return createHash('sha256').update('reckon wrapping key\0').update(key).digest('hex').slice(0, 16);
}

async function readKeys(path: string): Promise<readonly Uint8Array[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => Buffer.from(line.trim(), 'base64'));
}

/** The file is replaced, never written into: another inode is another content. */
async function versionOf(path: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(path);
  return `${ino} ${mtimeMs} ${size}`;
}

function locked(message: string, cause?: unknown): ApiError {
  return new ApiError('InternalError', message, {}, { cause });
}
