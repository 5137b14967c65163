import { parseImageName } from '@reckon/api';
import type { ImageInfo, RegistryAuth, Runtime } from '@reckon/cri';
import type { Clock } from '@reckon/service';
import type { UsableImage } from './types.ts';

/**
 * The images of this node: one question to the runtime for each name however many pods ask, one pull at a time for
 * each name and set of credentials. What is known is forgotten when the runtime says that images changed.
 */
export class Images {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #known = new Map<string, Promise<ImageInfo | undefined>>();
  readonly #pulls = new Map<string, Promise<Pulled>>();

  constructor(options: { readonly runtime: Runtime; readonly clock: Clock }) {
    this.#runtime = options.runtime;
    this.#clock = options.clock;
  }

  /** Undefined if it is not on this node. `reference` as `parseImageName` gives it. */
  async find(reference: string): Promise<UsableImage | undefined> {
    let asked = this.#known.get(reference);
    if (!asked) {
      asked = this.#runtime.imageStatus(reference);
      this.#known.set(reference, asked);
      // An outage is no answer: the next one asks again.
      asked.catch(() => this.#known.delete(reference));
    }
    const info = await asked;
    // Absence is not remembered: that somebody loaded the image may be told late.
    if (!info) this.#known.delete(reference);
    return info && usable(reference, info);
  }

  /** Tries the credentials in order; without any, anonymously. Rejects with the last refusal. */
  async pull(reference: string, credentials: readonly RegistryAuth[]): Promise<Pulled> {
    const key = JSON.stringify([reference, credentials]);
    const running = this.#pulls.get(key);
    if (running) return running;
    const pull = this.#pull(reference, credentials).finally(() => this.#pulls.delete(key));
    this.#pulls.set(key, pull);
    return pull;
  }

  async #pull(reference: string, credentials: readonly RegistryAuth[]): Promise<Pulled> {
    const startedMs = this.#clock.monotonicMs();
    const attempts = credentials.length > 0 ? credentials : [undefined];
    let refusal: unknown;
    for (const auth of attempts) {
      try {
        const pulledRef = await this.#runtime.pullImage(reference, { auth });
        this.#known.delete(reference);
        const image = (await this.find(reference)) ?? usable(reference, unknownImage(pulledRef));
        return { image, tookMs: Math.round(this.#clock.monotonicMs() - startedMs) };
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal;
  }

  /** Images came, changed or went. */
  changed(): void {
    this.#known.clear();
  }
}

export interface Pulled {
  readonly image: UsableImage;
  readonly tookMs: number;
}

function usable(reference: string, info: ImageInfo): UsableImage {
  const name = info.tags[0] ?? info.digests[0] ?? fullName(reference);
  return { ref: info.id, name, id: info.digests[0] ?? info.id, info };
}

function unknownImage(id: string): ImageInfo {
  return { id, tags: [], digests: [], sizeBytes: 0, uid: undefined, username: '' };
}

function fullName(reference: string): string {
  const parsed = parseImageName(reference);
  return parsed.problem === undefined ? parsed.full : reference;
}
