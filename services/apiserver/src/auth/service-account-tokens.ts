/**
 * ServiceAccount tokens (KEP-1205, bound service account tokens): JWTs that live as long as the account, and the pod
 * they are bound to.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ApiError } from '@reckon/api';
import { publicKeyId } from '@reckon/pki/pem.ts';
import type { Clock, Random } from '@reckon/service';
import { decodeProtectedHeader, exportJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import type { TokenClaims, TokenIssuer, User } from '../verbs/types.ts';
import type { ReviewedToken, TokenAuthenticator } from './authenticator.ts';
import type { SigningKeys } from './signing-keys.ts';

/** Looks into the live state: the uid of an object, or undefined if there is none. */
export type UidLookup = (groupResource: string, namespace: string, name: string) => string | undefined;

export interface TokenSettings extends SigningKeys {
  /** Asked now and then for other keys; undefined: those at hand are still right. */
  readonly changedKeys?: () => SigningKeys | undefined;
  /** `https://kubernetes.default.svc.cluster.local`. */
  readonly issuer: string;
  /** Audiences that mean this API server; the first is the default of new tokens. */
  readonly audiences: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly uidOf: UidLookup;
  /** Resolves once `uidOf` knows of everything that was committed before the call. */
  readonly confirm: () => Promise<void>;
}

interface VerificationKey {
  /** Digest of the public key, as in the tokens' `kid`. */
  readonly id: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly key: KeyObject;
}

interface Binding {
  readonly name?: unknown;
  readonly uid?: unknown;
}

interface Bound {
  readonly name: string;
  readonly uid: string;
}

interface Checked {
  readonly user: User;
  readonly audiences: readonly string[];
  readonly expiresMs: number;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly pod: Bound | undefined;
  readonly secret: Bound | undefined;
  /** Of a token that is bound to a node and to no pod. */
  readonly node: Bound | undefined;
}

/** A token whose signature was good stays known, so that each later use costs two lookups in the cache. */
const KNOWN_TOKENS = 4_096;

/** So long a server goes on with keys that may have been replaced. */
const KEYS_GOOD_FOR_MS = 1_000;

/** Kubernetes' bounds for `spec.expirationSeconds` of a TokenRequest. */
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

export class ServiceAccountTokens implements TokenIssuer, TokenAuthenticator {
  readonly #settings: TokenSettings;
  #key: KeyObject;
  #signing: VerificationKey;
  #keys: readonly VerificationKey[];
  #askedForKeysMs: number;
  readonly #known = new Map<string, Checked>();

