/** An object of the past in the form in which it can be written today. */
import { isArray, isObject } from '@reckon/api';
import type { AnObject, Fields, Snapped, Wanted } from './types.ts';

/** Written by controllers, who know better. */
const CONTROLLERS_ANNOTATION =
  /^(deployment\.kubernetes\.io\/|pv\.kubernetes\.io\/|endpoints\.kubernetes\.io\/|control-plane\.alpha\.kubernetes\.io\/|deprecated\.daemonset\.template\.generation$)/;
const GARBAGE_FINALIZERS: ReadonlySet<unknown> = new Set(['foregroundDeletion', 'orphan']);
const TOKEN_VOLUME = 'kube-api-access-';

/** What an object is meant to be: without status and without what the server and the controllers put there. */
export function wantedOf(object: AnObject): Wanted {
  const { apiVersion, kind, metadata, status: _, ...rest } = object;
  const { name, namespace } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...filled('labels', metadata.labels),
      ...filled('annotations', ownAnnotations(metadata.annotations)),
    },
    ...rest,
  };
}

/**
 * For an object that is not there: it also has its finalizers and those of its owners that still are, and is not yet
 * where it was assigned to be.
 */
export function wantedAnew({ resource, object }: Snapped, present: ReadonlySet<string>): Wanted {
  const wanted = wantedOf(object);
  const finalizers = object.metadata.finalizers?.filter((one) => !GARBAGE_FINALIZERS.has(one)) ?? [];
  const ownerReferences = object.metadata.ownerReferences?.filter(({ uid }) => present.has(uid)) ?? [];
  const metadata = {
    ...wanted.metadata,
    ...(finalizers.length > 0 && { finalizers }),
    ...(ownerReferences.length > 0 && { ownerReferences }),
  };
  const spec = isObject(wanted.spec) ? wanted.spec : undefined;
  if (!spec) return { ...wanted, metadata };
  switch (resource.groupResource) {
    case 'pods':
      return { ...wanted, metadata, spec: unassignedPodSpec(spec) };
    case 'persistentvolumeclaims':
      return { ...wanted, metadata, spec: without(spec, 'volumeName') };
    case 'jobs.batch':
      return { ...wanted, metadata, spec: unstartedJobSpec(spec) };
    case 'namespaces':
      return { ...without(wanted, 'spec'), apiVersion: wanted.apiVersion, kind: wanted.kind, metadata };
    default:
      return { ...wanted, metadata, spec };
  }
}

/** What the object keeps of the present when it is updated: finalizers, owners, and what controllers noted on it. */
export function updateOf(now: AnObject, wanted: Wanted): Wanted {
  const { uid, resourceVersion, finalizers, ownerReferences } = now.metadata;
  const annotations = {
    ...controllersAnnotations(now.metadata.annotations),
    ...(isObject(wanted.metadata.annotations) && wanted.metadata.annotations),
  };
  return {
    ...wanted,
    metadata: {
      ...wanted.metadata,
      uid,
      resourceVersion,
      ...filled('annotations', annotations),
      ...(finalizers !== undefined && finalizers.length > 0 && { finalizers }),
      ...(ownerReferences !== undefined && ownerReferences.length > 0 && { ownerReferences }),
    },
  };
}

function ownAnnotations(annotations: AnObject['metadata']['annotations']): Fields {
  return Object.fromEntries(
    Object.entries(annotations ?? {}).filter(([key]) => !CONTROLLERS_ANNOTATION.test(key)),
  );
}

function controllersAnnotations(annotations: AnObject['metadata']['annotations']): Fields {
  return Object.fromEntries(
    Object.entries(annotations ?? {}).filter(([key]) => CONTROLLERS_ANNOTATION.test(key)),
  );
}

function filled(name: string, map: Fields | undefined): Fields {
  return map !== undefined && Object.keys(map).length > 0 ? { [name]: map } : {};
}

export function without(fields: Fields, ...names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** The scheduler and the admission of service accounts say anew what they said then. */
export function unassignedPodSpec(spec: Fields): Fields {
  const isToken = (value: unknown) =>
    isObject(value) && typeof value.name === 'string' && value.name.startsWith(TOKEN_VOLUME);
  const kept = (list: unknown) => (isArray(list) ? list.filter((one) => !isToken(one)) : []);
  const container = (value: unknown): unknown => {
    if (!isObject(value)) return value;
    const mounts = kept(value.volumeMounts);
    return { ...without(value, 'volumeMounts'), ...(mounts.length > 0 && { volumeMounts: mounts }) };
  };
  const containers = (name: string): Fields => {
    const list = spec[name];
    return isArray(list) ? { [name]: list.map(container) } : {};
  };
  const volumes = kept(spec.volumes);
  return {
    ...without(spec, 'nodeName', 'volumes'),
    ...containers('containers'),
    ...containers('initContainers'),
    ...(volumes.length > 0 && { volumes }),
  };
}

/** Its selector and its pods' labels carry the uid of the Job that is no more. */
export function unstartedJobSpec(spec: Fields): Fields {
  if (spec.manualSelector === true || !isObject(spec.template)) return spec;
  const { template } = spec;
  const metadata = isObject(template.metadata) ? template.metadata : {};
  const labels = isObject(metadata.labels)
    ? without(metadata.labels, 'controller-uid', 'batch.kubernetes.io/controller-uid')
    : {};
  return {
    ...without(spec, 'selector'),
    template: { ...template, metadata: { ...without(metadata, 'labels'), ...filled('labels', labels) } },
  };
}
