/** Which fields nobody owns, and which a request cannot set. */
import { differenceOf, type FieldSet, isEmptySet, withoutTopFields } from '../fields/field-set.ts';
import { metadataKeptByStatus } from '../meta/status-keeps.ts';
import type { ResourceSchema } from '../schema/types.ts';

/** What the server sets itself. */
const NEVER_OWNED: FieldSet = Object.freeze({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:clusterName': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
});

/** A set without what the server sets itself. */
export function withoutServerFields(set: FieldSet): FieldSet {
  return differenceOf(set, NEVER_OWNED);
}

/**
 * A set without what a request of this kind cannot change: the status where that has its own subresource, everything
 * but the status in that subresource.
 */
export function withoutResetFields(set: FieldSet, resource: ResourceSchema, subresource: string): FieldSet {
  if (subresource === 'status') return withoutKeptMetadata(withoutTopFields(set, ['f:spec']), resource);
  return resource.subresources.has('status') ? withoutTopFields(set, ['f:status']) : set;
}

function withoutKeptMetadata(set: FieldSet, { groupResource }: ResourceSchema): FieldSet {
  const { 'f:metadata': metadata } = set;
  if (metadata === undefined) return set;
  const kept = metadataKeptByStatus(groupResource).map((part) => `f:${part}`);
  const rest = withoutTopFields(metadata, kept);
  if (rest === metadata) return set;
  return isEmptySet(rest) ? withoutTopFields(set, ['f:metadata']) : { ...set, 'f:metadata': rest };
}
