import type { Clock, Random } from '../clock.ts';
import type { HealthChecks } from '../health/checks.ts';
import type { Logger } from '../log/types.ts';
import type { Metrics } from '../metrics/metrics.ts';

/** What a service's main function is given: everything it may touch of the process it runs in. */
export interface ServiceContext<Config> {
  readonly name: string;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly health: HealthChecks;
  /** Aborted when the service shall end: on SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/**
 * Runs until `signal` is aborted, then winds down and resolves. Throwing, or resolving before the signal, ends the
 * process with an error: whoever watches it starts it again.
 */
export type ServiceMain<Config> = (context: ServiceContext<Config>) => Promise<void>;

/** Exit codes that a supervisor can tell apart. */
export const EXIT = {
  ok: 0,
  /** Something failed that a restart may mend. */
  failed: 1,
  /** The configuration is wrong: a restart alone will not help. */
  config: 2,
  /** Told to stop, but not done in time. */
  stuck: 3,
} as const;
