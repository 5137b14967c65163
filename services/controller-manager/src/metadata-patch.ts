import { type Action, nameOf, type ResourceType, type Stored } from '@reckon/client';

/** Lists of an object's metadata, whole; one that is empty is removed. */
export interface MetadataLists {
  readonly ownerReferences?: readonly object[];
  readonly finalizers?: readonly string[];
}

/** Sets them if the object is still as it was observed. */
export function metadataPatch(
  { resource, object }: { readonly resource: ResourceType; readonly object: Stored },
  lists: MetadataLists,
  because: string,
): Action {
  const { uid, resourceVersion } = object.metadata;
  const entries = Object.entries(lists).map(([name, list]) => [name, list.length > 0 ? list : null] as const);
  const metadata = { ...Object.fromEntries(entries), resourceVersion };
  return {
    type: 'patch',
    resource,
    target: nameOf(object),
    patch: { type: 'merge', value: { metadata } },
    precondition: { uid, resourceVersion },
    because,
  };
}
