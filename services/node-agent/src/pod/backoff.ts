/** Waiting times that grow with each failure in a row. */
export interface BackoffRule {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Restarts of containers, and pulls of images (Kubernetes: "Pod Lifecycle", "Images"). */
export const RESTART_BACKOFF: BackoffRule = { initialMs: 10_000, maxMs: 300_000 };
export const PULL_BACKOFF: BackoffRule = { initialMs: 10_000, maxMs: 300_000 };
/** Making sandboxes, volumes and containers: what is missing is mostly there a moment later. */
export const START_BACKOFF: BackoffRule = { initialMs: 1_000, maxMs: 10_000 };

/** A container that ran so long is no crashing one any more. */
const RESTART_RESET_MS = 600_000;

/** The wait after the `count`-th failure in a row (from 1). */
export function backoffMs(rule: BackoffRule, count: number): number {
  return Math.min(rule.initialMs * 2 ** Math.max(0, count - 1), rule.maxMs);
}

export interface Restart {
  readonly notBeforeMs: number;
  /** To be noted on the next instance: how long its own successor will wait. */
  readonly backoffMs: number;
}

/**
 * When a container that ended may be started again. The first restart is immediate, the second waits 10 s from the
 * end, each further one twice as long, up to 5 min; 10 min without a restart forget it all.
 */
export function restartOf(ended: {
  readonly createdAtMs: number;
  readonly finishedAtMs: number;
  readonly backoffMs: number;
}): Restart {
  const { initialMs, maxMs } = RESTART_BACKOFF;
  const forgotten = ended.finishedAtMs - ended.createdAtMs > RESTART_RESET_MS;
  if (ended.backoffMs === 0 || forgotten) return { notBeforeMs: ended.finishedAtMs, backoffMs: initialMs };
  return {
    notBeforeMs: ended.finishedAtMs + ended.backoffMs,
    backoffMs: Math.min(ended.backoffMs * 2, maxMs),
  };
}