  constructor(settings: TokenSettings) {
    this.#settings = settings;
    this.#askedForKeysMs = settings.clock.monotonicMs();
    ({ key: this.#key, signing: this.#signing, keys: this.#keys } = ringOf(settings));
  }

  async issue(claims: TokenClaims): Promise<{ token: string; expirationTimestamp: string }> {
    this.#refreshKeys();
    const { expirationSeconds: seconds, namespace, serviceAccount, boundPod } = claims;
    if (seconds < MIN_SECONDS || seconds > MAX_SECONDS)
      throw new ApiError(
        'Invalid',
        `expirationSeconds must be at least ${MIN_SECONDS} and at most ${MAX_SECONDS}`,
      );
    const nowSeconds = Math.floor(this.#settings.clock.nowMs() / 1_000);
    const expiresSeconds = nowSeconds + seconds;
    const bound: Record<string, unknown> = {
      namespace,
      serviceaccount: { name: serviceAccount, uid: claims.serviceAccountUid },
    };
    if (boundPod) {
      bound.pod = { name: boundPod.name, uid: boundPod.uid };
      if (boundPod.nodeName) bound.node = { name: boundPod.nodeName, uid: boundPod.nodeUid };
    }
    if (claims.boundSecret) bound.secret = { ...claims.boundSecret };
    if (claims.boundNode) bound.node = { ...claims.boundNode };
    const audiences = claims.audiences.length > 0 ? claims.audiences : this.#settings.audiences.slice(0, 1);
    const token = await new SignJWT({ 'kubernetes.io': bound })
      .setProtectedHeader({ alg: this.#signing.algorithm, kid: this.#signing.id })
      .setIssuer(this.#settings.issuer)
      .setSubject(`system:serviceaccount:${namespace}:${serviceAccount}`)
      .setAudience([...audiences])
      .setIssuedAt(nowSeconds)
      .setNotBefore(nowSeconds)
      .setExpirationTime(expiresSeconds)
      .setJti(this.#settings.random.uuid())
      .sign(this.#key);
    return { token, expirationTimestamp: rfc3339(expiresSeconds) };
  }

  authenticateToken(token: string): User | undefined | Promise<User | undefined> {
    this.#refreshKeys(KEYS_GOOD_FOR_MS);
    const known = this.#known.get(token);
    if (!known) return this.#verified(token).then((checked) => checked && this.#forUs(token, checked));
    return this.#forUs(token, known);
  }

  async reviewToken(token: string, asked: readonly string[]): Promise<ReviewedToken | undefined> {
    this.#refreshKeys(KEYS_GOOD_FOR_MS);
    const checked = this.#known.get(token) ?? (await this.#verified(token));
    if (!checked) return undefined;
    const wanted = asked.length > 0 ? asked : this.#settings.audiences;
    const audiences = wanted.filter((audience) => checked.audiences.includes(audience));
    const user = audiences.length > 0 ? await this.#present(token, checked) : undefined;
    return user && { user, audiences };
  }

  /** What a relying party needs to check tokens itself (RFC 7517). */
  async keySet(): Promise<{ keys: readonly JWK[] }> {
    this.#refreshKeys();
    const keys = this.#keys.map(async ({ id, algorithm, key }) => {
      const jwk = await exportJWK(key);
      return { use: 'sig', kid: id, alg: algorithm, ...jwk };
    });
    return { keys: await Promise.all(keys) };
  }

  /** The discovery document (OpenID Connect Discovery 1.0, 4.2), as Kubernetes serves it. */
  discovery(): Record<string, unknown> {
    return {
      issuer: this.#settings.issuer,
      jwks_uri: `${this.#settings.issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(this.#keys.map(({ algorithm }) => algorithm))],
    };
  }

  /** Tokens of a key that is gone are good no more: what is known of tokens is forgotten with it. */
  #refreshKeys(olderThanMs = 0): void {
    const { clock, changedKeys } = this.#settings;
    const nowMs = clock.monotonicMs();
    if (!changedKeys || nowMs - this.#askedForKeysMs < olderThanMs) return;
    this.#askedForKeysMs = nowMs;
    const changed = changedKeys();
    if (!changed) return;
    ({ key: this.#key, signing: this.#signing, keys: this.#keys } = ringOf(changed));
    this.#known.clear();
  }

  #forUs(token: string, checked: Checked): User | undefined | Promise<User | undefined> {
    const { audiences } = this.#settings;
    if (!checked.audiences.some((audience) => audiences.includes(audience))) return undefined;
    return this.#present(token, checked);
  }

  async #verified(token: string): Promise<Checked | undefined> {
    const { issuer, clock } = this.#settings;
    let payload: Record<string, unknown>;
    try {
      const { kid } = decodeProtectedHeader(token);
      const signer = this.#keys.find(({ id }) => id === kid);
      if (!signer) return undefined;
      const verified = await jwtVerify(token, signer.key, {
        algorithms: [signer.algorithm],
        issuer,
        currentDate: new Date(clock.nowMs()),
        requiredClaims: ['sub', 'exp', 'aud', 'kubernetes.io'],
      });
      payload = verified.payload;
    } catch {
      // Whatever is wrong with it, it is not a token of ours: the caller is told nothing but 401.
      return undefined;
    }
    const checked = checkedClaims(payload);
    if (!checked) return undefined;
    if (this.#known.size >= KNOWN_TOKENS) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(token, checked);
    return checked;
  }

  /** A token dies with its account and with what it is bound to, not only by its clock. */
  #present(token: string, checked: Checked): User | undefined | Promise<User | undefined> {
    if (checked.expiresMs <= this.#settings.clock.nowMs()) {
      this.#known.delete(token);
      return undefined;
    }
    return this.#alive(checked) ? checked.user : this.#sureOfDeath(checked);
  }

  /** Another API server may have made the account or the pod a moment ago. */
  async #sureOfDeath(checked: Checked): Promise<User | undefined> {
    await this.#settings.confirm();
    return this.#alive(checked) ? checked.user : undefined;
  }

  #alive({ namespace, serviceAccount, serviceAccountUid, pod, secret, node }: Checked): boolean {
    const { uidOf } = this.#settings;
    const there = (resource: string, bound: Bound | undefined, within: string) =>
      bound === undefined || uidOf(resource, within, bound.name) === bound.uid;
    return (
      uidOf('serviceaccounts', namespace, serviceAccount) === serviceAccountUid &&
      there('pods', pod, namespace) &&
      there('secrets', secret, namespace) &&
      there('nodes', node, '')
    );
  }
}

function ringOf({ privateKeyPem, verificationKeysPem }: SigningKeys) {
  const signing = verificationKey(privateKeyPem);
  const others = verificationKeysPem.map(verificationKey).filter(({ id }) => id !== signing.id);
  return { key: createPrivateKey(privateKeyPem), signing, keys: [signing, ...others] };
}

function verificationKey(pem: string): VerificationKey {
  const key = createPublicKey(pem);
  return { id: publicKeyId(key), algorithm: key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256', key };
}

function checkedClaims(payload: Record<string, unknown>): Checked | undefined {
  const bound = payload['kubernetes.io'] as
    | {
        readonly namespace?: unknown;
        readonly serviceaccount?: Binding;
        readonly pod?: Binding;
        readonly node?: Binding;
        readonly secret?: Binding;
      }
    | undefined;
  const namespace = bound?.namespace;
  const serviceAccount = bound?.serviceaccount?.name;
  const serviceAccountUid = bound?.serviceaccount?.uid;
  const { exp, sub, jti, aud } = payload;
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((one) => typeof one === 'string');
  if (typeof namespace !== 'string' || typeof serviceAccount !== 'string') return undefined;
  if (typeof serviceAccountUid !== 'string' || typeof exp !== 'number') return undefined;
  const name = `system:serviceaccount:${namespace}:${serviceAccount}`;
  if (sub !== name) return undefined;
  const extra: Record<string, readonly string[]> = {};
  if (typeof jti === 'string') extra['authentication.kubernetes.io/credential-id'] = [`JTI=${jti}`];
  const pod = identified(bound?.pod);
  const secret = identified(bound?.secret);
  const node = pod ? undefined : identified(bound?.node);
  if ((bound?.pod && !pod) || (bound?.secret && !secret) || (bound?.node && !pod && !node)) return undefined;
  if (pod) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name];
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid];
  }
  if (typeof bound?.node?.name === 'string')
    extra['authentication.kubernetes.io/node-name'] = [bound.node.name];
  if (typeof bound?.node?.uid === 'string') extra['authentication.kubernetes.io/node-uid'] = [bound.node.uid];
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  const user: User = { name, uid: serviceAccountUid, groups, extra };
  const account = { namespace, serviceAccount, serviceAccountUid };
  return { user, audiences, expiresMs: exp * 1_000, ...account, pod, secret, node };
}

function identified(binding: Binding | undefined): { name: string; uid: string } | undefined {
  if (typeof binding?.name !== 'string' || typeof binding.uid !== 'string') return undefined;
  return { name: binding.name, uid: binding.uid };
}

function rfc3339(seconds: number): string {
  return `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
}
