/** A rolling update: old daemons are deleted first (maxUnavailable), or new ones made beside them (maxSurge, KEP-1591). */
import { scaledValue } from '@reckon/api';
import type { Action } from '@reckon/client';
import { type Daemons, isAvailable, type Spot } from './daemons.ts';
import { podCreation, podDeletion } from './pods.ts';

/** How many nodes may run an old and a new daemon; 0: the old one goes before the new one comes. */
export function surgeOf({ daemonSet, spots }: Daemons): number {
  const { type, rollingUpdate } = daemonSet.spec?.updateStrategy ?? {};
  if ((type ?? 'RollingUpdate') !== 'RollingUpdate') return 0;
  return scaledValue(rollingUpdate?.maxSurge ?? 0, wantedOn(spots).length, 'up');
}

export function updateDaemons(daemons: Daemons): readonly Action[] {
  const { type } = daemons.daemonSet.spec?.updateStrategy ?? {};
  if ((type ?? 'RollingUpdate') !== 'RollingUpdate') return [];
  const surge = surgeOf(daemons);
  return surge > 0 ? surgeUpdate(daemons, surge) : replaceUpdate(daemons);
}

function wantedOn(spots: readonly Spot[]): readonly Spot[] {
  return spots.filter(({ place }) => place === 'run');
}

function replaceUpdate(daemons: Daemons): readonly Action[] {
  const { daemonSet, hash } = daemons;
  const spots = wantedOn(daemons.spots);
  const setting = daemonSet.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  const most = Math.max(1, scaledValue(setting, spots.length, 'up'));
  const outdated = daemons.spots.filter(
    ({ place, stale, fresh }) => place !== 'no' && stale.length > 0 && fresh.length === 0,
  );
  // What does not work anyway is replaced at once.
  const broken = outdated.filter(({ stale }) => !isAvailable(daemons, stale[0]));
  const working = outdated.filter(({ stale }) => isAvailable(daemons, stale[0]));
  const missing = spots.filter(({ fresh, stale }) => !isAvailable(daemons, fresh[0] ?? stale[0])).length;
  return [...broken, ...working.slice(0, Math.max(0, most - missing))].flatMap(({ nodeName, stale }) =>
    stale
      .slice(0, 1)
      .map((pod) =>
        podDeletion(
          daemonSet,
          pod,
          `the pod on node ${nodeName} is not of revision ${hash} of DaemonSet ${daemonSet.metadata.name}`,
        ),
      ),
  );
}

function surgeUpdate(daemons: Daemons, most: number): readonly Action[] {
  const { daemonSet, hash } = daemons;
  const spots = wantedOn(daemons.spots);
  const outdated = spots.filter(({ stale, fresh }) => stale.length > 0 && fresh.length === 0);
  const broken = outdated.filter(({ stale }) => !isAvailable(daemons, stale[0]));
  const working = outdated.filter(({ stale }) => isAvailable(daemons, stale[0]));
  const surging = spots.filter(({ stale, fresh }) => stale.length > 0 && fresh.length > 0).length;
  return [...broken, ...working.slice(0, Math.max(0, most - surging))].map(({ nodeName, pods }) => {
    const because = `node ${nodeName} has no pod of revision ${hash} of DaemonSet ${daemonSet.metadata.name} yet`;
    const taken = new Set(pods.map(({ metadata }) => metadata.name));
    return podCreation(daemonSet, { nodeName, hash, because }, taken);
  });
}
