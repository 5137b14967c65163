/** Autoscalers of autoscaling/v1, kept as those of v2. What v1 has no fields for is in annotations, as in Kubernetes. */
import { isArray, isObject } from '../json/types.ts';
import type { Conversion } from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS]);

export const AUTOSCALERS_V1: Conversion = {
  storedAs: 'horizontalpodautoscalers.autoscaling',
  toStored({ metadata, spec, status, ...rest }) {
    const { annotations, ...named } = metadata;
    const others = Object.entries(annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.has(key));
    const kept = annotations === undefined ? {} : { annotations: Object.fromEntries(others) };
    const hidden = annotations ?? {};
    return {
      ...rest,
      apiVersion: 'autoscaling/v2',
      metadata: { ...named, ...kept },
      ...(isObject(spec) && { spec: storedSpec(spec, hidden) }),
      ...(isObject(status) && { status: storedStatus(status, hidden) }),
    };
  },
  fromStored({ metadata, spec, status, ...rest }) {
    const { metrics, behavior, ...wanted } = fieldsOf(spec);
    const { currentMetrics, conditions, ...there } = fieldsOf(status);
    const target = cpuOf(metrics)?.target;
    const current = cpuOf(currentMetrics)?.current;
    const hidden = {
      ...asText(METRICS, isArray(metrics) ? metrics.filter((metric) => !isCpu(metric)) : undefined),
      ...asText(BEHAVIOR, behavior),
      ...asText(
        CURRENT_METRICS,
        isArray(currentMetrics) ? currentMetrics.filter((one) => !isCpu(one)) : undefined,
      ),
      ...asText(CONDITIONS, conditions),
    };
    const annotations = { ...metadata.annotations, ...hidden };
    return {
      ...rest,
      apiVersion: 'autoscaling/v1',
      metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: { ...wanted, ...share('targetCPUUtilizationPercentage', target) },
      status: {
        currentReplicas: 0,
        desiredReplicas: 0,
        ...there,
        ...share('currentCPUUtilizationPercentage', current),
      },
    };
  },
};

function storedSpec(spec: Fields, hidden: Readonly<Record<string, string>>): Fields {
  const { targetCPUUtilizationPercentage: percent, ...rest } = spec;
  const target = { type: 'Utilization', averageUtilization: percent };
  const cpu = percent === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }];
  const others = parsed(hidden[METRICS]);
  const metrics = [...(isArray(others) ? others : []), ...cpu];
  const behavior = parsed(hidden[BEHAVIOR]);
  return { ...rest, ...(metrics.length > 0 && { metrics }), ...(isObject(behavior) && { behavior }) };
}

function storedStatus(status: Fields, hidden: Readonly<Record<string, string>>): Fields {
  const { currentCPUUtilizationPercentage: percent, ...rest } = status;
  const current = { averageUtilization: percent };
  const cpu = percent === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', current } }];
  const others = parsed(hidden[CURRENT_METRICS]);
  const currentMetrics = [...(isArray(others) ? others : []), ...cpu];
  const conditions = parsed(hidden[CONDITIONS]);
  return {
    ...rest,
    ...(currentMetrics.length > 0 && { currentMetrics }),
    ...(isArray(conditions) && { conditions }),
  };
}

function isCpu(metric: unknown): boolean {
  if (!isObject(metric) || metric.type !== 'Resource' || !isObject(metric.resource)) return false;
  const { name, target, current } = metric.resource;
  return (
    name === 'cpu' && [target, current].some((one) => isObject(one) && one.averageUtilization !== undefined)
  );
}

function cpuOf(metrics: unknown): Fields | undefined {
  const found = isArray(metrics) ? metrics.find(isCpu) : undefined;
  return isObject(found) ? fieldsOf(found.resource) : undefined;
}

function share(field: string, of: unknown): Fields {
  return isObject(of) && of.averageUtilization !== undefined ? { [field]: of.averageUtilization } : {};
}

function asText(key: string, value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || (isArray(value) && value.length === 0)) return {};
  return { [key]: JSON.stringify(value) };
}

/** What somebody wrote there that is no JSON says nothing. */
function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}
