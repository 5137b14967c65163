import { type MetadataPart, semanticEqual } from '@reckon/api';
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
  /** What a write of status leaves of the metadata as it was; absent: nothing. */
  readonly statusKeeps?: readonly MetadataPart[];
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

function statusMetadata(
  { metadata }: KubeObject,
  current: KubeObject,
  { statusKeeps = [] }: StatusStrategyOptions,
): KubeObject['metadata'] {
  const { labels, annotations, finalizers, ownerReferences } = current.metadata;
  const there = { labels, annotations, finalizers, ownerReferences };
  return statusKeeps.reduce((next, part) => {
    const { [part]: _, ...rest } = next;
    return there[part] === undefined ? rest : { ...rest, [part]: there[part] };
  }, metadata);
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
