/**
 * Wraps data keys with a key that never leaves a key management service: Kubernetes' plugin protocol, version 2, over
 * a unix socket. The service is asked once for each data key and now and then for its key's name, never for a secret:
 * while it is away, everything goes on with the data keys that are known.
 */
import { randomBytes } from 'node:crypto';
import { type CallOptions, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { ApiError } from '@reckon/api';
import {
  type DecryptResponse,
  type EncryptResponse,
  KeyManagementServiceClient,
  type StatusResponse,
} from '@reckon/proto/kms/v2/api.ts';
import type { Clock } from '@reckon/service';
import type { KeyProvider } from '../types.ts';

export interface KmsOptions {
  /** `unix:///run/kms.sock`. */
  readonly socket: string;
  readonly clock: Clock;
  /** Unwraps what was wrapped before there was a service; its key ids are no names of the service's keys. */
  readonly before?: KeyProvider | undefined;
}

const CALL_TIMEOUT_MS = 3_000;
const CHECK_GOOD_FOR_MS = 3_000;
/** As often a server looks whether the service has another key, as Kubernetes does. */
const STATUS_GOOD_FOR_MS = 60_000;
/** So long writes go on without having heard from it. */
const STALE_AFTER_MS = 180_000;
const PREFIX = 'kms:';
const VERSIONS: ReadonlySet<string | undefined> = new Set(['v2', 'v2beta1']);

/** What is kept: all that the service wants to see again. */
interface Wrapped {
  readonly keyId: string;
  readonly ciphertext: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export class KmsKeyProvider implements KeyProvider {
  readonly #options: KmsOptions;
  readonly #client: KeyManagementServiceClient;
  #keyId = '';
  #askedMs = 0;
  #answeredMs = 0;

  private constructor(options: KmsOptions) {
    this.#options = options;
    this.#client = new KeyManagementServiceClient(options.socket, credentials.createInsecure());
  }

  /** Rejects if the service does not answer, or does not call itself well. */
  static async connect(options: KmsOptions): Promise<KmsKeyProvider> {
    const provider = new KmsKeyProvider(options);
    try {
      await provider.#askStatus();
    } catch (error) {
      provider.close();
      throw error;
    }
    return provider;
  }

  get keyId(): string {
    return `${PREFIX}${this.#keyId}`;
  }

  async refresh(): Promise<void> {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#askedMs < STATUS_GOOD_FOR_MS) return;
    this.#askedMs = nowMs;
    try {
      await this.#askStatus();
    } catch (error) {
      if (nowMs - this.#answeredMs > STALE_AFTER_MS) throw error;
    }
  }

  /** Rejects with why it cannot be relied on; what it said of itself is believed for three seconds. */
  async check(): Promise<void> {
    if (this.#options.clock.monotonicMs() - this.#answeredMs < CHECK_GOOD_FOR_MS) return;
    await this.#askStatus();
  }

  async wrap(dataKey: Uint8Array): Promise<Uint8Array> {
    const { ciphertext, keyId, annotations } = await this.#call<EncryptResponse>((options, done) =>
      this.#client.encrypt({ plaintext: Buffer.from(dataKey), uid: uid() }, new Metadata(), options, done),
    );
    if (!ciphertext?.length || !keyId) throw failed('it encrypted nothing, or does not say with which key');
    this.#keyId = keyId;
    const wrapped: Wrapped = {
      keyId,
      ciphertext: Buffer.from(ciphertext).toString('base64'),
      annotations: Object.fromEntries(
        Object.entries(annotations ?? {}).map(([name, value]) => [
          name,
          Buffer.from(value).toString('base64'),
        ]),
      ),
    };
    return Buffer.from(JSON.stringify(wrapped));
  }

  async unwrap(bytes: Uint8Array, keyId: string): Promise<Uint8Array> {
    const { before } = this.#options;
    if (!keyId.startsWith(PREFIX)) {
      if (before) return before.unwrap(bytes, keyId);
      throw failed(`a data key is wrapped by key ${keyId}, which is none of its own`);
    }
    const wrapped: Wrapped = JSON.parse(Buffer.from(bytes).toString());
    const annotations = Object.fromEntries(
      Object.entries(wrapped.annotations).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    );
    const asked = {
      ciphertext: Buffer.from(wrapped.ciphertext, 'base64'),
      uid: uid(),
      keyId: wrapped.keyId,
      annotations,
    };
    const { plaintext } = await this.#call<DecryptResponse>((options, done) =>
      this.#client.decrypt(asked, new Metadata(), options, done),
    );
    if (!plaintext?.length) throw failed('it decrypted nothing');
    return plaintext;
  }

  close(): void {
    this.#client.close();
  }

  async #askStatus(): Promise<void> {
    const { version, healthz, keyId } = await this.#call<StatusResponse>((options, done) =>
      this.#client.status({}, new Metadata(), options, done),
    );
    if (!VERSIONS.has(version)) throw failed(`it speaks version ${version} of the protocol, not v2`);
    if (healthz !== 'ok') throw failed(`it says of itself: ${healthz}`);
    if (!keyId) throw failed('it does not name the key in use');
    this.#keyId = keyId;
    const nowMs = this.#options.clock.monotonicMs();
    this.#answeredMs = nowMs;
    this.#askedMs = nowMs;
  }

  #call<Answer>(
    send: (options: Partial<CallOptions>, done: (error: ServiceError | null, answer: Answer) => void) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const deadline = this.#options.clock.nowMs() + CALL_TIMEOUT_MS;
      send({ deadline }, (error, answer) => {
        if (error) reject(failed(error.details || error.message, error));
        else resolve(answer);
      });
    });
  }
}

/** Names a call in the service's own records. */
function uid(): string {
  return randomBytes(16).toString('hex');
}

function failed(why: string, cause?: unknown): ApiError {
  return new ApiError('InternalError', `the key management service fails: ${why}`, {}, { cause });
}
