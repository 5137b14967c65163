import { ApiError } from '@reckon/api';
import type { Frozen } from '@reckon/client';
import type { ConfigMap } from '@reckon/proto/reckon/api/core/v1/config_map.ts';
import type { EnvFromSource, EnvVar } from '@reckon/proto/reckon/api/core/v1/container.ts';
import type { Secret } from '@reckon/proto/reckon/api/core/v1/secret.ts';
import type { ContainerModel, PodModel } from '../pod/model.ts';
import { expand } from './expand.ts';
import { type PodFacts, podField, resourceField } from './fields.ts';

/** Where the values of variables come from. */
export interface EnvSources {
  /** Undefined if there is none. */
  configMap(name: string): Promise<Frozen<ConfigMap> | undefined>;
  secret(name: string): Promise<Frozen<Secret> | undefined>;
  /** Variables of Services. */
  readonly services: ReadonlyMap<string, string>;
  readonly facts: PodFacts;
  /** What the node can give, for limits that are not set. */
  readonly allocatable: Readonly<Record<string, string>>;
}

/**
 * A container's environment, in the order in which it is to be given. Rejects with a text for people if something it
 * refers to is missing and not optional.
 */
export async function containerEnv(
  pod: PodModel,
  container: ContainerModel,
  sources: EnvSources,
): Promise<ReadonlyMap<string, string>> {
  const env = new Map<string, string>();
  for (const source of container.spec.envFrom ?? []) {
    for (const [name, value] of await valuesFrom(pod, source, sources)) env.set(name, value);
  }
  for (const variable of container.spec.env ?? []) {
    const value = await variableValue(pod, container, variable, sources, env);
    if (value !== undefined) env.set(variable.name ?? '', value);
  }
  for (const [name, value] of sources.services) if (!env.has(name)) env.set(name, value);
  return env;
}

async function variableValue(
  pod: PodModel,
  container: ContainerModel,
  { value, valueFrom }: Frozen<EnvVar>,
  sources: EnvSources,
  defined: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? '', (name) => defined.get(name) ?? sources.services.get(name));
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef) return podField(pod, fieldRef, sources.facts);
  if (resourceFieldRef) {
    const { allocatable } = sources;
    return resourceField(pod, resourceFieldRef, { containerName: container.name, allocatable });
  }
  if (configMapKeyRef) {
    const { name = '', key = '', optional } = configMapKeyRef;
    const configMap = await sources.configMap(name);
    if (!configMap && !optional) throw new ApiError('NotFound', `configmap "${name}" not found`);
    const found = configMap?.data?.[key] ?? fromBase64(configMap?.binaryData?.[key]);
    if (found === undefined && !optional)
      throw new ApiError('NotFound', `couldn't find key ${key} in ConfigMap ${pod.namespace}/${name}`);
    return found;
  }
  if (secretKeyRef) {
    const { name = '', key = '', optional } = secretKeyRef;
    const secret = await sources.secret(name);
    if (!secret && !optional) throw new ApiError('NotFound', `secret "${name}" not found`);
    const found = fromBase64(secret?.data?.[key]);
    if (found === undefined && !optional)
      throw new ApiError('NotFound', `couldn't find key ${key} in Secret ${pod.namespace}/${name}`);
    return found;
  }
  throw new ApiError('BadRequest', 'an environment variable has a source of no known kind');
}

async function valuesFrom(
  pod: PodModel,
  { prefix = '', configMapRef, secretRef }: Frozen<EnvFromSource>,
  sources: EnvSources,
): Promise<readonly (readonly [string, string])[]> {
  const prefixed = (data: Readonly<Record<string, string>> | undefined, decode: (value: string) => string) =>
    Object.entries(data ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [`${prefix}${key}`, decode(value)] as const);
  if (configMapRef) {
    const configMap = await sources.configMap(configMapRef.name ?? '');
    if (!configMap && !configMapRef.optional)
      throw new ApiError('NotFound', `configmap "${configMapRef.name}" not found`);
    return prefixed(configMap?.data, (value) => value);
  }
  if (secretRef) {
    const secret = await sources.secret(secretRef.name ?? '');
    if (!secret && !secretRef.optional)
      throw new ApiError('NotFound', `secret "${secretRef.name}" not found`);
    return prefixed(secret?.data, (value) => fromBase64(value) ?? '');
  }
  throw new ApiError('BadRequest', `pod ${pod.name}: envFrom has a source of no known kind`);
}

function fromBase64(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString();
}
