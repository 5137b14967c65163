/**
 * Daemons that have ended. One that failed is replaced, on each node ever more rarely as long as they fail there (as in
 * Kubernetes, pkg/controller/daemon: at once, then after 1 s, doubling to 15 min; forgotten after twice as long). How often
 * they have failed stands on the replacement, which is made in the transaction that deletes the failed one: so it
 * outlives the process, and no crash can lose it.
 */
import { isPodFinished } from '@reckon/api';
import type { Action, EventSpec } from '@reckon/client';
import type { StoredDaemonSet, StoredPod } from '../resources.ts';
import type { Daemons, Spot } from './daemons.ts';
import { podCreation, podDeletion } from './pods.ts';
import { REVISION_LABEL } from './types.ts';

/** On a pod: how many of this revision have failed on its node before it, in a row. */
export const FAILURES_ANNOTATION = 'reckon.dev/failed-daemons';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 15 * 60_000;
const FORGOTTEN_MS = 2 * MAX_BACKOFF_MS;

export interface Removal {
  readonly actions: readonly Action[];
  /** When the next one may be replaced. */
  readonly wakeAtMs?: number | undefined;
}

export function removeFinished(daemons: Daemons, spot: Spot): Removal {
  const actions: Action[] = [];
  let wakeAtMs: number | undefined;
  for (const pod of spot.pods) {
    if (pod.metadata.deletionTimestamp || !isPodFinished(pod)) continue;
    if (pod.status?.phase !== 'Failed') {
      actions.push(...removeSucceeded(daemons.daemonSet, spot, pod));
      continue;
    }
    const failures = failuresBefore(daemons, pod);
    const dueMs = madeAtMs(pod) + backoffMs(failures);
    if (failures === 0 || dueMs <= daemons.nowMs) actions.push(...replace(daemons, spot, { pod, failures }));
    else wakeAtMs = Math.min(dueMs, wakeAtMs ?? dueMs);
  }
  return { actions, wakeAtMs };
}

/** The failures of another revision do not count, nor do those of long ago. */
function failuresBefore({ hash, nowMs }: Daemons, pod: StoredPod): number {
  const { labels, annotations } = pod.metadata;
  if (labels?.[REVISION_LABEL] !== hash || nowMs - madeAtMs(pod) > FORGOTTEN_MS) return 0;
  const text = annotations?.[FAILURES_ANNOTATION] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function backoffMs(failures: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), MAX_BACKOFF_MS);
}

/** That is when the one before it was deleted. */
function madeAtMs({ metadata }: StoredPod): number {
  return Date.parse(metadata.creationTimestamp);
}

function replace(
  { daemonSet, hash }: Daemons,
  { nodeName, place, pods }: Spot,
  { pod, failures }: { readonly pod: StoredPod; readonly failures: number },
): readonly Action[] {
  const { namespace, name, uid } = pod.metadata;
  const message = `Found failed daemon pod ${namespace}/${name} on node ${nodeName}, will try to kill it`;
  const event: EventSpec = { regarding: daemonSet, type: 'Warning', reason: 'FailedDaemonPod', message };
  const because = `the pod of DaemonSet ${daemonSet.metadata.name} on node ${nodeName} has failed, ${failures + 1} in a row`;
  const deletion = podDeletion(daemonSet, pod, because);
  if (place !== 'run' || pods.length > 1) return [{ type: 'event', event }, deletion];
  const creation = podCreation(
    daemonSet,
    { nodeName, hash, because, replaces: uid, annotations: { [FAILURES_ANNOTATION]: `${failures + 1}` } },
    new Set([name]),
  );
  return [
    {
      type: 'transact',
      operations: [
        { verb: 'delete', resource: deletion.resource, target: deletion.target, preconditions: { uid } },
        { verb: 'create', resource: creation.resource, object: creation.object },
      ],
      because,
      event,
      failureEvent: creation.failureEvent,
    },
    ...[deletion, creation].flatMap((action) =>
      action.event ? [{ type: 'event', event: action.event } as const] : [],
    ),
  ];
}

function removeSucceeded(daemonSet: StoredDaemonSet, { nodeName }: Spot, pod: StoredPod): readonly Action[] {
  const { namespace, name } = pod.metadata;
  const message = `Found succeeded daemon pod ${namespace}/${name} on node ${nodeName}, will try to delete it`;
  return [
    {
      type: 'event',
      event: { regarding: daemonSet, type: 'Normal', reason: 'SucceededDaemonPod', message },
    },
    podDeletion(daemonSet, pod, 'the daemon has succeeded, and is to run for ever'),
  ];
}
