import type { ObjectKey, Revision } from '@reckon/api/log/record.ts';
import type { KubeObject, ObjectName, ResourceType, Stored } from './types.ts';

/** `namespace/name`, or `name` for what is cluster-scoped: the usual key of a controller's queue. */
export function keyOf(object: {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** The inverse of `keyOf`. */
export function parseKey(key: string): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: '', name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export function nameOf(object: Stored): ObjectName {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

export function objectKey(resource: ResourceType, target: ObjectName): ObjectKey {
  return { resource: resource.groupResource, namespace: target.namespace, name: target.name };
}

/** An object's resourceVersion as a number; 0 for what is not stored. */
export function revisionOf(object: KubeObject): Revision {
  return Number(object.metadata?.resourceVersion ?? 0);
}
