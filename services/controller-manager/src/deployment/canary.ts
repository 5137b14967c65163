/**
 * A rollout in steps. Of a step at a time:
 *
 *   going (the new version grows to the weight) ─▶ holding (for a time) ─────────┐
 *                                               └▶ paused (until it is resumed) ─┴─▶ the next step
 *
 * The one thing to remember, the last step that was held and since when, is an annotation of the Deployment, so that a
 * pause and what is remembered of it are one write. A template that was complete once (a rollback) needs no canary.
 */
import { POD_TEMPLATE_HASH_LABEL, rfc3339 } from '@reckon/api';
import { type Action, DEPLOYMENTS, nameOf } from '@reckon/client';
import { CANARY_ANNOTATION, type CanaryStep, type Hold, parseCanary } from './canary-steps.ts';
import { wasComplete } from './completed.ts';
import { available, isActive, sum, wanted } from './rollout.ts';
import type { Rollout } from './types.ts';

/** `HASH STEP SINCE`: the pod-template-hash, the step counted from 0, RFC 3339. */
export const CANARY_STEP_ANNOTATION = 'reckon.dev/canary-step';

export interface Canary {
  /** The most pods of the new version now. */
  readonly most: number;
  readonly step: CanaryStep;
  /** From 0. */
  readonly index: number;
  readonly count: number;
  /** This step is held, and for how long. */
  readonly untilMs: number | undefined;
}

/** Where a stepwise rollout is; undefined if this one does not go in steps (any more); a string says what is wrong. */
export function canaryOf(rollout: Rollout, nowMs: number): Canary | string | undefined {
  const { deployment, current, replicas } = rollout;
  const text = deployment.metadata.annotations?.[CANARY_ANNOTATION];
  if (text === undefined || deployment.spec?.strategy?.type === 'Recreate') return undefined;
  if (!rollout.old.some(isActive) || (current && wasComplete(current))) return undefined;
  const parsed = parseCanary(text);
  if ('mistake' in parsed) return parsed.mistake;
  const { steps } = parsed;
  const held = heldStep(rollout);
  const until = held && untilMs(steps[held.index]?.hold, held.sinceMs);
  const holding = until !== undefined && until > nowMs;
  const index = held ? held.index + (holding ? 0 : 1) : 0;
  const step = steps[index];
  if (!step) return undefined;
  return {
    most: Math.ceil((replicas * step.percent) / 100),
    step,
    index,
    count: steps.length,
    untilMs: holding ? until : undefined,
  };
}

/** The present template is held at a step, with old versions beside it. */
export function isHeldCanary(rollout: Rollout): boolean {
  return heldStep(rollout) !== undefined && rollout.old.some(isActive);
}

function untilMs(hold: Hold | undefined, sinceMs: number): number | undefined {
  return hold?.type === 'wait' ? sinceMs + hold.ms : undefined;
}

/** The last step of the present template that was held. */
function heldStep({ deployment, current }: Rollout) {
  const text = deployment.metadata.annotations?.[CANARY_STEP_ANNOTATION];
  const [hash, step, since] = text?.split(' ') ?? [];
  const sinceMs = Date.parse(since ?? '');
  if (!current || hash !== hashOf(current) || Number.isNaN(sinceMs)) return undefined;
  const index = Number(step);
  return Number.isInteger(index) && index >= 0 ? { index, sinceMs } : undefined;
}

function hashOf(replicaSet: NonNullable<Rollout['current']>): string {
  return replicaSet.metadata.labels?.[POD_TEMPLATE_HASH_LABEL] ?? replicaSet.metadata.name;
}

/** Holds the rollout once the weight of its step is reached. */
export function holdCanary(rollout: Rollout, canary: Canary, nowMs: number): readonly Action[] {
  const { deployment, current, replicas } = rollout;
  const { most, step, index, count } = canary;
  const held = canary.untilMs !== undefined || step.hold.type === 'none';
  if (!current || held || !isReached(rollout, most)) return [];
  const { name, uid, resourceVersion } = deployment.metadata;
  const annotations = { [CANARY_STEP_ANNOTATION]: `${hashOf(current)} ${index} ${rfc3339(nowMs)}` };
  const paused = step.hold.type === 'pause';
  const at = `step ${index + 1} of ${count} is reached: ${most} of ${replicas} replicas are of the new version`;
  const next = paused
    ? `"kubectl rollout resume deployment/${name}" goes on, "kubectl rollout undo" goes back`
    : 'the rollout goes on by itself when the time of the step has passed';
  const event = { regarding: deployment, type: 'Normal', reason: 'CanaryStepReached' } as const;
  return [
    {
      type: 'patch',
      resource: DEPLOYMENTS,
      target: nameOf(deployment),
      patch: { type: 'merge', value: { metadata: { annotations }, ...(paused && { spec: { paused } }) } },
      precondition: { uid, resourceVersion },
      because: `canary ${at}`,
      event: { ...event, message: `Canary ${at}; ${next}` },
    },
  ];
}

function isReached({ current, old, replicas }: Rollout, most: number): boolean {
  return available(current) >= most && wanted(current) >= most && sum(old, wanted) <= replicas - most;
}
