import { type Frozen, type ObjectName, SECRETS } from '@reckon/client';
import type { RegistryAuth } from '@reckon/cri';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { SharedObjects } from '../objects/shared-objects.ts';
import type { PodModel } from '../pod/model.ts';

/** Credentials for registries, from the Secrets that a pod names (Kubernetes: `imagePullSecrets`). */
export class PullSecrets {
  readonly #objects: SharedObjects;

  constructor(objects: SharedObjects) {
    this.#objects = objects;
  }

  /** Those that fit the registry, in the pod's order. Secrets that are not there are passed over. */
  async credentials(pod: PodModel, registry: string): Promise<readonly RegistryAuth[]> {
    const names = (pod.object.spec?.imagePullSecrets ?? []).flatMap((each) => (each.name ? [each.name] : []));
    const found = await Promise.all(
      names.map((name) => this.#secret(pod, { namespace: pod.namespace, name })),
    );
    return found.flatMap((secret) => (secret ? authsOf(secret, registry) : []));
  }

  async #secret(pod: PodModel, target: ObjectName): Promise<Frozen<Secret> | undefined> {
    return this.#objects.use<Secret>(pod.uid, SECRETS, target);
  }
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, DockerAuth>>;
}

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly identitytoken?: string;
}

/** `.dockerconfigjson` as `docker login` writes it; the older `.dockercfg` has the same without `auths`. */
function authsOf(secret: Frozen<Secret>, registry: string): readonly RegistryAuth[] {
  const encoded = secret.data?.['.dockerconfigjson'];
  const legacy = secret.data?.['.dockercfg'];
  const config = encoded
    ? parse<DockerConfig>(encoded)?.auths
    : legacy
      ? parse<DockerConfig['auths']>(legacy)
      : undefined;
  return Object.entries(config ?? {})
    .filter(([server]) => hostOf(server) === registry)
    .map(([server, { username, password, auth, identitytoken }]) => {
      return { username, password, auth, identityToken: identitytoken, serverAddress: server };
    });
}

function parse<T>(base64: string): T | undefined {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString()) as T;
  } catch {
    // As for the kubelet, a Secret that is no configuration names no credentials.
    return undefined;
  }
}

/** `https://index.docker.io/v1/` → `docker.io`. */
function hostOf(server: string): string {
  const host = server.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}
