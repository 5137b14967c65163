/**
 * When a probe is asked next, and what its answers add up to: pure, so that every timing can be tested.
 *
 * An answer counts if it was asked for at a regular time (initial delay, then every period). A startup or readiness
 * probe is asked in between as well until it first succeeds, at growing distances: such answers count only if they
 * are good. So a container is ready when it is ready, not up to a period later, and is still given up no sooner than
 * Kubernetes would. (Kubernetes allows it: "While a container is not Ready, the ReadinessProbe may be executed at
 * times other than the configured periodSeconds interval.")
 */
import type { ProbeSettings } from './settings.ts';

export type ProbeKind = 'startup' | 'liveness' | 'readiness';

export interface ProbeProgress {
  /** The next regular time. */
  readonly regularAtMs: number;
  /** The next time of all. */
  readonly nextAtMs: number;
  /** Distance to the next time in between; 0: there are none any more. */
  readonly eagerMs: number;
  /** Good answers in a row. */
  readonly successes: number;
  /** Counted bad answers in a row. */
  readonly failures: number;
}

export interface ProbeVerdict {
  readonly progress: ProbeProgress;
  /** Undefined: no threshold was reached. */
  readonly verdict: 'success' | 'failure' | undefined;
  /** A bad answer that people are told of. */
  readonly counted: boolean;
}

const EAGER_START_MS = 50;

/** `fromMs`: the container's start, or the end of its startup probe. */
export function beginProbe(
  kind: ProbeKind,
  settings: ProbeSettings,
  times: { readonly fromMs: number; readonly nowMs: number; readonly succeededBefore: boolean },
): ProbeProgress {
  const firstAtMs = Math.max(times.fromMs + settings.initialDelayMs, times.nowMs);
  const eager = kind !== 'liveness' && !times.succeededBefore;
  // The very first answer of a readiness probe is always too early to blame anybody.
  const regularAtMs = kind === 'readiness' && eager ? firstAtMs + settings.periodMs : firstAtMs;
  return { regularAtMs, nextAtMs: firstAtMs, eagerMs: eager ? EAGER_START_MS : 0, successes: 0, failures: 0 };
}

export function answerProbe(
  progress: ProbeProgress,
  settings: ProbeSettings,
  answer: { readonly good: boolean; readonly askedAtMs: number; readonly nowMs: number },
): ProbeVerdict {
  const { periodMs, successThreshold, failureThreshold } = settings;
  const regular = answer.askedAtMs >= progress.regularAtMs;
  const regularAtMs = regular
    ? nextRegular(progress.regularAtMs, periodMs, answer.nowMs)
    : progress.regularAtMs;
  const counts = answer.good || regular;
  const successes = answer.good ? progress.successes + 1 : 0;
  const failures = answer.good ? 0 : progress.failures + (counts ? 1 : 0);
  const eagerMs = answer.good ? 0 : Math.min(progress.eagerMs * 2, periodMs);
  const eagerAtMs = progress.eagerMs > 0 && !answer.good ? answer.nowMs + progress.eagerMs : regularAtMs;
  return {
    progress: { regularAtMs, nextAtMs: Math.min(regularAtMs, eagerAtMs), eagerMs, successes, failures },
    verdict: verdictOf({ successes, failures, successThreshold, failureThreshold }),
    counted: counts && !answer.good,
  };
}

function nextRegular(regularAtMs: number, periodMs: number, nowMs: number): number {
  const missed = Math.floor(Math.max(0, nowMs - regularAtMs) / periodMs);
  return regularAtMs + (missed + 1) * periodMs;
}

function verdictOf(tally: {
  readonly successes: number;
  readonly failures: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}): 'success' | 'failure' | undefined {
  if (tally.successes >= tally.successThreshold) return 'success';
  return tally.failures >= tally.failureThreshold ? 'failure' : undefined;
}
