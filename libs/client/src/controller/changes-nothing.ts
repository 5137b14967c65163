import { applyMergePatch, jsonEqual } from '@reckon/api';
import type { Projection } from '../projection/types.ts';
import type { KubeObject, ResourceType, Stored } from '../types.ts';
import type { Action, StatusWrite } from './types.ts';

/**
 * True if the action would leave the object as the projection shows it. Only said of what was planned for just that
 * revision: about anything newer the server decides.
 */
export function changesNothing(projection: Projection, action: Action): boolean {
  switch (action.type) {
    case 'update': {
      const { metadata } = action.object;
      const current = held(projection, action.resource, metadata?.namespace, metadata?.name);
      return (
        current !== undefined &&
        !action.complete &&
        current.metadata.resourceVersion === metadata?.resourceVersion &&
        jsonEqual(action.object, current)
      );
    }
    case 'patch': {
      if (action.patch.type !== 'merge') return false;
      const current = held(projection, action.resource, action.target.namespace, action.target.name);
      const { uid, resourceVersion } = action.precondition;
      if (!current || current.metadata.uid !== uid) return false;
      if (resourceVersion && current.metadata.resourceVersion !== resourceVersion) return false;
      return jsonEqual(applyMergePatch({ ...current }, { ...action.patch.value }), current);
    }
    case 'create':
    case 'delete':
    case 'transact':
    case 'event':
      return false;
  }
}

export function statusChangesNothing({ object, status }: StatusWrite): boolean {
  return jsonEqual(Reflect.get(object, 'status') ?? {}, status);
}

function held(
  projection: Projection,
  resource: ResourceType,
  namespace = '',
  name = '',
): Stored<KubeObject> | undefined {
  return projection.resources.some((one) => one.groupResource === resource.groupResource)
    ? projection.get(resource, namespace, name)
    : undefined;
}
