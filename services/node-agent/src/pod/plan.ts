import { Draft } from './draft.ts';
import { endReason } from './end-reason.ts';
import { planEnd } from './plan-end.ts';
import { planRun } from './plan-run.ts';
import { type PodStatusValue, podStatus } from './status/pod-status.ts';
import type { Action, PlanInput } from './types.ts';

/**
 * The life of one pod on this node. `planPod` is pure: from the pod that is wanted, what is known of it and the time
 * it says which actions to begin now, what the status is, and when to ask again. Actions that are under way are part
 * of what is known and are never begun twice; whatever happens (an action ends, the runtime reports, a probe answers,
 * the pod changes, the time comes), the answer is simply asked for again.
 *
 *     making ──▶ running ──▶ finished ──┐
 *       │           │                   ├──▶ ended
 *       └───────────┴──▶ terminating ───┘
 *
 * making       No ready sandbox yet. Sandbox, volumes and the images that are needed first are made at the same time.
 * running      Init containers one by one, then all others at once; each is started as soon as its image, the
 *              sandbox and the volumes are there. What ends is started again as the restart policy says, no sooner
 *              than its backoff allows. A sandbox that died sends the pod back to making, with the next attempt.
 * finished     No container will run again (Succeeded, Failed): sidecars are ended, the sandbox is stopped, volumes
 *              are released. Containers stay for their logs until the pod is deleted.
 * terminating  Deletion was asked for, the deadline passed, or the API has the pod no more: containers get preStop,
 *              SIGTERM, the grace period, SIGKILL; sidecars after all others, the last first.
 * ended        Nothing of it runs. If it was deleted: the final status is written, the object is deleted from the
 *              API (grace 0, this uid only), and everything of it on this node is removed.
 *
 * Everything that must survive the agent is read from the runtime and the API: attempts, backoff (annotations of
 * containers), final statuses. So an agent that was killed at any point goes on from where it was.
 */
export function planPod(input: PlanInput): PodPlan {
  const draft = new Draft(input);
  const reason = endReason(input);
  if (reason) planEnd(input, reason, draft);
  else planRun(input, draft);
  return { actions: draft.actions, status: podStatus(input, reason), wakeAtMs: draft.wakeAtMs };
}

export interface PodPlan {
  readonly actions: readonly Action[];
  readonly status: PodStatusValue;
  /** Milliseconds since the epoch. */
  readonly wakeAtMs: number | undefined;
}
