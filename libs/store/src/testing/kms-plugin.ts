import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type KeyManagementServiceServer, KeyManagementServiceService } from '@reckon/proto/kms/v2/api.ts';

/** A KMS v2 plugin as people run one, with keys in memory. */
export class KmsPlugin {
  readonly socket: string;
  #server = new Server();
  readonly #keys = new Map([['key-1', randomBytes(32)]]);
  #made = 1;
  keyId = 'key-1';
  version = 'v2';
  healthz = 'ok';
  calls = 0;

  constructor(path: string) {
    this.socket = `unix://${path}`;
  }

  /** Also after it was stopped: with the keys that it had. */
  start(): Promise<void> {
    const handlers: KeyManagementServiceServer = {
      status: (_call, done) => {
        this.calls++;
        done(null, { version: this.version, healthz: this.healthz, keyId: this.keyId });
      },
      encrypt: ({ request }, done) => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', this.#keyOf(this.keyId), nonce);
        const ciphertext = Buffer.concat([cipher.update(request.plaintext ?? ''), cipher.final()]);
        const annotations = { 'nonce.example.com': nonce, 'tag.example.com': cipher.getAuthTag() };
        done(null, { ciphertext, keyId: this.keyId, annotations });
      },
      decrypt: ({ request: { ciphertext = Buffer.alloc(0), keyId = '', annotations = {} } }, done) => {
        const nonce = Buffer.from(annotations['nonce.example.com'] ?? '');
        const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(keyId), nonce);
        decipher.setAuthTag(Buffer.from(annotations['tag.example.com'] ?? ''));
        done(null, { plaintext: Buffer.concat([decipher.update(ciphertext), decipher.final()]) });
      },
    };
    this.#server = new Server();
    this.#server.addService(KeyManagementServiceService, handlers);
    return new Promise((resolve, reject) =>
      this.#server.bindAsync(this.socket, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  }

  rotate(): void {
    this.keyId = `key-${++this.#made}`;
    this.#keys.set(this.keyId, randomBytes(32));
  }

  /** What it has wrapped can be unwrapped no more. */
  forget(keyId: string): void {
    this.#keys.delete(keyId);
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #keyOf(keyId: string): Buffer {
    const key = this.#keys.get(keyId);
    assert.ok(key, keyId);
    return key;
  }
}
