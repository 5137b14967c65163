/**
 * Kubernetes' ServiceAccount admission: every pod has an identity from the start, and a token of its own at the usual
 * place (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller).
 * No Secret with a token is made for an account, as in Kubernetes since 1.24 (KEP-2799): tests of earlier versions that
 * wait for one in `secrets` of the account wait in vain.
 */
import { forbidden, isArray, isObject } from '@reckon/api';
import type { Preparation } from '../verbs/env.ts';
import type { KubeObject } from '../verbs/types.ts';

export const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
/** A little over an hour: the node agent renews a token when a part of its life has passed. */
const TOKEN_SECONDS = 3607;
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

type Fields = Readonly<Record<string, unknown>>;

export function withServiceAccount(pod: KubeObject, { env, state }: Preparation): KubeObject {
  if (pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return pod;
  const { namespace = '', name: podName = '' } = pod.metadata;
  const spec: Fields = isObject(pod.spec) ? pod.spec : {};
  const name = text(spec.serviceAccountName) || text(spec.serviceAccount) || 'default';
  const account = state.get({ resource: 'serviceaccounts', namespace, name });
  if (!account) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
    throw forbidden('pods', podName, why);
  }
  const fields: Fields = {
    ...spec,
    serviceAccountName: name,
    serviceAccount: name,
    ...pullSecretsOf(spec, account.value),
    ...(mountsToken(spec, account.value) ? withToken(spec, VOLUME_PREFIX + env.random.suffix(5)) : NOTHING),
  };
  return { ...pod, spec: fields };
}

const NOTHING: Fields = {};

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The pod's word counts before the account's; without either there is a token. */
function mountsToken(spec: Fields, account: KubeObject): boolean {
  return (spec.automountServiceAccountToken ?? account.automountServiceAccountToken) !== false;
}

function pullSecretsOf(spec: Fields, account: KubeObject): Fields {
  const own = spec.imagePullSecrets;
  const secrets = account.imagePullSecrets;
  if ((isArray(own) && own.length > 0) || !isArray(secrets) || secrets.length === 0) return NOTHING;
  return { imagePullSecrets: secrets };
}

/** What changes with the token. Containers that mount something there themselves are left as they are. */
function withToken(spec: Fields, volume: string): Fields {
  let mounted = false;
  const mount = { name: volume, readOnly: true, mountPath: TOKEN_MOUNT_PATH };
  const withMount = (container: unknown): unknown => {
    if (!isObject(container)) return container;
    const mounts = isArray(container.volumeMounts) ? container.volumeMounts : [];
    if (mounts.some((other) => isObject(other) && other.mountPath === TOKEN_MOUNT_PATH)) return container;
    mounted = true;
    return { ...container, volumeMounts: [...mounts, mount] };
  };
  const containers = isArray(spec.containers) ? spec.containers.map(withMount) : spec.containers;
  const initContainers = isArray(spec.initContainers) ? spec.initContainers.map(withMount) : undefined;
  if (!mounted) return NOTHING;
  const volumes = [...(isArray(spec.volumes) ? spec.volumes : []), tokenVolume(volume)];
  return { containers, ...(initContainers && { initContainers }), volumes };
}

/** The same for every pod, and shared by them. Not frozen: V8 encodes what is frozen twice as slowly. */
const TOKEN_SOURCES: readonly Fields[] = [
  { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
  { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
  {
    downwardAPI: {
      items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
    },
  },
];

function tokenVolume(name: string): Fields {
  return { name, projected: { sources: TOKEN_SOURCES, defaultMode: 0o644 } };
}
