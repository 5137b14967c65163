/**
 * ID tokens of an OpenID Connect provider
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens). The provider is
 * asked for its keys when a token of its comes, and again when it signs with one that is not known yet.
 */
import type { Clock } from '@reckon/service';
import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import type { User } from '../../verbs/types.ts';
import type { ReviewedToken, TokenAuthenticator } from '../authenticator.ts';
import { forThisServer } from './audiences.ts';

export interface OidcSettings {
  /** `https://…`, exactly as in the tokens' `iss`. */
  readonly issuerUrl: string;
  /** The `aud` that tokens must have. */
  readonly clientId: string;
  /** `sub` unless something else says better who it is. */
  readonly usernameClaim: string;
  /** Before every user name, so that no provider names `system:…`. */
  readonly usernamePrefix: string;
  /** '': no groups. */
  readonly groupsClaim: string;
  readonly groupsPrefix: string;
  /** Claims that a token must have, with these values. */
  readonly requiredClaims: Readonly<Record<string, string>>;
}

export interface OidcParts {
  readonly settings: OidcSettings;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Of this API server. */
  readonly audiences: readonly string[];
  readonly fetch: (url: string) => Promise<Response>;
  /** Told why a token of the issuer is refused, for the log: the caller is told nothing but 401. */
  readonly onRefusal: (reason: unknown) => void;
}

/** Signatures with a shared secret, and none at all, are out. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];
/** How long a provider that cannot be reached is left alone. */
const RETRY_MS = 10_000;
/** As often, at most, tokens with unknown keys have the provider asked for its keys. */
const KEYS_AGAIN_MS = 5_000;

export class OidcTokens implements TokenAuthenticator {
  readonly #parts: OidcParts;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: OidcParts) {
    this.#parts = parts;
  }

  async authenticateToken(token: string): Promise<User | undefined> {
    const { settings, clock, onRefusal } = this.#parts;
    if (issuerOf(token) !== settings.issuerUrl) return undefined;
    try {
      const keys = await this.#discovered();
      const { payload } = await jwtVerify(token, keys, {
        issuer: settings.issuerUrl,
        audience: settings.clientId,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
        currentDate: new Date(clock.nowMs()),
      });
      return userOf(payload, settings);
    } catch (error) {
      onRefusal(error);
      return undefined;
    }
  }

  async reviewToken(token: string, audiences: readonly string[]): Promise<ReviewedToken | undefined> {
    return forThisServer(await this.authenticateToken(token), this.#parts.audiences, audiences);
  }

  #discovered(): Promise<JWTVerifyGetKey> {
    if (this.#keys) return this.#keys;
    const { clock } = this.#parts;
    if (clock.nowMs() - this.#failedAtMs < RETRY_MS)
      return Promise.reject(new Error('the OpenID provider could not be reached a moment ago'));
    const keys = this.#discover();
    this.#keys = keys;
    keys.catch(() => {
      this.#failedAtMs = clock.nowMs();
      this.#keys = undefined;
    });
    return keys;
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    const { settings, fetch } = this.#parts;
    const url = `${settings.issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const response = await fetch(url);
    if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
    const { issuer, jwks_uri: keysUrl } = (await response.json()) as Record<string, unknown>;
    if (issuer !== settings.issuerUrl)
      throw new Error(`${url} speaks for the issuer ${String(issuer)}, not for ${settings.issuerUrl}`);
    if (typeof keysUrl !== 'string') throw new Error(`${url} names no jwks_uri`);
    return createRemoteJWKSet(new URL(keysUrl), {
      [customFetch]: (asked) => fetch(asked),
      cooldownDuration: KEYS_AGAIN_MS,
    });
  }
}

function issuerOf(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** @throws Error that says which claim is not as it must be. */
function userOf(claims: JWTPayload, settings: OidcSettings): User {
  const { usernameClaim, usernamePrefix, groupsClaim, groupsPrefix, requiredClaims } = settings;
  for (const [claim, value] of Object.entries(requiredClaims))
    if (claims[claim] !== value) throw new Error(`the claim ${claim} is not what is required`);
  const name = claims[usernameClaim];
  if (typeof name !== 'string' || name === '') throw new Error(`the claim ${usernameClaim} names no user`);
  if (usernameClaim === 'email' && claims.email_verified !== undefined && claims.email_verified !== true)
    throw new Error('the email is not verified');
  const groups = groupsClaim === '' ? [] : groupsOf(claims[groupsClaim], groupsClaim);
  return {
    name: usernamePrefix + name,
    groups: [...groups.map((group) => groupsPrefix + group), 'system:authenticated'],
  };
}

function groupsOf(value: unknown, claim: string): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new Error(`the claim ${claim} is no list of groups`);
}
