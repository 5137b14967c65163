/**
 * Bootstrap tokens, `abcdef.0123456789abcdef`: secrets of type bootstrap.kubernetes.io/token in kube-system
 * (https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isObject } from '@reckon/api';
import type { Clock } from '@reckon/service';
import type { KubeObject, User } from '../../verbs/types.ts';
import type { ReviewedToken, TokenAuthenticator } from '../authenticator.ts';
import { forThisServer } from './audiences.ts';

export interface BootstrapTokenSettings {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** A secret of kube-system, as it is now. */
  readonly secretOf: (name: string) => KubeObject | undefined;
  /** Of this API server. */
  readonly audiences: readonly string[];
}

const FORM = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export class BootstrapTokens implements TokenAuthenticator {
  readonly #settings: BootstrapTokenSettings;

  constructor(settings: BootstrapTokenSettings) {
    this.#settings = settings;
  }

  authenticateToken(token: string): User | undefined {
    const [, id, secret] = FORM.exec(token) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const object = this.#settings.secretOf(`bootstrap-token-${id}`);
    if (!object || object.metadata.deletionTimestamp !== undefined) return undefined;
    if (object.type !== 'bootstrap.kubernetes.io/token') return undefined;
    const value = readerOf(object);
    if (value('token-id') !== id || !sameSecret(value('token-secret'), secret)) return undefined;
    if (value('usage-bootstrap-authentication') !== 'true') return undefined;
    const expiration = value('expiration');
    // One that cannot be read has not been given a life of its own.
    if (expiration !== '' && !(Date.parse(expiration) > this.#settings.clock.nowMs())) return undefined;
    const more = value('auth-extra-groups')
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    if (!more.every((group) => EXTRA_GROUP.test(group))) return undefined;
    return {
      name: `system:bootstrap:${id}`,
      groups: ['system:bootstrappers', ...more, 'system:authenticated'],
    };
  }

  async reviewToken(token: string, audiences: readonly string[]): Promise<ReviewedToken | undefined> {
    return forThisServer(this.authenticateToken(token), this.#settings.audiences, audiences);
  }
}

function readerOf({ data }: KubeObject): (key: string) => string {
  return (key) => {
    const value = isObject(data) ? data[key] : undefined;
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
  };
}

function sameSecret(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
