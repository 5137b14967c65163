import { labelSelectorOf } from '@reckon/api';
import type { Stored } from '@reckon/client';
import type { PodDisruptionBudget } from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';
import type { Budget } from '../plan/types.ts';

const made = new WeakMap<object, Budget>();

/** Made once for each revision. An absent selector matches nothing, an empty one every pod of the namespace. */
export function budgetOf(object: Stored<PodDisruptionBudget>): Budget {
  let budget = made.get(object);
  if (!budget) {
    budget = {
      namespace: object.metadata.namespace ?? '',
      selector: labelSelectorOf(object.spec?.selector),
      disruptionsAllowed: object.status?.disruptionsAllowed ?? 0,
      disrupted: new Set(Object.keys(object.status?.disruptedPods ?? {})),
    };
    made.set(object, budget);
  }
  return budget;
}
