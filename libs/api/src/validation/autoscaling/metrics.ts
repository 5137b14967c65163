import type {
  MetricSpec,
  MetricTarget,
} from '@reckon/proto/reckon/api/autoscaling/v2/horizontal_pod_autoscaler.ts';
import type { Cause } from '../../errors/api-error.ts';
import { pathSegmentName } from '../../names/object-name.ts';
import { forbidden, invalidEach, invalidValue, required } from '../causes.ts';
import { isPositive } from '../storage/quantities.ts';
import type { Frozen } from '../types.ts';

const SOURCES = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
} as const;

type Target = Frozen<MetricTarget>;

export function checkMetrics(metrics: readonly Frozen<MetricSpec>[], path: string, causes: Cause[]): void {
  for (const [index, metric] of metrics.entries()) checkMetric(metric, `${path}[${index}]`, causes);
}

function checkMetric(metric: Frozen<MetricSpec>, path: string, causes: Cause[]): void {
  const given = Object.values(SOURCES).filter((field) => metric[field] !== undefined);
  for (const [type, field] of Object.entries(SOURCES)) {
    if (type !== metric.type) continue;
    if (given.includes(field)) continue;
    causes.push(required(`${path}.${field}`, 'must populate information for the given metric source'));
  }
  for (const field of given) {
    if (metric.type === undefined || SOURCES[metric.type as keyof typeof SOURCES] === field) continue;
    causes.push(forbidden(`${path}.${field}`, 'must populate the given metric source only'));
  }
  for (const field of given) checkSource(metric, field, `${path}.${field}`, causes);
}

function checkSource(
  metric: Frozen<MetricSpec>,
  field: (typeof SOURCES)[keyof typeof SOURCES],
  path: string,
  causes: Cause[],
): void {
  const target: Target = metric[field]?.target ?? {};
  checkAmounts(target, `${path}.target`, causes);
  const { averageUtilization, averageValue, value } = target;
  switch (field) {
    case 'resource':
    case 'containerResource':
      if (averageUtilization === undefined && averageValue === undefined) {
        const why = 'must set either a target raw value or a target utilization';
        causes.push(required(`${path}.target.averageUtilization`, why));
      }
      if (averageUtilization !== undefined && averageValue !== undefined) {
        const why = 'may not set both a target raw value and a target utilization';
        causes.push(forbidden(`${path}.target.averageValue`, why));
      }
      return;
    case 'pods':
      checkName(metric.pods?.metric?.name, path, causes);
      if (averageValue === undefined) {
        causes.push(required(`${path}.target.averageValue`, 'must specify a positive target averageValue'));
      }
      return;
    case 'object':
    case 'external':
      checkName(metric[field]?.metric?.name, path, causes);
      if (averageValue === undefined && value === undefined) {
        const why = 'must set either a target value or averageValue';
        causes.push(required(`${path}.target.averageValue`, why));
      }
      if (field === 'external' && averageValue !== undefined && value !== undefined) {
        const why = 'may not set both a target value for metric and a per-pod target';
        causes.push(forbidden(`${path}.target.value`, why));
      }
  }
}

function checkName(name: string | undefined, path: string, causes: Cause[]): void {
  if (!name) return;
  invalidEach(causes, `${path}.metric.name`, name, pathSegmentName(name, false));
}

function checkAmounts(
  { averageUtilization, averageValue, value }: Target,
  path: string,
  causes: Cause[],
): void {
  if (averageUtilization !== undefined && averageUtilization < 1) {
    causes.push(invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  }
  for (const [field, amount] of Object.entries({ averageValue, value })) {
    if (amount === undefined || isPositive(amount)) continue;
    causes.push(invalidValue(`${path}.${field}`, amount, 'must be positive'));
  }
}
