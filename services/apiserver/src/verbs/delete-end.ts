/** How an object that is there ends: at once, or marked as going while grace or finalizers hold it. */
import { FINALIZER_FOREGROUND, FINALIZER_ORPHAN, jsonEqual, rfc3339 } from '@reckon/api';
import { released, strategyOf } from '../kinds/registry.ts';
import type { Strategy } from '../kinds/types.ts';
import type { Preparation } from './env.ts';
import { deleteOf, type Prepared, unchanged, updateOf, written } from './plan.ts';
import type { Current } from './state.ts';
import type { DeleteOptions, DeleteResult, KubeMetadata, KubeObject, Target } from './types.ts';

export interface DeleteRequest {
  readonly target: Target;
  readonly options: DeleteOptions;
}

export interface End extends DeleteRequest {
  readonly current: Current;
}

/** The deletion of an object that is there and that the preconditions allow. */
export function prepareEnd(preparation: Preparation, end: End): Prepared<DeleteResult> {
  const { target, current, options } = end;
  const { resource } = target;
  const strategy = strategyOf(resource);
  const going = goingOf(strategy, current.value, { options, nowMs: preparation.nowMs });
  if (going === 'already') return unchanged({ object: current, deleted: false });
  const { metadata } = current.value;
  const { warning } = strategy.orphansByDefault ?? {};
  if (warning && options.propagationPolicy === undefined) preparation.warn(warning);
  const finalizers = strategy.collectsGarbage
    ? finalizersFor(metadata, options, strategy)
    : (metadata.finalizers ?? []);
  if (finalizers.length === 0 && going.graceSeconds === 0) {
    // The last that is seen of what could have had grace says that it had none.
    const object = strategy.graceSeconds ? withGoing(current.value, going, finalizers) : current.value;
    return {
      writes: [
        deleteOf({ current, object, traits: resource }),
        ...released(preparation, resource, current.value),
      ],
      conditions: [],
      answer: ([last]) => ({ object: written(last), deleted: true }),
    };
  }
  const object = withGoing(current.value, going, finalizers);
  if (jsonEqual(object, current.value)) return unchanged({ object: current, deleted: false });
  return {
    writes: [updateOf({ current, object, traits: resource })],
    conditions: [],
    answer: ([marked]) => ({ object: written(marked), deleted: false }),
  };
}

interface Going {
  /** RFC 3339: when its grace ends. */
  readonly deletionTimestamp: string;
  readonly graceSeconds: number;
}

/** How the object goes; 'already' if it is going and this delete makes it go no faster. */
function goingOf(
  strategy: Strategy,
  object: KubeObject,
  { options, nowMs }: { options: DeleteOptions; nowMs: number },
): Going | 'already' {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined) {
    const graceSeconds = strategy.graceSeconds?.(object, options) ?? 0;
    return { deletionTimestamp: rfc3339(nowMs + graceSeconds * 1000), graceSeconds };
  }
  const endMs = Date.parse(deletionTimestamp);
  if (strategy.graceSeconds === undefined || deletionGracePeriodSeconds === 0)
    return { deletionTimestamp: rfc3339(Math.min(endMs, nowMs)), graceSeconds: 0 };
  const wanted = options.gracePeriodSeconds;
  if (wanted === undefined || wanted >= deletionGracePeriodSeconds) return 'already';
  const shorter = wanted < 0 ? 1 : wanted;
  const beginMs = endMs - deletionGracePeriodSeconds * 1000;
  const newEndMs = beginMs + shorter * 1000;
  if (newEndMs >= nowMs) return { deletionTimestamp: rfc3339(newEndMs), graceSeconds: shorter };
  // The shorter grace has passed already; whoever runs the object still gets a moment to end it in order.
  return { deletionTimestamp: rfc3339(nowMs), graceSeconds: shorter === 0 ? 0 : 1 };
}

/** The finalizers that the garbage collector answers to follow the propagation policy, or stay as they are. */
export function finalizersFor(
  metadata: KubeMetadata,
  options: DeleteOptions,
  { orphansByDefault }: Pick<Strategy, 'orphansByDefault'> = {},
): readonly string[] {
  const present = metadata.finalizers ?? [];
  const decided = present.some((one) => one === FINALIZER_ORPHAN || one === FINALIZER_FOREGROUND);
  const policy = options.propagationPolicy ?? (orphansByDefault && !decided ? 'Orphan' : undefined);
  if (policy === undefined) return present;
  const others = present.filter(
    (finalizer) => finalizer !== FINALIZER_ORPHAN && finalizer !== FINALIZER_FOREGROUND,
  );
  if (policy === 'Orphan') return [...others, FINALIZER_ORPHAN];
  return policy === 'Foreground' ? [...others, FINALIZER_FOREGROUND] : others;
}

function withGoing(object: KubeObject, going: Going, finalizers: readonly string[]): KubeObject {
  const { metadata } = object;
  const first = metadata.deletionTimestamp === undefined;
  // Controllers are to notice that it goes: that it is to go is a change of what is wanted.
  const generation = first && metadata.generation ? metadata.generation + 1 : metadata.generation;
  const { finalizers: _, ...rest } = metadata;
  return {
    ...object,
    metadata: {
      ...rest,
      ...(generation !== undefined && { generation }),
      ...(finalizers.length > 0 && { finalizers }),
      deletionTimestamp: going.deletionTimestamp,
      deletionGracePeriodSeconds: going.graceSeconds,
    },
  };
}
