/**
 * `serviceaccounts/NAME/token`: a signed token for a while, bound to a pod if it is for one
 * (https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/).
 */
import { badRequest, type Cause, conflict, invalid, isArray, isObject, notFound } from '@reckon/api';
import { restrictNodeToken } from '../../admission/node-restriction.ts';
import type { CreateRequest } from '../create.ts';
import { decodeBody, withNamespaceOf } from '../decode.ts';
import { Unsaved } from '../encode.ts';
import type { Env } from '../env.ts';
import { CachedState, type State } from '../state.ts';
import { keyOf } from '../target.ts';
import type { KubeObject, RequestContext, Target, TokenClaims, WriteResult } from '../types.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

type Fields = Readonly<Record<string, unknown>>;

export async function createToken(
  env: Env,
  context: RequestContext,
  request: CreateRequest,
): Promise<WriteResult> {
  const { target, body, options } = request;
  const asked = withNamespaceOf(target, decodeBody({ env, context, target, options }, body));
  refuseOtherName(target, asked.metadata.name);
  const spec: Fields = isObject(asked.spec) ? asked.spec : {};
  const expirationSeconds = secondsOf(spec, target);
  // A token must not outlive what it stands for: the account and the pod are looked at as they are now.
  await env.cache.confirm();
  const state = new CachedState(env.cache);
  const account = state.get(keyOf(target));
  if (!account) throw notFound(target.resource.groupResource, target.name);
  const audiences = audiencesOf(spec, env.settings.apiAudiences);
  const claims: TokenClaims = {
    namespace: target.namespace,
    serviceAccount: target.name,
    serviceAccountUid: account.uid,
    audiences,
    expirationSeconds: Math.min(expirationSeconds, env.settings.maxTokenSeconds),
    ...boundTo(state, request, context, spec.boundObjectRef),
  };
  const status = await issue(env, claims, options.dryRun === true);
  const { metadata } = account.value;
  const value: KubeObject = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {
      name: target.name,
      namespace: target.namespace,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: { ...spec, audiences, expirationSeconds: claims.expirationSeconds },
    status,
  };
  return { object: new Unsaved({ key: keyOf(target), value }), created: true };
}

/** The request need not name the account; the path does. */
function refuseOtherName(target: Target, name = ''): void {
  if (name === '' || name === target.name) return;
  const message = `Invalid value: ${JSON.stringify(name)}: must match the service account name if specified`;
  const causes = [{ reason: 'FieldValueInvalid', field: 'metadata.name', message }] as const;
  throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, target.name, causes);
}

async function issue(env: Env, claims: TokenClaims, dryRun: boolean): Promise<Fields> {
  if (dryRun) return {};
  return { ...(await env.tokens.issue(claims)) };
}

function secondsOf(spec: Fields, target: Target): number {
  const { expirationSeconds: seconds = DEFAULT_SECONDS } = spec;
  const causes: Cause[] = [];
  const refuse = (why: string) =>
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'spec.expirationSeconds',
      message: `Invalid value: ${String(seconds)}: ${why}`,
    });
  if (typeof seconds !== 'number' || seconds < MIN_SECONDS)
    refuse('may not specify a duration less than 10 minutes');
  else if (seconds > MAX_SECONDS) refuse('may not specify a duration larger than 2^32 seconds');
  if (causes.length > 0)
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, target.name, causes);
  return Number(seconds);
}

function audiencesOf({ audiences }: Fields, fallback: readonly string[]): readonly string[] {
  const asked = isArray(audiences) ? audiences.map(String) : [];
  return asked.length > 0 ? asked : fallback;
}

type Binding = Pick<TokenClaims, 'boundPod' | 'boundSecret' | 'boundNode'>;

/** What the token is bound to, as it is; it must be there and be the one meant. */
function boundTo(
  state: State,
  { target }: Pick<CreateRequest, 'target'>,
  context: RequestContext,
  reference: unknown,
): Binding {
  const { kind, apiVersion, name: given, uid } = isObject(reference) ? reference : {};
  if (kind !== 'Pod') restrictNodeToken({ target, context }, undefined);
  if (!isObject(reference)) return {};
  const resource = BINDABLE[String(kind)];
  if (!resource || (apiVersion !== undefined && apiVersion !== '' && apiVersion !== 'v1'))
    throw badRequest(`cannot bind token to object of type ${goType(apiVersion, kind)}`);
  const name = String(given ?? '');
  const namespace = kind === 'Node' ? '' : target.namespace;
  const object = state.get({ resource, namespace, name });
  if (!object) throw notFound(resource, name);
  if (typeof uid === 'string' && uid !== '' && uid !== object.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(resource, name, why);
  }
  const bound = { name, uid: object.uid };
  if (kind === 'Node') return { boundNode: bound };
  if (kind === 'Secret') return { boundSecret: bound };
  restrictNodeToken({ target, context }, object.value);
  return { boundPod: { ...bound, ...nodeOfPod(state, target, object.value) } };
}

/** As Go writes a GroupVersionKind: `/v1, Kind=ConfigMap`. */
function goType(apiVersion: unknown, kind: unknown): string {
  const version = String(apiVersion ?? '');
  return `${version.includes('/') ? '' : '/'}${version}, Kind=${String(kind ?? '')}`;
}

const BINDABLE: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' };

/** The pod must run as this account. */
function nodeOfPod(state: State, target: Target, pod: KubeObject): { nodeName?: string; nodeUid?: string } {
  const spec = isObject(pod.spec) ? pod.spec : {};
  if (spec.serviceAccountName !== target.name)
    throw badRequest(
      `cannot bind token for serviceaccount "${target.name}" to pod running with different serviceaccount name.`,
    );
  const nodeName = typeof spec.nodeName === 'string' && spec.nodeName !== '' ? spec.nodeName : undefined;
  if (nodeName === undefined) return {};
  const node = state.get({ resource: 'nodes', namespace: '', name: nodeName });
  return { nodeName, ...(node && { nodeUid: node.uid }) };
}
