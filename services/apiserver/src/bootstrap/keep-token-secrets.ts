/**
 * Secrets of type `kubernetes.io/service-account-token` get a token of the ServiceAccount that they name, as long as
 * they last, and go with the account
 * (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#create-token).
 */
import { ApiError, isObject } from '@reckon/api';
import { namespaceRange } from '../cache/resource-cache.ts';
import { deleteObject } from '../verbs/delete.ts';
import type { Env } from '../verbs/env.ts';
import { selectionOf } from '../verbs/selection.ts';
import type { KubeObject, Target } from '../verbs/types.ts';
import { update } from '../verbs/update.ts';
import { ownContext } from './own-context.ts';

export const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/** It ends with its Secret and its account, not by the clock: the longest that a token can be asked for. */
const TOKEN_SECONDS = 2 ** 32;
const RETRY_MS = 1_000;

/** Goes on in the background until the cache is stopped. */
export function keepTokenSecrets(env: Env): void {
  const all = `type=${TOKEN_SECRET_TYPE}`;
  void follow(env, 'secrets', { fieldSelector: all }, (secret) => keep(env, secret));
  void follow(env, 'serviceaccounts', {}, async ({ metadata }) => {
    for (const secret of tokenSecretsOf(env, metadata)) await keep(env, secret);
  });
}

/**
 * Hands over every object that comes, changes or goes; of Secrets those that are there, too. An account that is there
 * already is looked at when its Secrets are.
 */
async function follow(
  env: Env,
  resource: string,
  query: { readonly fieldSelector?: string },
  handle: (object: KubeObject) => Promise<void>,
): Promise<void> {
  const { signal } = env.cache;
  let initial = resource === 'secrets';
  while (!signal.aborted) {
    try {
      const { head: after } = env.cache;
      const selection = selectionOf(targetOf(env, resource, {}), query);
      const more = { initial, markInitialEnd: false, bookmarks: false, signal };
      for await (const batch of env.cache.watch({ resource, selection, after, ...more }))
        for (const { object } of batch) if (object) await handle(object.value);
      initial = true;
    } catch (error) {
      if (signal.aborted) return;
      env.onTrouble(ApiError.from(error));
      initial = true;
      await env.clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
}

function tokenSecretsOf(env: Env, account: KubeObject['metadata']): readonly KubeObject[] {
  const found: KubeObject[] = [];
  const secrets = env.cache.resource('secrets').snapshot();
  secrets.visit(namespaceRange(account.namespace ?? ''), ({ value }) => {
    const isOfIt = value.metadata.annotations?.[ACCOUNT_NAME] === account.name;
    if (value.type === TOKEN_SECRET_TYPE && isOfIt) found.push(value);
    return true;
  });
  return found;
}

/** One of two API servers that see the same wins; the other is told of a conflict, and then finds nothing to do. */
async function keep(env: Env, { metadata: { namespace = '', name = '' } }: KubeObject): Promise<void> {
  const path = `${namespace} ${name}`;
  const secret = env.cache.resource('secrets').get(path);
  if (!secret || secret.value.metadata.deletionTimestamp !== undefined) return;
  const { annotations = {} } = secret.value.metadata;
  const account = env.cache.resource('serviceaccounts').get(`${namespace} ${annotations[ACCOUNT_NAME]}`);
  const uid = account?.value.metadata.uid;
  const before = annotations[ACCOUNT_UID];
  const target = targetOf(env, 'secrets', { namespace, name });
  try {
    if (uid !== undefined) await fill(env, target, secret.value, uid);
    else if (before !== undefined) {
      const context = ownContext(
        env,
        `the ServiceAccount ${annotations[ACCOUNT_NAME]} whose token it holds is gone`,
      );
      await deleteObject(env, context, {
        target,
        options: { preconditions: { uid: secret.value.metadata.uid ?? '' } },
      });
    }
  } catch (error) {
    const { reason } = ApiError.from(error);
    if (reason !== 'Conflict' && reason !== 'NotFound') throw error;
  }
}

async function fill(env: Env, target: Target, secret: KubeObject, accountUid: string): Promise<void> {
  const { annotations = {}, uid = '' } = secret.metadata;
  const has = isObject(secret.data) ? secret.data : {};
  const wanted = { namespace: base64(target.namespace), 'ca.crt': base64(env.settings.caBundle) };
  const isWhole = has.token && has.namespace === wanted.namespace && has['ca.crt'] === wanted['ca.crt'];
  if (isWhole && annotations[ACCOUNT_UID] === accountUid) return;
  // One of an account that was there before this one is worth nothing.
  const isDead = annotations[ACCOUNT_UID] !== undefined && annotations[ACCOUNT_UID] !== accountUid;
  const token = (!isDead && has.token) || base64(await issue(env, { target, uid, annotations, accountUid }));
  const metadata = { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: accountUid } };
  const value: KubeObject = { ...secret, metadata, data: { ...has, ...wanted, token } };
  const because = `it asks for a token of ServiceAccount ${annotations[ACCOUNT_NAME]}`;
  await update(env, ownContext(env, because), { target, body: { value, duplicateFields: [] }, options: {} });
}

async function issue(
  env: Env,
  of: {
    readonly target: Target;
    readonly uid: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly accountUid: string;
  },
): Promise<string> {
  const { namespace, name } = of.target;
  const { token } = await env.tokens.issue({
    namespace,
    serviceAccount: of.annotations[ACCOUNT_NAME] ?? '',
    serviceAccountUid: of.accountUid,
    audiences: env.settings.apiAudiences,
    expirationSeconds: TOKEN_SECONDS,
    boundSecret: { name, uid: of.uid },
  });
  return token;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function targetOf(env: Env, groupResource: string, key: { namespace?: string; name?: string }): Target {
  const resource = env.schema.byGroupResource(groupResource);
  if (!resource) throw new ApiError('InternalError', `the schema does not serve ${groupResource}`);
  return { resource, subresource: '', namespace: key.namespace ?? '', name: key.name ?? '' };
}
