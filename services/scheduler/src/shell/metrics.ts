import { Metrics } from '@reckon/service';
import { PENDING_STATES, type PendingPods } from './pending-pods.ts';

/** What the scheduler shows of itself. Names follow kube-scheduler's where they mean the same. */
export interface SchedulerMetrics {
  planned(pods: number, seconds: number): void;
  bound(sinceFirstSeenSeconds: number): void;
  attempted(result: 'scheduled' | 'unschedulable' | 'error', count: number): void;
  /** Pods of lower priority that went to make room. */
  evicted(count: number): void;
  /** After a pass. */
  pending(pods: PendingPods): void;
}

export function schedulerMetrics(metrics: Metrics = new Metrics()): SchedulerMetrics {
  const attempts = metrics.counter<'result'>({
    name: 'reckon_scheduler_attempts_total',
    help: 'Pods planned, by how it ended.',
    labels: ['result'],
  });
  const planning = metrics.histogram({
    name: 'reckon_scheduler_pass_seconds',
    help: 'Planning time of one pass over all pods that were ready.',
  });
  const batch = metrics.histogram({
    name: 'reckon_scheduler_pass_pods',
    help: 'Pods in one pass.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000],
  });
  const binding = metrics.histogram({
    name: 'reckon_scheduler_pod_scheduling_seconds',
    help: 'From first seeing a pod to its binding being written.',
  });
  const victims = metrics.counter({
    name: 'reckon_scheduler_preemption_victims_total',
    help: 'Pods of lower priority that were deleted to make room.',
  });
  const gauge = metrics.gauge<'state'>({
    name: 'reckon_scheduler_pending_pods',
    help: 'Pods without a node after the last pass, by what they wait for.',
    labels: ['state'],
  });
  return {
    planned(pods, seconds) {
      planning.observe(seconds);
      batch.observe(pods);
    },
    bound: (seconds) => binding.observe(seconds),
    attempted: (result, count) => attempts.inc({ result }, count),
    evicted: (count) => victims.inc({}, count),
    pending(pods) {
      for (const state of PENDING_STATES) gauge.set({ state }, pods.count(state));
    },
  };
}
