/** What is asked, in the messages of proto/reckon/v1/api.proto. */
import { Metadata } from '@grpc/grpc-js';
import { joinApiVersion } from '@reckon/api/meta/names.ts';
import {
  type DeleteOptions as DeleteOptionsMessage,
  Form,
  type ListRequest,
  type Operation as OperationMessage,
  PatchType,
  type Resource,
  type WatchRequest,
  type WriteOptions as WriteOptionsMessage,
} from '@reckon/proto/reckon/v1/api.ts';
import type { Object as ObjectMessage } from '@reckon/proto/reckon/v1/object.ts';
import type {
  DeleteOptions,
  ListOptions,
  Operation,
  Patch,
  ResourceType,
  WatchOptions,
  WritableObject,
  WriteOptions,
} from '../types.ts';

const encoder = new TextEncoder();

export function resourceMessage(resource: ResourceType, subresource?: string): Resource {
  const { group, version } = resource;
  return { group, version, resource: resource.resource, subresource };
}

export function provenance(options: WriteOptions): Metadata {
  const metadata = new Metadata();
  if (options.cause !== undefined) metadata.set('reckon-cause', String(options.cause));
  if (options.because !== undefined) metadata.set('reckon-because', encodeURIComponent(options.because));
  if (options.requestId !== undefined) metadata.set('reckon-request-id', options.requestId);
  return metadata;
}

export function writeOptions(
  options: WriteOptions & { readonly force?: boolean | undefined },
): WriteOptionsMessage {
  const { dryRun, fieldManager, fieldValidation, force } = options;
  return { dryRun, fieldManager, fieldValidation, force };
}

export function deleteOptions(options: Omit<DeleteOptions, 'signal'>): DeleteOptionsMessage {
  const { dryRun, gracePeriodSeconds, propagationPolicy, preconditions } = options;
  return {
    dryRun,
    gracePeriodSeconds,
    propagationPolicy,
    uid: preconditions?.uid,
    resourceVersion: preconditions?.resourceVersion,
  };
}

export function listRequest(resource: ResourceType, options: ListOptions): ListRequest {
  const { namespace, labelSelector, fieldSelector, limit, resourceVersion, match } = options;
  return {
    resource: resourceMessage(resource),
    namespace,
    labelSelector,
    fieldSelector,
    limit,
    continue: options.continue,
    version: { resourceVersion, match },
    form: Form.FORM_JSON,
  };
}

export function watchRequest(resource: ResourceType, options: WatchOptions): WatchRequest {
  const { namespace, labelSelector, fieldSelector, after, allowBookmarks } = options;
  return {
    resource: resourceMessage(resource),
    namespace,
    labelSelector,
    fieldSelector,
    resourceVersion: after === undefined ? '' : String(after),
    sendInitialEvents: after === undefined,
    // The end of the initial events is told by a bookmark.
    allowBookmarks: allowBookmarks || after === undefined,
    form: Form.FORM_JSON,
  };
}

/**
 * An object and where it belongs. What names its kind is filled in where the caller left it out. A create names its
 * object only if that is there already (`binding`).
 */
export function objectRequest(
  verb: 'create' | 'update',
  resource: ResourceType,
  { object, subresource }: { readonly object: WritableObject; readonly subresource?: string | undefined },
) {
  const { name, namespace } = object.metadata ?? {};
  return {
    resource: resourceMessage(resource, subresource),
    namespace: resource.namespaced ? namespace : undefined,
    name: verb === 'update' || subresource ? name : undefined,
    object: objectMessage(resource, object),
    form: Form.FORM_JSON,
  };
}

export function patchMessage(patch: Patch): { readonly type: PatchType; readonly body: Uint8Array } {
  switch (patch.type) {
    case 'json':
      return { type: PatchType.PATCH_TYPE_JSON, body: encode(patch.operations) };
    case 'merge':
      return { type: PatchType.PATCH_TYPE_MERGE, body: encode(patch.value) };
    case 'strategic':
      return { type: PatchType.PATCH_TYPE_STRATEGIC, body: encode(patch.value) };
  }
}

export function applyMessage(resource: ResourceType, object: WritableObject) {
  return { type: PatchType.PATCH_TYPE_APPLY, body: encode(withKind(resource, object)) };
}

export function operationMessage(operation: Operation, options: WriteOptions): OperationMessage {
  const { resource } = operation;
  switch (operation.verb) {
    case 'create':
    case 'update': {
      const request = objectRequest(operation.verb, resource, operation);
      return { [operation.verb]: { ...request, options: writeOptions(options) } };
    }
    case 'patch': {
      const { subresource, target } = operation;
      return {
        patch: {
          resource: resourceMessage(resource, subresource),
          ...target,
          ...patchMessage(operation.patch),
          options: writeOptions(options),
          form: Form.FORM_JSON,
        },
      };
    }
    case 'delete':
      return {
        delete: {
          resource: resourceMessage(resource),
          ...operation.target,
          options: deleteOptions({ ...operation, dryRun: options.dryRun }),
          form: Form.FORM_JSON,
        },
      };
    case 'apply': {
      const { subresource, object, force } = operation;
      const { name = '', namespace = '' } = object.metadata ?? {};
      return {
        patch: {
          resource: resourceMessage(resource, subresource),
          name,
          namespace,
          ...applyMessage(resource, object),
          options: writeOptions({ ...options, force }),
          form: Form.FORM_JSON,
        },
      };
    }
    case 'require': {
      const { revision, target } = operation;
      return { require: { resource: resourceMessage(resource), ...target, revision } };
    }
  }
}

function objectMessage(resource: ResourceType, object: WritableObject): ObjectMessage {
  return { json: encode(withKind(resource, object)) };
}

function withKind(resource: ResourceType, object: WritableObject): object {
  return {
    ...object,
    apiVersion: object.apiVersion ?? joinApiVersion(resource.group, resource.version),
    kind: object.kind ?? resource.kind,
  };
}

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}
