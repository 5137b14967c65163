/** Requests of the door in the words of the verbs. */
import { badRequest, invalid, unknownResource } from '@reckon/api';
import {
  type DeleteOptions as DeleteOptionsMessage,
  type Operation,
  PatchType as PatchTypeMessage,
  type Resource,
  type Version,
  type WriteOptions as WriteOptionsMessage,
} from '@reckon/proto/reckon/v1/api.ts';
import type { Resources } from '../rest/request.ts';
import type {
  DeleteOptions,
  PatchRequest,
  PatchType,
  Target,
  TransactOperation,
  VersionOptions,
  WriteOptions,
} from '../verbs/types.ts';
import { decodeObject } from './object-form.ts';

/** Names an object or a collection. */
export interface Named {
  readonly resource?: Resource | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export function targetOf(resources: Resources, { resource, namespace = '', name = '' }: Named): Target {
  if (!resource?.resource) throw badRequest('the request names no resource');
  const { group = '', version = '', subresource = '' } = resource;
  const found = version
    ? resources.resource(group, version, resource.resource)
    : resources.resources.findLast((one) => one.group === group && one.resource === resource.resource);
  if (!found) throw unknownResource();
  if (subresource !== '' && !found.subresources.has(subresource)) throw unknownResource();
  if (!found.namespaced && namespace !== '') throw badRequest(`${found.groupResource} have no namespace`);
  return { resource: found, subresource, namespace, name };
}

/** A target that must be one object. */
export function objectTarget(resources: Resources, named: Named): Target {
  const target = targetOf(resources, named);
  if (target.name === '') throw badRequest('the request names no object');
  if (target.resource.namespaced && target.namespace === '')
    throw badRequest(`an empty namespace may not be set when a resource name is provided`);
  return target;
}

/** The kind that a request's object must be of. */
export function kindOf({ resource, subresource }: Target) {
  return subresource === '' ? resource : (resource.subresources.get(subresource) ?? resource);
}

export function versionOptions(version: Version | undefined): VersionOptions {
  const match = version?.match;
  if (match && match !== 'Exact' && match !== 'NotOlderThan')
    throw badRequest(`unknown match ${JSON.stringify(match)}: it is "Exact", "NotOlderThan" or empty`);
  return {
    resourceVersion: version?.resourceVersion || undefined,
    match: match === 'Exact' || match === 'NotOlderThan' ? match : undefined,
  };
}

export function writeOptions(message: WriteOptionsMessage | undefined): WriteOptions {
  const validation = message?.fieldValidation;
  if (validation && validation !== 'Ignore' && validation !== 'Warn' && validation !== 'Strict') {
    const quoted = JSON.stringify(validation);
    throw invalid({ group: 'meta.k8s.io', kind: 'WriteOptions' }, '', [
      {
        reason: 'FieldValueNotSupported',
        field: 'fieldValidation',
        message: `Unsupported value: ${quoted}: supported values: "Ignore", "Strict", "Warn"`,
      },
    ]);
  }
  return {
    dryRun: message?.dryRun,
    fieldManager: message?.fieldManager || undefined,
    fieldValidation:
      validation === 'Ignore' || validation === 'Warn' || validation === 'Strict' ? validation : undefined,
    force: message?.force,
  };
}

export function deleteOptions(message: DeleteOptionsMessage | undefined): DeleteOptions {
  const policy = message?.propagationPolicy;
  if (policy && policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan')
    throw badRequest(`unknown propagation policy ${JSON.stringify(policy)}`);
  const uid = message?.uid || undefined;
  const resourceVersion = message?.resourceVersion || undefined;
  return {
    dryRun: message?.dryRun,
    gracePeriodSeconds: message?.gracePeriodSeconds,
    propagationPolicy:
      policy === 'Background' || policy === 'Foreground' || policy === 'Orphan' ? policy : undefined,
    preconditions: uid || resourceVersion ? { uid, resourceVersion } : undefined,
  };
}

const PATCH_TYPES: ReadonlyMap<PatchTypeMessage | undefined, PatchType> = new Map([
  [PatchTypeMessage.PATCH_TYPE_JSON, 'json'],
  [PatchTypeMessage.PATCH_TYPE_MERGE, 'merge'],
  [PatchTypeMessage.PATCH_TYPE_STRATEGIC, 'strategic'],
  [PatchTypeMessage.PATCH_TYPE_APPLY, 'apply'],
]);

export function patchOf(message: {
  readonly type?: PatchTypeMessage | undefined;
  readonly body?: Uint8Array | undefined;
}): PatchRequest {
  const type = PATCH_TYPES.get(message.type);
  if (type === undefined) throw badRequest('the request names no patch type');
  return { type, body: message.body ?? new Uint8Array(0) };
}

export function operationOf(resources: Resources, operation: Operation): TransactOperation {
  const { create, update, patch, delete: removal, require } = operation;
  if (create) {
    const target = targetOf(resources, create);
    const body = decodeObject(create.object, kindOf(target));
    return { verb: 'create', target, body, options: writeOptions(create.options) };
  }
  if (update) {
    const target = objectTarget(resources, update);
    const body = decodeObject(update.object, kindOf(target));
    return { verb: 'update', target, body, options: writeOptions(update.options) };
  }
  if (patch) {
    const target = objectTarget(resources, patch);
    return { verb: 'patch', target, patch: patchOf(patch), options: writeOptions(patch.options) };
  }
  if (removal)
    return {
      verb: 'delete',
      target: objectTarget(resources, removal),
      options: deleteOptions(removal.options),
    };
  if (require)
    return { verb: 'require', target: objectTarget(resources, require), revision: require.revision ?? 0 };
  throw badRequest('an operation of the transaction is empty');
}
