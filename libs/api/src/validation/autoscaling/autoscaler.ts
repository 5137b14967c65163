import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
} from '@reckon/proto/reckon/api/autoscaling/v2/horizontal_pod_autoscaler.ts';
import type { Cause } from '../../errors/api-error.ts';
import { pathSegmentName, subdomainName } from '../../names/object-name.ts';
import { invalidEach, invalidValue, nonNegative, required } from '../causes.ts';
import type { Frozen, KindRules } from '../types.ts';
import { checkMetrics } from './metrics.ts';

const MAX_WINDOW_SECONDS = 3_600;
const MAX_PERIOD_SECONDS = 1_800;

export const HORIZONTAL_POD_AUTOSCALER: KindRules<HorizontalPodAutoscaler> = {
  name: subdomainName,
  object: ({ spec = {} }, causes) => {
    checkReplicas(spec, causes);
    for (const field of ['kind', 'name'] as const) {
      const text = spec.scaleTargetRef?.[field] ?? '';
      if (text !== '')
        invalidEach(causes, `spec.scaleTargetRef.${field}`, text, pathSegmentName(text, false));
    }
    checkMetrics(spec.metrics ?? [], 'spec.metrics', causes);
    for (const direction of ['scaleUp', 'scaleDown'] as const) {
      const rules = spec.behavior?.[direction];
      if (rules !== undefined) checkRules(rules, `spec.behavior.${direction}`, causes);
    }
  },
  status: ({ status = {} }, _before, causes) => {
    nonNegative(causes, 'status.currentReplicas', status.currentReplicas);
    nonNegative(causes, 'status.desiredReplicas', status.desiredReplicas);
  },
};

function checkReplicas(
  { minReplicas = 1, maxReplicas = 0, metrics = [] }: Frozen<HorizontalPodAutoscalerSpec>,
  causes: Cause[],
): void {
  // Without pods only something other than pods can say that there should be some.
  const mayBeNone = metrics.some(({ type }) => type === 'Object' || type === 'External');
  const least = mayBeNone ? 0 : 1;
  if (minReplicas < least) {
    causes.push(invalidValue('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`));
  }
  if (maxReplicas < 1) causes.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (maxReplicas < minReplicas) {
    const why = 'must be greater than or equal to `minReplicas`';
    causes.push(invalidValue('spec.maxReplicas', maxReplicas, why));
  }
}

function checkRules(
  { stabilizationWindowSeconds: window = 0, policies = [] }: Frozen<HPAScalingRules>,
  path: string,
  causes: Cause[],
): void {
  const windowField = `${path}.stabilizationWindowSeconds`;
  if (window < 0) causes.push(invalidValue(windowField, window, 'must be greater than or equal to zero'));
  if (window > MAX_WINDOW_SECONDS) {
    causes.push(invalidValue(windowField, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`));
  }
  if (policies.length === 0) causes.push(required(`${path}.policies`, 'must specify at least one Policy'));
  for (const [index, { value = 0, periodSeconds = 0 }] of policies.entries()) {
    const here = `${path}.policies[${index}]`;
    for (const [field, number] of Object.entries({ value, periodSeconds })) {
      if (number <= 0) causes.push(invalidValue(`${here}.${field}`, number, 'must be greater than zero'));
    }
    if (periodSeconds > MAX_PERIOD_SECONDS) {
      const why = `must be less than or equal to ${MAX_PERIOD_SECONDS}`;
      causes.push(invalidValue(`${here}.periodSeconds`, periodSeconds, why));
    }
  }
}
