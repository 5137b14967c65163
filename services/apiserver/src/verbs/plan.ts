/** Writes as verbs prepare them: pieces of one store transaction. */
import { ApiError, type ObjectKey, type ResourceSchema, type Revision } from '@reckon/api';
import type { Condition } from '@reckon/store';
import type { Current } from './state.ts';
import type { KubeObject, ObjectAt } from './types.ts';

export interface PlannedWrite {
  readonly op: 'create' | 'update' | 'delete';
  readonly key: ObjectKey;
  readonly uid: string;
  /** What the write is prepared against; 0 for a create. */
  readonly expectedRev: Revision;
  /** After the change, without resourceVersion; of a delete, the last object. */
  readonly value: KubeObject;
  /** How the store is to treat the body. */
  readonly traits: StorageTraits;
  /** `Write.via`. */
  readonly via?: string | undefined;
}

export type StorageTraits = Pick<ResourceSchema, 'confidential' | 'heartbeat'>;

export const PLAIN: StorageTraits = { confidential: false, heartbeat: false };

export interface Prepared<Answer> {
  readonly writes: readonly PlannedWrite[];
  readonly conditions: readonly Condition[];
  /** `written[i]` is what became of `writes[i]`. */
  answer(written: readonly ObjectAt[]): Answer;
}

/** A preparation that found nothing to write. */
export function unchanged<Answer>(answer: Answer): Prepared<Answer> {
  return { writes: [], conditions: [], answer: () => answer };
}

export function createOf(create: {
  readonly key: ObjectKey;
  readonly object: KubeObject;
  readonly traits: StorageTraits;
}): PlannedWrite {
  const { key, object, traits } = create;
  return { op: 'create', key, uid: object.metadata.uid ?? '', expectedRev: 0, value: object, traits };
}

export function updateOf(update: {
  readonly current: Current;
  readonly object: KubeObject;
  readonly traits: StorageTraits;
}): PlannedWrite {
  const { current, object, traits } = update;
  const { key, uid, rev } = current;
  return { op: 'update', key, uid, expectedRev: rev, value: object, traits };
}

/** `object`: as it is last seen; the current one if nothing changes with its end. */
export function deleteOf(deletion: {
  readonly current: Current;
  readonly object?: KubeObject;
  readonly traits: StorageTraits;
}): PlannedWrite {
  const { current, object = current.value, traits } = deletion;
  const { key, uid, rev } = current;
  return { op: 'delete', key, uid, expectedRev: rev, value: object, traits };
}

/** The store answers for every write that was planned. */
export function written(object: ObjectAt | undefined): ObjectAt {
  if (!object) throw new ApiError('InternalError', 'Internal error occurred: a commit has lost a write');
  return object;
}
