import { controllerOf } from '@reckon/api';
import { keyOf } from '../keys.ts';
import type { Change, Snapshot } from '../projection/types.ts';
import type { KubeObject, ResourceType } from '../types.ts';
import type { Key, WatchRule } from './types.ts';

/** A rule with the type of its objects: `watch(PODS, (change) => [keyOf(change.object)])`. */
export function watch<T extends KubeObject>(
  resource: ResourceType<T>,
  keys: (change: Change<T>, snapshot: Snapshot) => Iterable<Key>,
): WatchRule {
  return { resource, keys };
}

/** The object itself. */
export function watchSelf(resource: ResourceType): WatchRule {
  return watch(resource, (change) => [keyOf(change.object)]);
}

/** The managing owner of the object, before and after the change, if it is of this kind. */
export function watchOwned(resource: ResourceType, ownerKind: string): WatchRule {
  return watch(resource, (change) => {
    const keys = new Set<Key>();
    for (const object of [change.previous, change.object]) {
      const owner = object && controllerOf(object);
      if (owner?.kind !== ownerKind || !owner.name) continue;
      const namespace = object?.metadata.namespace;
      keys.add(namespace ? `${namespace}/${owner.name}` : owner.name);
    }
    return keys;
  });
}
