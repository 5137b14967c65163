import type { Frozen } from '@reckon/client';
import type { Probe } from '@reckon/proto/reckon/api/core/v1/container.ts';

/** When and how often a probe is asked, with Kubernetes' defaults. */
export interface ProbeSettings {
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

export function probeSettings(probe: Frozen<Probe>): ProbeSettings {
  return {
    initialDelayMs: (probe.initialDelaySeconds ?? 0) * 1_000,
    periodMs: (probe.periodSeconds || 10) * 1_000,
    timeoutMs: (probe.timeoutSeconds || 1) * 1_000,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}
