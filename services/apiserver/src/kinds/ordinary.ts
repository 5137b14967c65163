import { semanticEqual } from '@reckon/api';
import type { KubeObject } from '../verbs/types.ts';
import type { Strategy } from './types.ts';

/** A kind without status, generation or anything else of its own. */
export const PLAIN_STRATEGY: Strategy = {
  createOnUpdate: false,
  unconditionalUpdate: true,
  collectsGarbage: true,
  create: (object) => object,
  update: (object) => object,
  updateStatus: (object) => object,
};

export interface StatusStrategyOptions {
  /** What a fresh object says of itself. */
  readonly initialStatus?: Readonly<Record<string, unknown>>;
  /** Counts changes of what is wanted in `metadata.generation`. */
  readonly generation: boolean;
  /** Also counts changes of annotations (Deployments). */
  readonly annotationsCount?: boolean;
  /**
   * What a write of status leaves of the metadata that it brings. As in Kubernetes that is all of what clients may
   * write (labels, annotations, finalizers, owner references), but for a few kinds.
   */
  readonly statusWrites?: 'all but labels' | 'all but owners' | 'no metadata';
}

/** A kind with spec and status: each is written through its own door. */
export function statusStrategy(options: StatusStrategyOptions): Strategy {
  const { generation, initialStatus } = options;
  return {
    ...PLAIN_STRATEGY,
    create(object) {
      const fresh = withStatus(object, initialStatus);
      return generation ? withGeneration(fresh, 1) : fresh;
    },
    update(object, current) {
      const next = withStatus(object, current.status);
      if (!generation) return next;
      return withGeneration(
        next,
        (current.metadata.generation ?? 0) + (wantsOther(next, current, options) ? 1 : 0),
      );
    },
    updateStatus(object, current) {
      return withStatus({ ...current, metadata: statusMetadata(object, current, options) }, object.status);
    },
  };
}

function wantsOther(
  next: KubeObject,
  current: KubeObject,
  { annotationsCount }: StatusStrategyOptions,
): boolean {
  if (!semanticEqual(next.spec, current.spec)) return true;
  return annotationsCount === true && !semanticEqual(next.metadata.annotations, current.metadata.annotations);
}

/** Only the version that the write is made against, and who owns which field, are the writer's. */
function currentMetadata(object: KubeObject, current: KubeObject): KubeObject['metadata'] {
  const { resourceVersion, managedFields } = object.metadata;
  return { ...current.metadata, resourceVersion, managedFields };
}

function statusMetadata(
  object: KubeObject,
  current: KubeObject,
  { statusWrites }: StatusStrategyOptions,
): KubeObject['metadata'] {
  switch (statusWrites) {
    case undefined:
      return object.metadata;
    case 'all but labels':
      return withFieldOf('labels', object.metadata, current.metadata);
    case 'all but owners':
      return withFieldOf('ownerReferences', object.metadata, current.metadata);
    case 'no metadata':
      return currentMetadata(object, current);
  }
}

function withFieldOf(
  field: 'labels' | 'ownerReferences',
  metadata: KubeObject['metadata'],
  current: KubeObject['metadata'],
): KubeObject['metadata'] {
  const { [field]: _, ...rest } = metadata;
  return current[field] === undefined ? rest : { ...rest, [field]: current[field] };
}

export function withStatus(object: KubeObject, status: unknown): KubeObject {
  if (object.status === status) return object;
  if (status !== undefined) return { ...object, status };
  const { status: _, ...rest } = object;
  return rest;
}

export function withGeneration(object: KubeObject, generation: number): KubeObject {
  if (object.metadata.generation === generation) return object;
  return { ...object, metadata: { ...object.metadata, generation } };
}
