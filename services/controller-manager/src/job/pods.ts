/** Which pods a Job makes, and which it takes away because there are too many. */
import { controllerRef } from '@reckon/api';
import { type Action, derivedName, derivedSuffix, type Frozen, nameOf, PODS } from '@reckon/client';
import type { Pod } from '@reckon/proto/reckon/api/core/v1/pod.ts';
import { inVictimOrder } from '../replicaset/victims.ts';
import type { StoredJob, StoredPod } from '../resources.ts';
import { failureVerdict } from './failure-policy.ts';
import {
  byName,
  completionIndexOf,
  ignoredIndexFailuresOf,
  indexFailuresOf,
  isIndexed,
  isPerIndex,
} from './pod-facts.ts';
import { COMPLETION_INDEX, IGNORED_INDEX_FAILURES, INDEX_FAILURES, TRACKING_FINALIZER } from './types.ts';

/** A pod to be made; `index` and the failed pod before it for Indexed Jobs only. */
export interface Wanted {
  readonly index?: number;
  readonly replaced?: StoredPod | undefined;
}

/** A longer base would not leave room for the suffix in a pod's name. */
const MAX_BASE_CHARS = 57;

/** Names depend on the Job's revision, as with ReplicaSets: a plan that is made twice names the same pods. */
export function creationsOf(
  job: StoredJob,
  wanted: readonly Wanted[],
  owned: readonly StoredPod[],
): readonly Action[] {
  const taken = new Set(owned.map(({ metadata }) => metadata.name));
  const { uid, resourceVersion } = job.metadata;
  let ordinal = 0;
  return wanted.map((one) => {
    const base = baseName(job, one);
    let name: string;
    do name = nextName(base, uid, resourceVersion, ordinal++);
    while (taken.has(name));
    return creation(job, podOf(job, one, { name, generateName: `${base}-` }));
  });
}

function nextName(base: string, uid: string, revision: string, ordinal: number): string {
  return base.length > MAX_BASE_CHARS
    ? `${base.slice(0, MAX_BASE_CHARS)}-${derivedSuffix(5, base, uid, revision, ordinal)}`
    : derivedName(base, uid, revision, ordinal);
}

function baseName({ metadata }: StoredJob, { index }: Wanted): string {
  return index === undefined ? metadata.name : `${metadata.name}-${index}`;
}

function creation(job: StoredJob, pod: Frozen<Pod>): Action {
  const { completions, parallelism } = job.spec ?? {};
  const goal = completions === undefined ? 'one success' : `${completions} successes`;
  return {
    type: 'create',
    resource: PODS,
    object: pod,
    because: `Job ${job.metadata.name} asks for ${goal}, with ${parallelism ?? 1} pods at a time`,
    event: {
      regarding: job,
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata?.name}`,
    },
    failureEvent: { regarding: job, type: 'Warning', reason: 'FailedCreate', message: 'Error creating' },
  };
}

function podOf(
  job: StoredJob,
  wanted: Wanted,
  names: { readonly name: string; readonly generateName: string },
): Frozen<Pod> {
  const { metadata, spec } = job.spec?.template ?? {};
  const { index } = wanted;
  const annotations = { ...metadata?.annotations, ...indexAnnotations(job, wanted) };
  const labels = {
    ...metadata?.labels,
    ...(index === undefined ? {} : { [COMPLETION_INDEX]: String(index) }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...names,
      namespace: job.metadata.namespace,
      labels,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      finalizers: [...new Set([...(metadata?.finalizers ?? []), TRACKING_FINALIZER])],
      ownerReferences: [controllerRef(job)],
    },
    spec:
      index === undefined
        ? (spec ?? {})
        : {
            ...spec,
            hostname: baseName(job, wanted),
            containers: withIndexVariable(spec?.containers ?? []),
            ...(spec?.initContainers ? { initContainers: withIndexVariable(spec.initContainers) } : {}),
          },
  };
}

function indexAnnotations(job: StoredJob, { index, replaced }: Wanted): Record<string, string> {
  if (index === undefined) return {};
  const annotations: Record<string, string> = { [COMPLETION_INDEX]: String(index) };
  if (!isPerIndex(job)) return annotations;
  const ignored = replaced !== undefined && failureVerdict(job, replaced).action === 'Ignore';
  const failures = replaced ? indexFailuresOf(replaced) + (ignored ? 0 : 1) : 0;
  const ignoredFailures = replaced ? ignoredIndexFailuresOf(replaced) + (ignored ? 1 : 0) : 0;
  annotations[INDEX_FAILURES] = String(failures);
  if (ignoredFailures > 0) annotations[IGNORED_INDEX_FAILURES] = String(ignoredFailures);
  return annotations;
}

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';

type Containers = NonNullable<NonNullable<Frozen<Pod>['spec']>['containers']>;

function withIndexVariable(containers: Containers): Containers {
  const variable = {
    name: INDEX_VARIABLE,
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['${COMPLETION_INDEX}']` } },
  };
  return containers.map((container) =>
    container.env?.some(({ name }) => name === INDEX_VARIABLE)
      ? container
      : { ...container, env: [...(container.env ?? []), variable] },
  );
}

/** Second pods of one index and those of indexes that are not asked for any more go first, and do so in any case. */
export function surplusPods(
  job: StoredJob,
  working: readonly StoredPod[],
  atLeast: number,
): readonly StoredPod[] {
  const ordered = inVictimOrder(working, new Map());
  const misplaced = isIndexed(job) ? misplacedPods(job, ordered) : [];
  const others = ordered.filter((pod) => !misplaced.includes(pod));
  return [...misplaced, ...others.slice(0, Math.max(0, atLeast - misplaced.length))].sort(byName);
}

function misplacedPods(job: StoredJob, ordered: readonly StoredPod[]): readonly StoredPod[] {
  const seen = new Set<number>();
  // The least useful ones are in front: the last of an index is the one to keep.
  return [...ordered].reverse().filter((pod) => {
    const index = completionIndexOf(job, pod);
    if (index === undefined || seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}

export function deletionOf(job: StoredJob, pod: StoredPod, because: string): Action {
  const { name, uid } = pod.metadata;
  return {
    type: 'delete',
    resource: PODS,
    target: nameOf(pod),
    precondition: { uid },
    because,
    event: {
      regarding: job,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${name}`,
    },
    failureEvent: {
      regarding: job,
      type: 'Warning',
      reason: 'FailedDelete',
      message: `Error deleting pod ${name}`,
    },
  };
}
