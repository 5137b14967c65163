import { ApiError, type ObjectKey, type Schema } from '@reckon/api';
import type { Target } from './types.ts';

export function keyOf(target: Target): ObjectKey {
  return { resource: target.resource.groupResource, namespace: target.namespace, name: target.name };
}

export function apiVersionOf({
  group,
  version,
}: {
  readonly group: string;
  readonly version: string;
}): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `pods`, `pods/binding`: how conflicts of a subresource name it. */
export function qualifiedResource(target: Target): string {
  const { groupResource } = target.resource;
  return target.subresource === '' ? groupResource : `${groupResource}/${target.subresource}`;
}

/** How a write was asked for, as the log keeps it: `update`, `patch/scale` (`Provenance.via`). */
export function viaOf(verb: string, { subresource }: Target): string {
  return subresource === '' ? verb : `${verb}/${subresource}`;
}

export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Full protobuf name. */
  readonly message: string;
}

/** What the body of a request for this target must be. */
export function expectedKind(schema: Schema, target: Target): ExpectedKind {
  const { group, version, kind } = target.resource.subresources.get(target.subresource) ?? target.resource;
  if (kind === target.resource.kind) return { group, version, kind, message: target.resource.message };
  const message = schema.kindMessage(group, version, kind);
  if (!message)
    throw new ApiError('MethodNotAllowed', `the schema has no kind ${kind} of ${target.subresource}`);
  return { group, version, kind, message: message.name };
}

export function requireName(target: Target): void {
  if (target.name === '') throw new ApiError('BadRequest', 'resource name may not be empty');
}
