/** Which pods are entered in the status, which finalizers may go, and what is counted for good (see `count.ts`). */
import { type Action, type Frozen, nameOf, PODS } from '@reckon/client';
import type { JobStatus } from '@reckon/proto/reckon/api/batch/v1/job.ts';
import type { StoredJob, StoredPod } from '../resources.ts';
import { type Count, countsAsFailure, type EnteredUids, enteredUids, hasSucceeded } from './count.ts';
import {
  countIndexesOf,
  formatIndexes,
  hasIndex,
  type IndexSet,
  parseIndexes,
  withIndexes,
} from './index-set.ts';
import { attemptOf, completionIndexOf, hasFailed, isIndexed, isPerIndex } from './pod-facts.ts';
import { type End, TRACKING_FINALIZER } from './types.ts';

/** The status lists at most so many pods; the others wait for their turn with their finalizers. */
const MAX_ENTERED = 500;

type Counters = Pick<
  Frozen<JobStatus>,
  'succeeded' | 'failed' | 'completedIndexes' | 'failedIndexes' | 'uncountedTerminatedPods'
>;

export interface JobRecord {
  readonly counters: Counters;
  /** What these pods count for is written down: nothing needs to hold them. */
  readonly releasable: readonly StoredPod[];
  /** Nothing is left to be counted. */
  readonly settled: boolean;
}

export interface RecordInput {
  readonly job: StoredJob;
  readonly owned: readonly StoredPod[];
  readonly count: Count;
  readonly end: End | undefined;
}

export function recordPods({ job, owned, count, end }: RecordInput): JobRecord {
  const entered = enteredUids(job);
  const limit = job.spec?.completions ?? 0;
  const held = isPerIndex(job) && !end ? lastFailures(job, owned, count) : new Set<StoredPod>();
  const ledger = new Ledger(job, entered, count.tracked);
  const releasable: StoredPod[] = [];
  let waiting = false;
  for (const pod of count.tracked) {
    const verdict = verdictOf(job, pod, { entered, end });
    if (verdict === 'undecided') continue;
    if (verdict !== 'nothing' && !ledger.has(pod, verdict)) {
      waiting = true;
      ledger.enter(pod, verdict);
    } else if (!held.has(pod)) releasable.push(pod);
  }
  const failedIndexes = isPerIndex(job) ? { failedIndexes: formatIndexes(count.failedIndexes) } : {};
  const kept = parseIndexes(job.status?.failedIndexes, limit);
  return {
    counters: { ...ledger.counters(), ...failedIndexes },
    releasable: releasable.filter((pod) => !isPerIndex(job) || isWrittenFailed(job, pod, count, kept)),
    settled: !waiting && ledger.empty && releasable.length === 0 && held.size === 0,
  };
}

type Verdict = 'succeeded' | 'failed' | 'nothing' | 'undecided';

function verdictOf(
  job: StoredJob,
  pod: StoredPod,
  { entered, end }: { readonly entered: EnteredUids; readonly end: End | undefined },
): Verdict {
  if (hasSucceeded(pod, entered)) {
    return isIndexed(job) && completionIndexOf(job, pod) === undefined ? 'nothing' : 'succeeded';
  }
  if (entered.failed.has(pod.metadata.uid)) return 'failed';
  if (hasFailed(job, pod)) return countsAsFailure(job, pod) ? 'failed' : 'nothing';
  // What still runs when a Job fails has failed with it; when it succeeds, it does not matter any more.
  if (end) return end.outcome === 'failed' ? failedWithJob(job, pod) : 'nothing';
  return job.metadata.deletionTimestamp ? 'nothing' : 'undecided';
}

function failedWithJob(job: StoredJob, pod: StoredPod): Verdict {
  return isIndexed(job) && completionIndexOf(job, pod) === undefined ? 'nothing' : 'failed';
}

/** An index that is lost for good must be written before the pod that says so goes. */
function isWrittenFailed(job: StoredJob, pod: StoredPod, count: Count, written: IndexSet): boolean {
  const index = completionIndexOf(job, pod);
  return index === undefined || !hasIndex(count.failedIndexes, index) || hasIndex(written, index);
}

