/** The verbs that write, over a staging of the log in memory; each in Kubernetes' words and with its checks. */
import {
  ApiError,
  alreadyExists,
  conflict,
  forbidden,
  jsonEqual,
  notFound,
  type ObjectKey,
  resourceVersionConflict,
  rfc3339,
  uidConflict,
} from '@reckon/api';
import type { Clock, Random } from '@reckon/service';
import { objectKey } from '../keys.ts';
import { PODS } from '../resources.ts';
import type {
  DeleteOptions,
  ObjectName,
  Patch,
  Preconditions,
  ResourceType,
  Stored,
  WritableObject,
} from '../types.ts';
import {
  boundPod,
  deletedFields,
  deletionFinalizers,
  type Fields,
  fieldsOf,
  graceSeconds,
  hasStatus,
  initialFields,
  issuedToken,
  mayGo,
} from './kinds.ts';
import type { Staging, Unstored } from './memory-log.ts';
import { applyPatch } from './patch.ts';
import type { Rules } from './rules.ts';

export interface WriteContext {
  readonly staging: Staging;
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules;
}

export function create(
  context: WriteContext,
  resource: ResourceType,
  object: WritableObject,
  subresource: string | undefined,
): Stored {
  const { staging, clock, random } = context;
  const metadata = object.metadata ?? {};
  const name = metadata.name || (metadata.generateName ? `${metadata.generateName}${random.suffix(5)}` : '');
  if (!name) throw new ApiError('Invalid', `${resource.kind} "" is invalid: metadata.name: Required value`);
  const key = objectKey(resource, { namespace: resource.namespaced ? (metadata.namespace ?? '') : '', name });
  if (subresource) return createSubresource(context, key, object, subresource);
  if (resource.namespaced) requireNamespace(staging, key);
  if (staging.get(key)) throw alreadyExists(key.resource, name);
  const admitted = context.rules.admit(resource, object);
  const created = initialFields(key.resource, admitted);
  return staging.put(key, {
    ...created,
    apiVersion:
      object.apiVersion ?? (resource.group ? `${resource.group}/${resource.version}` : resource.version),
    kind: object.kind ?? resource.kind,
    metadata: {
      ...ownersOf(admitted),
      name,
      ...(key.namespace ? { namespace: key.namespace } : {}),
      uid: random.uuid(),
      generation: 1,
      creationTimestamp: rfc3339(clock.nowMs()),
    },
  });
}

export function update(
  context: WriteContext,
  resource: ResourceType,
  object: WritableObject,
  subresource: string | undefined,
): Stored {
  const key = objectKey(resource, {
    namespace: object.metadata?.namespace ?? '',
    name: object.metadata?.name ?? '',
  });
  const current = requireCurrent(context.staging, key);
  checkUpdate(key, current, object.metadata ?? {});
  return replace(context, resource, { key, current, next: object, subresource });
}

export function patch(
  context: WriteContext,
  resource: ResourceType,
  target: ObjectName,
  change: { readonly patch: Patch; readonly subresource: string | undefined },
): Stored {
  const key = objectKey(resource, target);
  const current = requireCurrent(context.staging, key);
  const next = applyPatch(context.rules, resource, { current, patch: change.patch });
  checkUpdate(key, current, next.metadata ?? {});
  return replace(context, resource, { key, current, next, subresource: change.subresource });
}

export function apply(
  context: WriteContext,
  resource: ResourceType,
  object: WritableObject,
  subresource: string | undefined,
): Stored {
  const { name = '', namespace = '' } = object.metadata ?? {};
  const target = { name, namespace };
  return context.staging.get(objectKey(resource, target))
    ? patch(context, resource, target, { patch: { type: 'merge', value: object }, subresource })
    : create(context, resource, object, subresource);
}

export function remove(
  { staging, clock }: WriteContext,
  resource: ResourceType,
  target: ObjectName,
  options: DeleteOptions,
): { readonly object: Stored; readonly deleted: boolean } {
  const key = objectKey(resource, target);
  const current = requireCurrent(staging, key);
  checkPreconditions(key, current, options.preconditions ?? {});
  const graceLeft = graceSeconds(key.resource, current, options.gracePeriodSeconds);
  const before = current.metadata.deletionGracePeriodSeconds;
  // Grace can be shortened, never lengthened.
  const grace = current.metadata.deletionTimestamp ? Math.min(graceLeft, before ?? 0) : graceLeft;
  const { generation = 0, ...metadata } = current.metadata;
  const marked: Unstored = {
    ...deletedFields(key.resource, current),
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata: {
      ...metadata,
      generation: current.metadata.deletionTimestamp ? generation : generation + 1,
      deletionTimestamp: deletionTime(current, grace, clock.nowMs()),
      deletionGracePeriodSeconds: grace,
      finalizers: deletionFinalizers(key.resource, current, options),
    },
  };
  if (mayGo(key.resource, marked)) return { object: staging.remove(key, current), deleted: true };
  if (jsonEqual(comparable(marked), comparable(current))) return { object: current, deleted: false };
  return { object: staging.put(key, marked), deleted: false };
}

function replace(
  context: WriteContext,
  resource: ResourceType,
  change: {
    readonly key: ObjectKey;
    readonly current: Stored;
    readonly next: WritableObject;
    readonly subresource: string | undefined;
  },
): Stored {
  const { key, current } = change;
  const next = merged(context, resource, change);
  if (jsonEqual(comparable(next), comparable(current))) return current;
  if (mayGo(key.resource, next)) return context.staging.remove(key, next);
  return context.staging.put(key, next);
}

