/**
 * A DaemonSet keeps one pod on each node that it is for. Every pass does:
 *
 *   adopt and release ─▶ a revision for the present template ─▶ fill and clear the nodes
 *     ─▶ update, once there is nothing to fill or clear ─▶ forget revisions beyond the history limit
 */
import { isPodActive } from '@reckon/api';
import { DAEMON_SETS, type Plan, type PlanInput, PODS } from '@reckon/client';
import { forgetRevisions, hashOf, planHistory } from '../history/history.ts';
import { adoption, matches, release } from '../ownership.ts';
import { daemonsOf } from './daemons.ts';
import { manageDaemons } from './manage.ts';
import { daemonSetStatus } from './status.ts';
import { type DaemonSetDesired, type DaemonSetObserved, REVISION_LABEL } from './types.ts';
import { updateDaemons } from './update.ts';

/** At most so many pods a pass, so that one DaemonSet does not keep the others waiting. */
const BURST = 500;

export function planDaemonSet({
  desired: daemonSet,
  observed,
  now: nowMs,
}: PlanInput<DaemonSetDesired, DaemonSetObserved>): Plan {
  if (daemonSet.metadata.deletionTimestamp) return { actions: [] };
  const { spec, metadata } = daemonSet;
  const strangers = observed.owned.filter((pod) => isPodActive(pod) && !matches(spec?.selector, pod));
  const handovers = [
    ...strangers.map((pod) => release(PODS, pod, daemonSet)),
    ...observed.orphans.map((pod) => adoption(PODS, pod, daemonSet)),
  ];
  if (handovers.length > 0) return { actions: handovers };
  const history = planHistory({
    owner: daemonSet,
    template: spec?.template,
    observed: observed.revisions,
    collisionCount: daemonSet.status?.collisionCount ?? 0,
  });
  const hash = hashOf(daemonSet, history.update);
  const daemons = daemonsOf({ daemonSet, observed, hash, nowMs });
  const managed = manageDaemons(daemons);
  const moves = managed.actions.length > 0 ? managed.actions : updateDaemons(daemons);
  const { status, wakeAtMs } = daemonSetStatus(daemons, history.collision);
  const hashes = [hash, ...observed.owned.map((pod) => pod.metadata.labels?.[REVISION_LABEL] ?? '')];
  const inUse = new Set(hashes.map((one) => `${metadata.name}-${one}`));
  const forgotten = forgetRevisions(daemonSet, history, { inUse, limit: spec?.revisionHistoryLimit ?? 10 });
  return {
    actions: [...history.actions, ...(history.collision ? [] : moves.slice(0, BURST)), ...forgotten],
    status: {
      resource: DAEMON_SETS,
      object: daemonSet,
      status,
      because: `${status.currentNumberScheduled} of ${status.desiredNumberScheduled} nodes have their pod of DaemonSet ${metadata.name}, ${status.numberReady} are ready`,
    },
    wakeAtMs: earliest(wakeAtMs, managed.wakeAtMs),
  };
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? Math.min(...known) : undefined;
}
