/** One daemon on each node that wants one, and none elsewhere; whatever else is there goes. */
import type { Action } from '@reckon/client';
import type { StoredPod } from '../resources.ts';
import { type Daemons, isAvailable, type Spot } from './daemons.ts';
import { removeFinished } from './failed.ts';
import { podCreation, podDeletion } from './pods.ts';
import { surgeOf } from './update.ts';

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