/** The status's part about counting, as it will be. */
class Ledger {
  readonly #job: StoredJob;
  readonly #written: IndexSet;
  readonly #entered: EnteredUids;
  readonly #succeeded: string[];
  readonly #failed: string[];
  readonly #newIndexes: number[] = [];
  readonly #counted: { readonly succeeded: number; readonly failed: number };

  constructor(job: StoredJob, entered: EnteredUids, tracked: readonly StoredPod[]) {
    this.#job = job;
    this.#entered = entered;
    this.#written = parseIndexes(job.status?.completedIndexes, job.spec?.completions ?? 0);
    const present = new Set(tracked.map(({ metadata }) => metadata.uid));
    const still = (uids: ReadonlySet<string>) => [...uids].filter((uid) => present.has(uid));
    this.#succeeded = still(entered.succeeded);
    this.#failed = still(entered.failed);
    this.#counted = {
      succeeded: (job.status?.succeeded ?? 0) + entered.succeeded.size - this.#succeeded.length,
      failed: (job.status?.failed ?? 0) + entered.failed.size - this.#failed.length,
    };
  }

  get empty(): boolean {
    return this.#succeeded.length + this.#failed.length === 0;
  }

  has(pod: StoredPod, verdict: 'succeeded' | 'failed'): boolean {
    if (verdict === 'failed') return this.#entered.failed.has(pod.metadata.uid);
    if (!isIndexed(this.#job)) return this.#entered.succeeded.has(pod.metadata.uid);
    return hasIndex(this.#written, completionIndexOf(this.#job, pod) ?? -1);
  }

  enter(pod: StoredPod, verdict: 'succeeded' | 'failed'): void {
    const length = this.#succeeded.length + this.#failed.length + this.#newIndexes.length;
    if (length >= MAX_ENTERED) return;
    if (verdict === 'failed') this.#failed.push(pod.metadata.uid);
    else if (!isIndexed(this.#job)) this.#succeeded.push(pod.metadata.uid);
    else this.#newIndexes.push(completionIndexOf(this.#job, pod) ?? 0);
  }

  counters(): Counters {
    const indexed = isIndexed(this.#job);
    const completed = withIndexes(this.#written, this.#newIndexes);
    const succeeded = indexed ? countIndexesOf(completed) : this.#counted.succeeded;
    const { failed } = this.#counted;
    return {
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(failed > 0 ? { failed } : {}),
      ...(indexed && completed.length > 0 ? { completedIndexes: formatIndexes(completed) } : {}),
      uncountedTerminatedPods: {
        ...(this.#succeeded.length > 0 ? { succeeded: this.#succeeded } : {}),
        ...(this.#failed.length > 0 ? { failed: this.#failed } : {}),
      },
    };
  }
}

/** Of every index that is open: its last failed pod, as long as no other has taken its place. It knows the attempts. */
export function lastFailures(
  job: StoredJob,
  owned: readonly StoredPod[],
  { tracked, completed, failedIndexes }: Count,
): Set<StoredPod> {
  const latest = new Map<number, StoredPod>();
  for (const pod of owned) {
    const index = completionIndexOf(job, pod);
    if (index === undefined || hasIndex(completed, index) || hasIndex(failedIndexes, index)) continue;
    const other = latest.get(index);
    if (!other || attemptOf(pod) > attemptOf(other)) latest.set(index, pod);
  }
  const failed = new Set(tracked.filter((pod) => hasFailed(job, pod)));
  return new Set([...latest.values()].filter((pod) => failed.has(pod)));
}

export function releaseOf(job: StoredJob, pod: StoredPod, because: string): Action {
  const { uid, resourceVersion, finalizers = [] } = pod.metadata;
  const left = finalizers.filter((name) => name !== TRACKING_FINALIZER);
  return {
    type: 'patch',
    resource: PODS,
    target: nameOf(pod),
    patch: { type: 'merge', value: { metadata: { finalizers: left.length > 0 ? left : null } } },
    precondition: { uid, resourceVersion },
    because: `${because} (Job ${job.metadata.name})`,
  };
}
