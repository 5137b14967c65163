import type { PodDisruptionBudget } from '@reckon/proto/reckon/api/policy/v1/pod_disruption_budget.ts';
import { subdomainName } from '../names/object-name.ts';
import { invalidValue, nonNegative } from './causes.ts';
import { checkAtMostAll } from './int-or-percent.ts';
import { checkLabelSelector } from './labels.ts';
import type { KindRules } from './types.ts';

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

export const POD_DISRUPTION_BUDGET: KindRules<PodDisruptionBudget> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    const { minAvailable, maxUnavailable, selector } = spec;
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      causes.push(invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
    }
    checkAtMostAll(minAvailable, 'spec.minAvailable', causes);
    checkAtMostAll(maxUnavailable, 'spec.maxUnavailable', causes);
    checkLabelSelector(selector, 'spec.selector', causes);
  },
  status: ({ status = {} }, _before, causes) => {
    for (const field of COUNTS) nonNegative(causes, `status.${field}`, status[field]);
  },
};
