import { unauthorized } from '@reckon/api';
import type { User } from '../verbs/types.ts';

/** What a request shows of who sends it. */
export interface Credentials {
  readonly certificateUser: User | undefined;
  /** The `authorization` header or gRPC metadata. */
  readonly authorization: string | undefined;
}

export interface Identity {
  readonly user: User;
  /** One of the cluster's own services by certificate: its cause and because are believed. */
  readonly trusted: boolean;
}

export interface ReviewedToken {
  readonly user: User;
  /** Those of the audiences asked for that the token is for. */
  readonly audiences: readonly string[];
}

/** Checks bearer tokens. Undefined: not a token of ours, expired, or of somebody who is gone. */
export interface TokenAuthenticator {
  authenticateToken(token: string): User | undefined | Promise<User | undefined>;
  /** For whom a token speaks towards others. @param audiences none: those of this API server. */
  reviewToken(token: string, audiences: readonly string[]): Promise<ReviewedToken | undefined>;
}

const OWN_SERVICES: ReadonlySet<string> = new Set([
  'system:apiserver',
  'system:kube-scheduler',
  'system:kube-controller-manager',
]);

/** True for the four services of the cluster. */
export function isOwnService(user: User): boolean {
  return OWN_SERVICES.has(user.name) || user.groups.includes('system:nodes');
}

/** Who is it? A certificate speaks first, then a token; whoever has neither is nobody, and gets 401. */
export class Authenticator {
  readonly #tokens: TokenAuthenticator;
  readonly #byCertificate = new WeakMap<User, Identity>();

  constructor(tokens: TokenAuthenticator) {
    this.#tokens = tokens;
  }

  /** At once for certificates and for tokens that are known; throws or rejects with Unauthorized. */
  authenticate(credentials: Credentials): Identity | Promise<Identity> {
    const user = credentials.certificateUser;
    if (user) {
      let identity = this.#byCertificate.get(user);
      if (!identity) {
        identity = { user, trusted: isOwnService(user) };
        this.#byCertificate.set(user, identity);
      }
      return identity;
    }
    const token = bearerToken(credentials.authorization);
    if (token === undefined) throw unauthorized();
    const found = this.#tokens.authenticateToken(token);
    return found instanceof Promise ? found.then(byToken) : byToken(found);
  }
}

function byToken(user: User | undefined): Identity {
  if (!user) throw unauthorized();
  return { user, trusted: false };
}

function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return authorization.slice(7).trim() || undefined;
}
