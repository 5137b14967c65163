/**
 * A StatefulSet keeps a pod for each of its ordinals, with a name and volumes that stay. Every pass does:
 *
 *   adopt and release ─▶ a revision for the present template ─▶ fill up from the lowest ordinal
 *     ─▶ take away from the highest ─▶ update from the highest ─▶ forget revisions beyond the history limit
 *
 * In order (OrderedReady) each step waits until all pods before it are available; in parallel none does.
 */
import { isPodActive } from '@reckon/api';
import { type Plan, type PlanInput, PODS, STATEFUL_SETS } from '@reckon/client';
import { forgetRevisions, planHistory } from '../history/history.ts';
import { adoption, matches, release } from '../ownership.ts';
import { revisionOf, type SetState, setStateOf } from './set.ts';
import { statefulSetStatus } from './status.ts';
import { planPods } from './steps.ts';
import { ordinalOf, type StatefulSetDesired, type StatefulSetObserved } from './types.ts';

export function planStatefulSet({
  desired: set,
  observed,
  now: nowMs,
}: PlanInput<StatefulSetDesired, StatefulSetObserved>): Plan {
  if (set.metadata.deletionTimestamp) return { actions: [] };
  const strangers = observed.owned.filter(
    (pod) => isPodActive(pod) && (!matches(set.spec?.selector, pod) || ordinalOf(set, pod) === undefined),
  );
  const handovers = [
    ...strangers.map((pod) => release(PODS, pod, set)),
    ...observed.orphans.map((pod) => adoption(PODS, pod, set)),
  ];
  if (handovers.length > 0) return { actions: handovers };
  const history = planHistory({
    owner: set,
    template: set.spec?.template,
    observed: observed.revisions,
    collisionCount: set.status?.collisionCount ?? 0,
  });
  const state = setStateOf({ set, observed, history, nowMs });
  const { status, wakeAtMs } = statefulSetStatus(state);
  const steps = history.collision ? [] : planPods(state);
  const inUse = new Set([state.current, state.update, ...observed.owned.map(revisionOf)]);
  const limit = set.spec?.revisionHistoryLimit ?? 10;
  return {
    actions: [...history.actions, ...steps, ...forgetRevisions(set, history, { inUse, limit })],
    status: {
      resource: STATEFUL_SETS,
      object: set,
      status,
      because: becauseOf(state, status.updatedReplicas),
    },
    wakeAtMs,
  };
}

function becauseOf({ replicas, set }: SetState, updated = 0): string {
  return `${updated} of ${replicas} pods of StatefulSet ${set.metadata.name} have the present template`;
}