/** Of the written object only what this (sub)resource may change. */
function merged(
  context: WriteContext,
  resource: ResourceType,
  change: {
    readonly current: Stored;
    readonly next: WritableObject;
    readonly subresource: string | undefined;
  },
): Unstored {
  const { current, subresource } = change;
  const before = fieldsOf(current);
  const identity = { apiVersion: current.apiVersion, kind: current.kind };
  const wanted = fieldsOf(change.next);
  if (subresource === 'status') {
    return { ...before, ...identity, status: wanted.status, metadata: current.metadata } as Unstored;
  }
  if (subresource === 'approval') {
    const { conditions } = fieldsOf(wanted.status);
    const status = { ...fieldsOf(before.status), conditions };
    return { ...before, ...identity, status, metadata: current.metadata } as Unstored;
  }
  if (subresource === 'finalize') {
    return { ...before, ...identity, spec: wanted.spec, metadata: current.metadata } as Unstored;
  }
  if (subresource) throw new ApiError('NotFound', 'the server could not find the requested resource');
  const admitted = fieldsOf(context.rules.admit(resource, change.next));
  const status = hasStatus(resource.groupResource) ? before.status : admitted.status;
  const { name, namespace, uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } =
    current.metadata;
  const changed = !jsonEqual(withoutMetadata({ ...admitted, status }), withoutMetadata(before));
  const { generation = 0 } = current.metadata;
  return {
    ...admitted,
    ...identity,
    status,
    metadata: {
      ...ownersOf(change.next),
      name,
      namespace,
      uid,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      generation: changed ? generation + 1 : generation,
    },
  } as Unstored;
}

function createSubresource(
  context: WriteContext,
  key: ObjectKey,
  posted: WritableObject,
  subresource: string,
): Stored {
  const { staging, clock } = context;
  const current = requireCurrent(staging, key);
  const uid = posted.metadata?.uid;
  if (uid && uid !== current.metadata.uid)
    throw uidConflict(key.resource, key.name, uid, current.metadata.uid);
  if (key.resource === 'pods' && subresource === 'eviction') {
    return remove(context, PODS, key, { preconditions: { uid: current.metadata.uid } }).object;
  }
  if (key.resource === 'serviceaccounts' && subresource === 'token') {
    return issuedToken(current, posted, clock.nowMs());
  }
  if (key.resource !== 'pods' || subresource !== 'binding') {
    throw new ApiError('NotFound', 'the server could not find the requested resource');
  }
  const nodeName = String(fieldsOf(fieldsOf(posted).target).name ?? '');
  const present = fieldsOf(fieldsOf(current).spec).nodeName;
  if (current.metadata.deletionTimestamp) {
    throw conflict(
      'pods/binding',
      key.name,
      `pod ${key.name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (present) {
    throw conflict('pods/binding', key.name, `pod ${key.name} is already assigned to node "${present}"`);
  }
  return staging.put(key, { ...current, ...boundPod(current, nodeName, clock.nowMs()) });
}

function requireNamespace(staging: Staging, key: ObjectKey): void {
  const namespace = staging.get({ resource: 'namespaces', namespace: '', name: key.namespace });
  if (!namespace) throw notFound('namespaces', key.namespace);
  if (namespace.metadata.deletionTimestamp) {
    throw forbidden(
      key.resource,
      key.name,
      `unable to create new content in namespace ${key.namespace} because it is being terminated`,
    );
  }
}

function requireCurrent(staging: Staging, key: ObjectKey): Stored {
  const current = staging.get(key);
  if (!current) throw notFound(key.resource, key.name);
  return current;
}

function checkUpdate(key: ObjectKey, current: Stored, wanted: Preconditions): void {
  if (wanted.uid && wanted.uid !== current.metadata.uid) {
    throw uidConflict(key.resource, key.name, wanted.uid, current.metadata.uid);
  }
  if (wanted.resourceVersion && wanted.resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(key.resource, key.name);
  }
}

function checkPreconditions(key: ObjectKey, current: Stored, wanted: Preconditions): void {
  const { uid, resourceVersion } = current.metadata;
  if (wanted.uid && wanted.uid !== uid) throw uidConflict(key.resource, key.name, wanted.uid, uid);
  if (wanted.resourceVersion && wanted.resourceVersion !== resourceVersion) {
    throw resourceVersionConflict(key.resource, key.name, wanted.resourceVersion, resourceVersion);
  }
}

function deletionTime(current: Stored, graceSecondsLeft: number, nowMs: number): string {
  const present = current.metadata.deletionTimestamp;
  const asked = rfc3339(nowMs + graceSecondsLeft * 1_000);
  return present && present < asked ? present : asked;
}

/** The parts of the metadata that belong to the writer. */
function ownersOf(object: WritableObject) {
  const { labels, annotations, finalizers, ownerReferences, generateName } = object.metadata ?? {};
  return { labels, annotations, finalizers, ownerReferences, generateName } as Pick<
    Stored['metadata'],
    'labels' | 'annotations' | 'finalizers' | 'ownerReferences' | 'generateName'
  >;
}

function withoutMetadata({ metadata: _, ...rest }: Fields): Fields {
  return rest;
}

/** Everything but the revision. */
function comparable(object: Unstored): Fields {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...fieldsOf(object), metadata };
}
