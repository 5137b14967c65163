import type { Revision } from '@reckon/api/log/record.ts';
import type { KubeObject, Patch, ResourceType } from '@reckon/client/types.ts';
import type { DeleteOptions, Operation, Target, Writable } from './types.ts';

/** The parts of a transaction. */
export const operation = {
  /** AlreadyExists if one of that name is there. */
  create<T extends KubeObject>(kind: ResourceType<T>, object: Writable<T>): Operation {
    return { verb: 'create', kind, object };
  },
  /** Conflict if metadata.resourceVersion is given and is not the present one. */
  update<T extends KubeObject>(kind: ResourceType<T>, object: Writable<T>): Operation {
    return { verb: 'update', kind, object };
  },
  /** Server-side apply. Conflict if another manager owns a field, unless forced. */
  apply<T extends KubeObject>(
    kind: ResourceType<T>,
    object: Writable<T>,
    { force }: { readonly force?: boolean | undefined } = {},
  ): Operation {
    return { verb: 'apply', kind, object, force };
  },
  patch(kind: ResourceType, target: Target, patch: Patch): Operation {
    return { verb: 'patch', kind, target, patch };
  },
  /** NotFound if it is not there; Conflict if a precondition does not hold. */
  delete(
    kind: ResourceType,
    target: Target,
    options: Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy' | 'preconditions'> = {},
  ): Operation {
    return { verb: 'delete', kind, target, ...options };
  },
  /** Writes nothing: Conflict unless the object is at this revision; 0: unless it is not there. */
  require(kind: ResourceType, target: Target, revision: Revision): Operation {
    return { verb: 'require', kind, target, revision };
  },
} as const;
