/** Counters in the status of workloads. */
import type { Cause } from '../errors/api-error.ts';
import { invalidValue, nonNegative } from './causes.ts';

export interface Readiness {
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
}

/** Of what there is some is ready, and of that some is available. */
export function checkReadiness(
  { replicas, readyReplicas, availableReplicas }: Readiness,
  causes: Cause[],
): void {
  atMost(causes, 'status.readyReplicas', readyReplicas, replicas, 'status.replicas');
  atMost(causes, 'status.availableReplicas', availableReplicas, replicas, 'status.replicas');
  atMost(causes, 'status.availableReplicas', availableReplicas, readyReplicas, 'readyReplicas');
}

export function atMost(causes: Cause[], field: string, value: number, bound: number, of: string): void {
  if (value > bound) causes.push(invalidValue(field, value, `cannot be greater than ${of}`));
}

/** None of the usual counters, nor of the further ones, is negative. */
export function checkCounts(
  status: Readonly<Record<string, unknown>>,
  further: readonly string[],
  causes: Cause[],
): void {
  for (const field of ['observedGeneration', 'replicas', 'readyReplicas', 'availableReplicas', ...further]) {
    const count = status[field];
    if (typeof count === 'number') nonNegative(causes, `status.${field}`, count);
  }
}

/** `status.collisionCount` goes into names that must not come again. */
export function checkCollisionCount(
  after: { readonly collisionCount?: number | undefined } | undefined,
  before: { readonly collisionCount?: number | undefined } | undefined,
  causes: Cause[],
): void {
  const count = after?.collisionCount ?? 0;
  if (count < (before?.collisionCount ?? 0)) {
    causes.push(invalidValue('status.collisionCount', count, 'cannot be decremented'));
  }
}
