/** One daemon on each node that wants one, and none elsewhere; whatever else is there goes. */
import { isPodFinished } from '@reckon/api';
import type { Action } from '@reckon/client';
import { finishedAtMs } from '../job/pod-facts.ts';
import type { StoredPod } from '../resources.ts';
import { type Daemons, isAvailable, type Spot } from './daemons.ts';
import { podCreation, podDeletion } from './pods.ts';
import { surgeOf } from './update.ts';

/** A daemon that failed stays for so long, so that one which fails at once does not keep the cluster busy. */
const FAILED_STAYS_MS = 10_000;

export interface Management {
  readonly actions: readonly Action[];
  readonly wakeAtMs?: number | undefined;
}

export function manageDaemons(daemons: Daemons): Management {
  const { daemonSet, lost } = daemons;
  const spots = daemons.spots.map((spot) => manageSpot(daemons, spot));
  const strays = lost.map((pod) =>
    podDeletion(daemonSet, pod, 'the node that it was made for does not exist'),
  );
  const wakes = spots.map(({ wakeAtMs }) => wakeAtMs).filter((ms) => ms !== undefined);
  return {
    actions: [...strays, ...spots.flatMap(({ actions }) => actions)],
    wakeAtMs: wakes.length > 0 ? Math.min(...wakes) : undefined,
  };
}

function manageSpot(daemons: Daemons, spot: Spot): Management {
  const { daemonSet, hash } = daemons;
  const { nodeName, place, pods } = spot;
  const { name } = daemonSet.metadata;
  if (place === 'no') {
    const because = `DaemonSet ${name} is not for node ${nodeName}`;
    const present = pods.filter((pod) => !pod.metadata.deletionTimestamp);
    return { actions: present.map((pod) => podDeletion(daemonSet, pod, because)) };
  }
  if (pods.length === 0) {
    if (place === 'stay') return { actions: [] };
    const because = `DaemonSet ${name} has no pod on node ${nodeName}`;
    return { actions: [podCreation(daemonSet, { nodeName, hash, because }, new Set())] };
  }
  const finished = removeFinished(daemons, spot);
  return { ...finished, actions: [...finished.actions, ...removeSurplus(daemons, spot)] };
}

function removeFinished({ daemonSet, nowMs }: Daemons, { nodeName, pods }: Spot): Management {
  const actions: Action[] = [];
  let wakeAtMs: number | undefined;
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp || !isPodFinished(pod)) continue;
    const failed = pod.status?.phase === 'Failed';
    const dueMs = failed ? finishedAtMs(pod) + FAILED_STAYS_MS : 0;
    if (dueMs > nowMs) {
      wakeAtMs = Math.min(dueMs, wakeAtMs ?? dueMs);
      continue;
    }
    const { namespace, name } = pod.metadata;
    const [reason, what] = failed ? ['FailedDaemonPod', 'failed'] : ['SucceededDaemonPod', 'succeeded'];
    const message = `Found ${what} daemon pod ${namespace}/${name} on node ${nodeName}, will try to ${failed ? 'kill' : 'delete'} it`;
    const type = failed ? 'Warning' : 'Normal';
    actions.push(
      { type: 'event', event: { regarding: daemonSet, type, reason, message } },
      podDeletion(daemonSet, pod, `the daemon has finished (${what}), and is to run for ever`),
    );
  }
  return { actions, wakeAtMs };
}

/** While an update surges an old daemon and a new one may be there together, until the new one is available. */
function removeSurplus(daemons: Daemons, { nodeName, fresh, stale }: Spot): readonly Action[] {
  const { daemonSet } = daemons;
  const surplus: StoredPod[] = [];
  if (surgeOf(daemons) > 0) {
    const replaced = isAvailable(daemons, fresh[0]) || (fresh.length > 0 && !isAvailable(daemons, stale[0]));
    surplus.push(...fresh.slice(1), ...stale.slice(replaced ? 0 : 1));
  } else {
    // The oldest stays.
    surplus.push(...(stale.length > 0 ? [...stale.slice(1), ...fresh] : fresh.slice(1)));
  }
  const because = `node ${nodeName} has more than one pod of DaemonSet ${daemonSet.metadata.name}`;
  return surplus.map((pod) => podDeletion(daemonSet, pod, because));
}
