import type { Budget, PodRequest } from './types.ts';

/** What PodDisruptionBudgets still allow in the course of one pass. */
export class Budgets {
  readonly #budgets: readonly Budget[];
  readonly #allowed: number[];

  constructor(budgets: readonly Budget[]) {
    this.#budgets = budgets;
    this.#allowed = budgets.map(({ disruptionsAllowed }) => disruptionsAllowed);
  }

  /** Those of the pods, taken in this order, whose going one after another would break a budget. */
  violating(pods: readonly PodRequest[]): ReadonlySet<PodRequest> {
    const allowed = [...this.#allowed];
    return new Set(pods.filter((pod) => this.#spend(pod, allowed)));
  }

  spend(pods: readonly PodRequest[]): void {
    for (const pod of pods) this.#spend(pod, this.#allowed);
  }

  /** Changes `allowed`. Returns true if less than nothing is left somewhere. */
  #spend(pod: PodRequest, allowed: number[]): boolean {
    let violated = false;
    for (const [at, { namespace, selector, disrupted }] of this.#budgets.entries()) {
      if (namespace !== pod.namespace || disrupted.has(pod.name) || !selector.matches(pod.labels)) continue;
      const left = (allowed[at] ?? 0) - 1;
      allowed[at] = left;
      if (left < 0) violated = true;
    }
    return violated;
  }
}
