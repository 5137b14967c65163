import type { Clock } from '@reckon/service';
import type { NodeApi } from '../api/types.ts';
import type { PodModel } from '../pod/model.ts';

export interface TokenWish {
  /** Empty: the API server's own. */
  readonly audience: string;
  readonly expirationSeconds: number;
}

interface Token {
  readonly token: string;
  /** It is asked for anew from then on. */
  readonly refreshAtMs: number;
}

const MAX_AGE_MS = 24 * 3_600_000;

/** Tokens of pods' ServiceAccounts, bound to the pod, renewed after 80 % of their life or a day. */
export class Tokens {
  readonly #api: Pick<NodeApi, 'createToken'>;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();

  constructor(options: { readonly api: Pick<NodeApi, 'createToken'>; readonly clock: Clock }) {
    this.#api = options.api;
    this.#clock = options.clock;
  }

  async get(pod: PodModel, wish: TokenWish): Promise<Token> {
    const key = `${pod.uid}/${wish.audience}/${wish.expirationSeconds}`;
    const known = this.#tokens.get(key);
    const nowMs = this.#clock.nowMs();
    if (known && nowMs < known.refreshAtMs) return known;
    const { namespace, name, uid, object } = pod;
    const account = { namespace, name: object.spec?.serviceAccountName || 'default' };
    const answer = await this.#api.createToken(account, {
      audiences: wish.audience ? [wish.audience] : [],
      expirationSeconds: wish.expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    });
    const expiresAtMs = Date.parse(answer.expirationTimestamp ?? '');
    const lifeMs = Number.isNaN(expiresAtMs) ? wish.expirationSeconds * 1_000 : expiresAtMs - nowMs;
    const refreshAtMs = nowMs + Math.min(lifeMs * 0.8, MAX_AGE_MS);
    const token = { token: answer.token ?? '', refreshAtMs };
    this.#tokens.set(key, token);
    return token;
  }

  release(uid: string): void {
    for (const key of this.#tokens.keys()) if (key.startsWith(`${uid}/`)) this.#tokens.delete(key);
  }
}
