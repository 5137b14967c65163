/**
 * The keys of ServiceAccount tokens, from a file of PEM blocks: the private key signs, further public ones verify what
 * was signed before. `reckon tokens rotate` replaces the file while servers run; each sees it within a second.
 */
import { readFileSync, statSync } from 'node:fs';
import { isPrivateKey, pemBlocks } from '@reckon/pki/pem.ts';

export interface SigningKeys {
  /** RSA or P-256. */
  readonly privateKeyPem: string;
  /** Further keys whose tokens are still good. */
  readonly verificationKeysPem: readonly string[];
}

/** @throws Error if there is not exactly one private key. */
export function signingKeysOf(pem: string): SigningKeys {
  const blocks = pemBlocks(pem);
  const [signer, ...more] = blocks.filter(isPrivateKey);
  if (signer === undefined || more.length > 0)
    throw new Error(
      `one private key is to sign ServiceAccount tokens, not ${more.length + (signer ? 1 : 0)}`,
    );
  const others = blocks.filter((block) => block !== signer);
  return { privateKeyPem: signer.text, verificationKeysPem: others.map(({ text }) => text) };
}

export class SigningKeyFile {
  readonly #path: string;
  readonly #more: readonly string[];
  #version: string;
  readonly initial: SigningKeys;

  /** @param more files of further keys; they are read again with the first. */
  constructor(path: string, more: readonly string[]) {
    this.#path = path;
    this.#more = more;
    this.#version = this.#present();
    this.initial = this.#read();
  }

  /** The keys if the file is another one than it was; undefined if not. */
  changed(): SigningKeys | undefined {
    const version = this.#present();
    if (version === this.#version) return undefined;
    const keys = this.#read();
    this.#version = version;
    return keys;
  }

  #read(): SigningKeys {
    const { privateKeyPem, verificationKeysPem } = signingKeysOf(readFileSync(this.#path, 'utf8'));
    const others = this.#more.map((path) => readFileSync(path, 'utf8'));
    return { privateKeyPem, verificationKeysPem: [...verificationKeysPem, ...others] };
  }

  /** The file is replaced, never written into. */
  #present(): string {
    const { ino, mtimeMs, size } = statSync(this.#path);
    return `${ino} ${mtimeMs} ${size}`;
  }
}
